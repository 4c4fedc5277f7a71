package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
            final NicException refused = assertThrows(NicException.class, () -> MemifSocket.free(arguments("server")));
            assertTrue(refused.isBusy(), refused.getMessage());
            MemifSocket.free(arguments("client"));
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

    @Test
    void shouldLeaveAFileThatIsNoSocket() throws Exception {
        MemifSocket.free(arguments("server"));
        assertFalse(Files.exists(directory.resolve("socket")));
        Files.writeString(directory.resolve("socket"), "somebody's");
        MemifSocket.free(arguments("server"));
        assertEquals("somebody's", Files.readString(directory.resolve("socket")));
    }
}
