package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
@SuppressWarnings("restricted")
class DeviceEventsTest {
    /** What a driver of DPDK's calls when something happens to its device. */
    private static void happens(final int port, final int event) throws Exception {
        final MethodHandle process = Linker.nativeLinker()
                .downcallHandle(
                        Libraries.opened().find("rte_eth_dev_callback_process").orElseThrow(),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_LONG));
        try {
            final int ignored =
                    (int) process.invokeExact(Functions.DEVICES + (long) port * Layout.DEVICE_SIZE, event, 0L);
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, ''",
        "3, 0, the device net_ring0 wants to be reset",
        "6, 0, the device net_ring0 was removed",
        "2, 0, ''"
    })
    void shouldPassOnWhatADriverTells(final int event, final int changes, final String failure) throws Exception {
        try (Ports ports = Ports.here()) {
            final Heard heard = new Heard();
            final DpdkPort port = ports.open("net_ring0", 1, 0, heard, Ports.settings());
            final int number = Ethdev.find("net_ring0");
            happens(number, event);
            assertEquals(changes, heard.changes());
            assertEquals(failure, heard.failure());
            port.close();
        }
    }

    @Test
    void shouldTellWhenAMemifsPeerComesAndGoes(@TempDir final Path directory) throws NicException {
        try (Ports ports = Ports.here()) {
            final String arguments = "socket-abstract=no,socket=" + directory.resolve("memif.sock") + ",role=";
            final Heard heard = new Heard();
            final DpdkPort server =
                    ports.open("net_memif0", 1, 0, heard, Ports.settings("arguments", arguments + "server"));
            final DpdkPort client = ports.open("net_memif1", Ports.settings("arguments", arguments + "client"));
            heard.awaitChange("the peer came", 0);
            assertTrue(server.linkUp());
            final int before = heard.changes();
            client.close();
            heard.awaitChange("the peer went", before);
            assertEquals("", heard.failure());
        }
    }

    @Test
    void shouldFailWhenAMemifsServerGoesSinceItsClientNeverConnectsAgain(@TempDir final Path directory)
            throws NicException {
        try (Ports ports = Ports.here()) {
            final String arguments = "socket-abstract=no,socket=" + directory.resolve("memif.sock") + ",role=";
            final Heard heard = new Heard();
            final DpdkPort server = ports.open("net_memif0", Ports.settings("arguments", arguments + "server"));
            final DpdkPort client =
                    ports.open("net_memif1", 1, 0, heard, Ports.settings("arguments", arguments + "client"));
            Ports.connect(server, client);
            assertEquals("", heard.failure());
            server.close();
            Ports.await("it failed", () -> !heard.failure().isEmpty());
            assertEquals("the memif's server has gone, or does not answer", heard.failure());
            client.close();
            final DpdkPort back = ports.open("net_memif0", Ports.settings("arguments", arguments + "server"));
            final DpdkPort again = ports.open("net_memif1", Ports.settings("arguments", arguments + "client"));
            Ports.connect(back, again);
        }
    }

    @Test
    void shouldFailWhenAMemifsServerDoesNotAnswer(@TempDir final Path directory) throws NicException {
        final String socket = directory.resolve("memif.sock").toString();
        final int silent = UnixSockets.listen(socket, 0600, 4);
        assertTrue(silent >= 0, () -> "errno " + -silent);
        try (Ports ports = Ports.here()) {
            final Heard heard = new Heard();
            ports.open(
                    "net_memif1",
                    1,
                    0,
                    heard,
                    Ports.settings("arguments", "role=client,socket-abstract=no,socket=" + socket));
            Ports.await("it failed", () -> !heard.failure().isEmpty());
            assertEquals("the memif's server has gone, or does not answer", heard.failure());
        } finally {
            Descriptors.close(silent);
        }
    }
}
