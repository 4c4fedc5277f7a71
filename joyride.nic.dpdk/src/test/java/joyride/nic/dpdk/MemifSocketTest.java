package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.UnixSockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class MemifSocketTest {
    @TempDir
    private Path directory;

    private String arguments(final String role) {
        return "socket-abstract=no,role=" + role + ",socket=" + directory.resolve("socket");
    }

    /** As a memif's server does. */
    private int listen() {
        final int fd = UnixSockets.listen(directory.resolve("socket").toString(), 0600, 4);
        assertTrue(fd >= 0, () -> "errno " + -fd);
        return fd;
    }

    @Test
    void shouldBeBusyWhereAServerListens() throws Exception {
        final int other = listen();
        try {
            final NicException refused = assertThrows(NicException.class, () -> MemifSocket.take(arguments("server")));
            assertTrue(refused.isBusy(), refused.getMessage());
            assertNull(MemifSocket.take(arguments("client")));
            assertTrue(Files.exists(directory.resolve("socket")));
        } finally {
            Descriptors.close(other);
        }
    }

    @Test
    void shouldOpenAServerWhereADeadOneLeftItsSocket() throws Exception {
        Descriptors.close(listen());
        assertTrue(Files.exists(directory.resolve("socket")), "it is left behind");
        try (Ports ports = Ports.here()) {
            final DpdkPort server = ports.open("net_memif7", Ports.settings("arguments", arguments("server")));
            final DpdkPort client = ports.open("net_memif8", Ports.settings("arguments", arguments("client")));
            Ports.connect(server, client);
            assertTrue(Ports.send(server, 0, 100, 5));
            assertEquals(5, Ports.receive(client, 0, 100));
        }
    }

    /** One listens for both, as net_memif's manual has it: clients say by {@code id} whom they want. */
    @Test
    void shouldListenOnWhenOneOfTwoServersAtASocketCloses() throws Exception {
        try (Ports ports = Ports.here()) {
            final DpdkPort one = ports.open("net_memif11", Ports.settings("arguments", arguments("server") + ",id=1"));
            final DpdkPort two = ports.open("net_memif12", Ports.settings("arguments", arguments("server") + ",id=2"));
            final NicException refused =
                    assertThrows(NicException.class, () -> MemifSocket.take(arguments("server") + ",id=2"));
            assertTrue(refused.isBusy(), refused.getMessage());
            one.close();
            assertTrue(Files.exists(directory.resolve("socket")));
            final DpdkPort client =
                    ports.open("net_memif13", Ports.settings("arguments", arguments("client") + ",id=2"));
            Ports.connect(two, client);
            assertTrue(Ports.send(two, 0, 100, 5));
            assertEquals(5, Ports.receive(client, 0, 100));
            two.close();
            assertFalse(Files.exists(directory.resolve("socket")));
        }
    }

    /** DPDK ends the process when who asked has gone before its server's first word. */
    @Test
    void shouldNotHarmAServerByAskingWhetherItIsThere() throws Exception {
        try (Ports ports = Ports.here()) {
            final DpdkPort server = ports.open("net_memif16", Ports.settings("arguments", arguments("server")));
            for (int i = 0; i < 300; i++) {
                assertEquals(0, UnixSockets.probe(directory.resolve("socket").toString()));
            }
            final DpdkPort client = ports.open("net_memif17", Ports.settings("arguments", arguments("client")));
            Ports.connect(server, client);
        }
    }

    @Test
    void shouldTakeItsSocketAwayWhenAServerDoesNotOpen() throws Exception {
        try (Ports ports = Ports.here()) {
            assertThrows(
                    NicException.class,
                    () -> ports.open(
                            "net_memif14", Ports.settings("arguments", arguments("server"), "frames", "4000000")));
            final DpdkPort again = ports.open("net_memif15", Ports.settings("arguments", arguments("server")));
            again.close();
            assertFalse(Files.exists(directory.resolve("socket")));
        }
    }

    @Test
    void shouldLeaveAFileThatIsNoSocket() throws Exception {
        MemifSocket.take(arguments("server")).leave();
        assertFalse(Files.exists(directory.resolve("socket")));
        Files.writeString(directory.resolve("socket"), "somebody's");
        MemifSocket.take(arguments("server")).leave();
        assertEquals("somebody's", Files.readString(directory.resolve("socket")));
    }
}
