package joyride.nic.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.nic.NicException;
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

    private ServerSocketChannel listen() throws Exception {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(directory.resolve("socket")));
    }

    @Test
    void shouldBeBusyWhereAServerListens() throws Exception {
        try (ServerSocketChannel other = listen()) {
            assertTrue(other.isOpen());
            final NicException refused =
                    assertThrows(NicException.class, () -> MemifSocket.free(arguments("server")));
            assertTrue(refused.isBusy(), refused.getMessage());
            MemifSocket.free(arguments("client"));
            assertTrue(Files.exists(directory.resolve("socket")));
        }
    }

    @Test
    void shouldOpenAServerWhereADeadOneLeftItsSocket() throws Exception {
        listen().close();
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
