package joyride.shell.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.List;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client's link while its thread is interrupted, as JLine does at Ctrl-C. The server here is the protocol's other end, by hand. */
@Timeout(30)
final class ServerLinkTest {
    @TempDir
    private Path directory;

    private ServerSocketChannel listener;

    @BeforeEach
    void listen() throws IOException {
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(directory.resolve("shell.sock")));
        Thread.ofPlatform().daemon().start(this::serve);
    }

    @AfterEach
    void close() throws IOException {
        listener.close();
    }

    /** A command lasts until its interrupt. */
    private void serve() {
        try (FrameChannel frames = new FrameChannel(listener.accept())) {
            for (Frame frame = frames.read(); frame != null; frame = frames.read()) {
                switch (frame.type()) {
                    case HELLO -> frames.write(Frame.of(Frame.Type.HELLO, "1"));
                    case COMPLETE -> frames.write(Frame.of(Frame.Type.COMPLETE, "routes\troutes of the service\n"));
                    case INTERRUPT -> frames.write(Frame.of(Frame.Type.STATUS, "130"));
                    default -> {
                        if (frame.text().equals("leave")) {
                            return;
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private ServerLink link() throws IOException {
        return new ServerLink(directory.resolve("shell.sock"), 0);
    }

    @Test
    void shouldStayConnectedWhenItsThreadIsInterruptedWhileItCompletes() throws Exception {
        try (ServerLink link = link()) {
            for (int i = 0; i < 3; i++) {
                Thread.currentThread().interrupt();
                List<String[]> candidates = link.complete("ro", 2);
                assertTrue(Thread.interrupted(), "the interrupt is the caller's");
                assertEquals("routes", candidates.getFirst()[0]);
            }
        }
    }

    @Test
    void shouldInterruptTheCommandWhenItsThreadIsInterrupted() throws Exception {
        try (ServerLink link = link()) {
            for (int i = 0; i < 3; i++) {
                Thread.currentThread().interrupt();
                assertEquals(130, link.run("endless"));
            }
        }
    }

    @Test
    void shouldSayThatTheServiceEndedWhenItDoesSoDuringACommand() throws Exception {
        try (ServerLink link = link()) {
            IOException thrown = assertThrows(IOException.class, () -> link.run("leave"));
            assertEquals("the service has ended", thrown.getMessage());
        }
    }
}
