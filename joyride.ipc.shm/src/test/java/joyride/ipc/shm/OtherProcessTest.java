package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The transport with real other processes, which the C compiler made from the header. */
@Timeout(120) // Guards against hanging for good; no limit of speed.
class OtherProcessTest {
    @TempDir
    static Path binaries;

    private static Path binary;

    @TempDir
    Path directory;

    @BeforeAll
    static void compile() throws Exception {
        binary = Peer.compile(binaries);
    }

    @Test
    void shouldEchoBetweenTwoProgramsWhenBothAttached() throws Exception {
        try (LiveLoop loop = new LiveLoop(directory);
                Peer server = Peer.start(binary, loop.path, "serve", 700)) {
            assertEquals("ready", server.line());
            try (Peer client = Peer.start(binary, loop.path, "ping", 700, "2000", "64")) {
                final String answer = client.line();
                assertTrue(answer.startsWith("ok "), answer);
                assertEquals(0, client.process.waitFor());
            }
            try (Peer client = Peer.start(binary, loop.path, "ping", 700, "20", "100000")) {
                final String answer = client.line();
                assertTrue(answer.startsWith("ok "), answer);
            }
            try (Peer client = Peer.start(binary, loop.path, "stream", 700, "64")) {
                final String answer = client.line();
                assertTrue(answer.startsWith("ok "), answer);
            }
        }
    }

    @Test
    void shouldEndTheClientsConnectionWhenItsServerIsKilled() throws Exception {
        try (LiveLoop loop = new LiveLoop(directory);
                Peer server = Peer.start(binary, loop.path, "serve", 700)) {
            assertEquals("ready", server.line());
            try (Peer client = Peer.start(binary, loop.path, "ping", 700, "1000000000", "64")) {
                final Peer probe = Peer.start(binary, loop.path, "ping", 701, "1", "1");
                assertTrue(probe.line().contains("refused"), "a port where nobody listens");
                server.process.destroyForcibly().waitFor();
                final String answer = client.line();
                assertTrue(answer.startsWith("peer: "), answer);
                assertNotEquals(0, client.process.waitFor());
            }
        }
    }

    @Test
    void shouldLeaveNoProgramHangingWhenTheServiceGoes() throws Exception {
        final Peer server;
        final Peer client;
        try (LiveLoop loop = new LiveLoop(directory)) {
            server = Peer.start(binary, loop.path, "serve", 700);
            assertEquals("ready", server.line());
            client = Peer.start(binary, loop.path, "ping", 700, "1000000000", "64");
            assertTrue(
                    Peer.start(binary, loop.path, "ping", 701, "1", "1").line().contains("refused"));
        }
        assertTrue(server.line().contains("gone"));
        assertNotEquals(0, server.process.waitFor());
        assertNotEquals(0, client.process.waitFor());
    }
}
