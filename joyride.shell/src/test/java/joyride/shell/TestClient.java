package joyride.shell;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;

/** The protocol's other end, in this JVM. */
final class TestClient implements AutoCloseable {
    final FrameChannel frames;

    record Answer(int status, String out, String err) {}

    TestClient(final Path socket, final int width) throws IOException {
        frames = new FrameChannel(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        send(Frame.Type.HELLO, Frame.VERSION + " " + width + " " + Path.of("").toAbsolutePath());
        Frame hello = frames.read();
        if (hello == null || hello.type() != Frame.Type.HELLO) {
            throw new IOException("refused: " + (hello == null ? "closed" : hello.text()));
        }
    }

    static ShellServer server(final Gogo gogo, final Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        return new ShellServer(gogo.processor, gogo.completer, directory);
    }

    void send(final Frame.Type type, final String text) throws IOException {
        frames.write(Frame.of(type, text));
    }

    Answer run(final String line) throws IOException {
        send(Frame.Type.COMMAND, line);
        return answer();
    }

    Answer answer() throws IOException {
        StringBuilder out = new StringBuilder();
        StringBuilder err = new StringBuilder();
        while (true) {
            Frame frame = frames.read();
            if (frame == null) {
                throw new IOException("closed");
            }
            switch (frame.type()) {
                case OUTPUT -> out.append(frame.text());
                case ERROR -> err.append(frame.text());
                case STATUS -> {
                    return new Answer(Integer.parseInt(frame.text()), out.toString(), err.toString());
                }
                default -> throw new IOException("unexpected " + frame.type());
            }
        }
    }

    List<String> complete(final String line) throws IOException {
        send(Frame.Type.COMPLETE, line.length() + " " + line);
        return frames.read()
                .text()
                .lines()
                .map(row -> row.substring(0, row.indexOf('\t')))
                .toList();
    }

    @Override
    public void close() throws IOException {
        frames.close();
    }
}
