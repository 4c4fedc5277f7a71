package joyride.testkit.live;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A service's console as its protocol says (docs/shell.md), in this process: what {@code joyride shell -c} does without the start of
 * a JVM for each command. For one command and one thread.
 */
final class Console implements AutoCloseable {
    private static final int HEADER = 5;
    private static final String GREETING = "1 0 ";

    private final SocketChannel channel;
    private final Selector selector = Selector.open();
    private final long end;

    private Console(final SocketChannel channel, final Duration limit) throws IOException {
        this.channel = channel;
        end = System.nanoTime() + limit.toNanos();
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
    }

    /** Whether it answers this process's user: it answers its own alone. */
    static boolean answersUs(final Path socket) throws IOException {
        return Files.exists(socket)
                && Files.getAttribute(socket, "unix:uid").equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    /**
     * Runs one command.
     *
     * @return its status, and what it wrote to standard output and error; -1 if it takes longer than {@code limit}
     * @throws IOException if nobody answers, or the service ends
     */
    static Program.Result run(final Path socket, final String command, final Duration limit) throws IOException {
        try (Console console = new Console(SocketChannel.open(UnixDomainSocketAddress.of(socket)), limit)) {
            console.write('H', GREETING + Path.of("").toAbsolutePath());
            final Frame greeting = console.read();
            if (greeting == null || greeting.type != 'H') {
                throw new IOException(greeting == null ? "no greeting" : greeting.text());
            }
            console.write('C', command);
            return console.answer();
        }
    }

    private Program.Result answer() throws IOException {
        final ByteArrayOutputStream output = new ByteArrayOutputStream();
        for (Frame frame = read(); frame != null; frame = read()) {
            if (frame.type == 'S') {
                return new Program.Result(Integer.parseInt(frame.text()), output.toString(StandardCharsets.UTF_8));
            }
            output.writeBytes(frame.bytes);
        }
        return new Program.Result(-1, output.toString(StandardCharsets.UTF_8));
    }

    private record Frame(char type, byte[] bytes) {
        private String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private void write(final char type, final String text) throws IOException {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        final ByteBuffer frame = ByteBuffer.allocate(HEADER + bytes.length)
                .put((byte) type)
                .putInt(bytes.length)
                .put(bytes)
                .flip();
        while (frame.hasRemaining()) {
            // A socket that nobody has written to takes a command whole.
            channel.write(frame);
        }
    }

    /** Null: the limit has passed. */
    private Frame read() throws IOException {
        final ByteBuffer header = fill(ByteBuffer.allocate(HEADER));
        if (header == null) {
            return null;
        }
        final char type = (char) header.get();
        final ByteBuffer bytes = fill(ByteBuffer.allocate(header.getInt()));
        return bytes == null ? null : new Frame(type, bytes.array());
    }

    private ByteBuffer fill(final ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            final int count = channel.read(buffer);
            if (count < 0) {
                throw new EOFException("the service has ended");
            }
            if (count == 0) {
                final long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (millis <= 0) {
                    return null;
                }
                selector.selectedKeys().clear();
                selector.select(millis);
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
