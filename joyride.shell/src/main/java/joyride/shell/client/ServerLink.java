package joyride.shell.client;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;

/**
 * The client's end of a session, for one thread; {@link #interrupt} is safe from any. JLine interrupts the thread that reads lines when
 * the user presses Ctrl-C, which would close a socket in its hands: so a thread of the link's own sends and receives.
 */
final class ServerLink implements AutoCloseable {
    private final FrameChannel frames;
    private final ExecutorService talker = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("shell link").factory());

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
    void resize(final int width) {
        talker.execute(() -> {
            try {
                frames.write(Frame.of(Frame.Type.HELLO, Frame.VERSION + " " + width + " ."));
            } catch (IOException e) {
                // The next command finds the same and says so.
            }
        });
    }

    /** Runs one line; its output goes to this process's. Returns its exit status. An interrupt is passed on to the command. */
    int run(final String line) throws IOException {
        Future<Integer> status = talker.submit(() -> command(line));
        while (true) {
            try {
                return ended(status);
            } catch (InterruptedException e) {
                interrupt();
            }
        }
    }

    private static <T> T ended(final Future<T> answer) throws IOException, InterruptedException {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException lost ? lost : new IOException(e.getCause());
        }
    }

    private int command(final String line) throws IOException {
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

    /** Interrupts the running command; from any thread, interrupted itself or not. */
    void interrupt() {
        Thread.ofPlatform().daemon().name("shell interrupt").start(() -> {
            try {
                frames.write(Frame.of(Frame.Type.INTERRUPT, ""));
            } catch (IOException e) {
                // The command's reader finds the same and says so.
            }
        });
    }

    /** Name and description of what can stand at {@code cursor}. An interrupt meanwhile is kept for the caller. */
    List<String[]> complete(final String line, final int cursor) throws IOException {
        Future<List<String[]>> candidates = talker.submit(() -> candidates(line, cursor));
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return ended(candidates);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private List<String[]> candidates(final String line, final int cursor) throws IOException {
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
        talker.shutdown();
        frames.close();
    }
}
