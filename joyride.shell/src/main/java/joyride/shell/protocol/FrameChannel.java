package joyride.shell.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Frames over a connected socket. Reading is for one thread; writing is safe from any. Neither is for a thread that somebody may
 * interrupt: an interrupt closes the socket.
 */
public final class FrameChannel implements AutoCloseable {
    private static final int HEADER = 5;

    private final SocketChannel channel;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);

    public FrameChannel(final SocketChannel channel) {
        this.channel = channel;
    }

    /** Returns the next frame, or null at the end of the connection. @throws IOException also for what is no frame */
    public Frame read() throws IOException {
        header.clear();
        if (!fill(header)) {
            return null;
        }
        header.flip();
        byte code = header.get();
        int length = header.getInt();
        Frame.Type type = Frame.Type.of(code);
        if (type == null) {
            throw new IOException("not the shell's protocol: frame type " + code);
        }
        if (length < 0 || length > Frame.MAX_LENGTH) {
            throw new IOException("a frame of " + length + " bytes; the limit is " + Frame.MAX_LENGTH);
        }
        ByteBuffer body = ByteBuffer.allocate(length);
        if (!fill(body)) {
            return null;
        }
        return new Frame(type, body.array());
    }

    private boolean fill(final ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Writes a whole frame. */
    public synchronized void write(final Frame frame) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(HEADER + frame.bytes().length);
        buffer.put(frame.type().code()).putInt(frame.bytes().length).put(frame.bytes());
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
