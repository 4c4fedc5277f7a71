package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ShellServerTest {
    @TempDir
    private Path directory;

    private Gogo gogo;

    @BeforeEach
    void start() {
        gogo = new Gogo(new FakeAdmin());
    }

    @AfterEach
    void stop() {
        gogo.close();
    }

    private Path socket() {
        return directory.resolve("shell.sock");
    }

    @Test
    void shouldLetOnlyTheOwnerOpenItWhenItListens() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
        server.close();
        assertFalse(Files.exists(socket()));
    }

    @Test
    void shouldRefuseToListenWhenOthersMayWriteTheDirectory() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));
        IOException thrown =
                assertThrows(IOException.class, () -> new ShellServer(gogo.processor, gogo.completer, directory));
        assertTrue(thrown.getMessage().endsWith("remedy: chmod 700 " + directory), thrown.getMessage());
    }

    @Test
    void shouldRefuseToListenWhenAnotherServiceAnswers() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        IOException thrown = assertThrows(IOException.class, () -> TestClient.server(gogo, directory));
        assertTrue(thrown.getMessage().startsWith("another service answers"), thrown.getMessage());
        server.close();
    }

    @Test
    void shouldTakeThePlaceWhenADeadServiceLeftItsSocket() throws Exception {
        Files.createFile(socket());
        ShellServer server = TestClient.server(gogo, directory);
        try (TestClient client = new TestClient(socket(), 0)) {
            assertEquals(0, client.run("routes").status());
        }
        server.close();
    }

    @Test
    void shouldEndTheCommandWhenTheClientInterrupts() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        try (TestClient client = new TestClient(socket(), 0)) {
            client.send(Frame.Type.COMMAND, "stats -r 3600");
            // The command may not have begun yet, so ask until it ends. An interrupt would close the channel under the
            // asker.
            AtomicBoolean ended = new AtomicBoolean();
            Thread asker = Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (!ended.get()) {
                        client.send(Frame.Type.INTERRUPT, "");
                        LockSupport.parkNanos(10_000_000);
                    }
                } catch (IOException e) {
                    return;
                }
            });
            assertEquals(130, client.answer().status());
            ended.set(true);
            asker.join();
            assertEquals(0, client.run("routes").status());
        }
        server.close();
    }

    @Test
    void shouldKeepSessionsApartWhenThereAreTwo() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        try (TestClient one = new TestClient(socket(), 0);
                TestClient two = new TestClient(socket(), 0)) {
            one.run("x = 1");
            assertEquals("1\n", one.run("$x").out());
            assertEquals("", two.run("$x").out());
        }
        server.close();
    }

    @Test
    void shouldEndOnlyThatSessionWhenAClientSendsGarbage() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        try (SocketChannel garbage = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            garbage.write(
                    ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            assertThrows(IOException.class, () -> {
                if (garbage.read(ByteBuffer.allocate(1)) < 0) {
                    throw new IOException("ended");
                }
            });
        }
        try (TestClient client = new TestClient(socket(), 0)) {
            assertEquals(0, client.run("routes").status());
        }
        server.close();
    }

    @Test
    void shouldSayWhyWhenTheVersionIsUnknown() throws Exception {
        ShellServer server = TestClient.server(gogo, directory);
        try (FrameChannel frames = new FrameChannel(SocketChannel.open(UnixDomainSocketAddress.of(socket())))) {
            frames.write(Frame.of(Frame.Type.HELLO, "99 0 /"));
            Frame answer = frames.read();
            assertEquals(Frame.Type.REFUSED, answer.type());
            assertNull(frames.read());
        }
        server.close();
    }
}
