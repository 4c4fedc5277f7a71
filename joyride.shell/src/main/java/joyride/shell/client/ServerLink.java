package joyride.shell.client;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;

/** The client's end of a session. One thread sends and receives; {@link #interrupt} is safe from any. */
final class ServerLink implements AutoCloseable {
    private final FrameChannel frames;

    /** @throws IOException with a message for the user if the service is not there or refuses */
    ServerLink(final Path socket, final int width) throws IOException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new IOException(
                    "no shell answers at " + socket + " (" + e.getMessage() + "); is the service running?", e);
        }
        frames = new FrameChannel(channel);
        greet(width);
        Frame answer = frames.read();
        if (answer == null) {
            throw new IOException("the service closed the connection");
        }
        if (answer.type() != Frame.Type.HELLO) {
            throw new IOException(answer.text());
        }
    }

    private void greet(final int width) throws IOException {
        String folder = Path.of("").toAbsolutePath().toString();
        frames.write(Frame.of(Frame.Type.HELLO, Frame.VERSION + " " + width + " " + folder));
    }

    /** Tells the terminal's width again. */
    void resize(final int width) throws IOException {
        frames.write(Frame.of(Frame.Type.HELLO, Frame.VERSION + " " + width + " ."));
    }

    /** Runs one line; its output goes to this process's. Returns its exit status. */
    int run(final String line) throws IOException {
        frames.write(Frame.of(Frame.Type.COMMAND, line));
        while (true) {
            Frame frame = next();
            switch (frame.type()) {
                case OUTPUT -> System.out.writeBytes(frame.bytes());
                case ERROR -> System.err.writeBytes(frame.bytes());
                case STATUS -> {
                    System.out.flush();
                    System.err.flush();
                    return Integer.parseInt(frame.text());
                }
                default -> throw new IOException("unexpected answer " + frame.type());
            }
        }
    }

    void interrupt() throws IOException {
        frames.write(Frame.of(Frame.Type.INTERRUPT, ""));
    }

    /** Name and description of what can stand at {@code cursor}. */
    List<String[]> complete(final String line, final int cursor) throws IOException {
        frames.write(Frame.of(Frame.Type.COMPLETE, cursor + " " + line));
        Frame answer = next();
        List<String[]> candidates = new ArrayList<>();
        for (String row : answer.text().split("\n")) {
            if (!row.isEmpty()) {
                candidates.add(row.split("\t", -1));
            }
        }
        return candidates;
    }

    private Frame next() throws IOException {
        Frame frame = frames.read();
        if (frame == null) {
            throw new IOException("the service has ended");
        }
        return frame;
    }

    @Override
    public void close() throws IOException {
        frames.close();
    }
}
