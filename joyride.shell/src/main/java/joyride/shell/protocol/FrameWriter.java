package joyride.shell.protocol;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes frames, in the order in which they are put, on a thread of its own. An interrupt closes a channel under the thread that
 * writes to it, so threads that may be interrupted must not write themselves. What waits is bounded: whoever puts more than
 * the other end reads is held back.
 */
public final class FrameWriter implements AutoCloseable {
    private static final int MOST_WAITING = 256 * 1024;

    /** What a frame costs beside its bytes. */
    private static final int OVERHEAD = 64;

    private static final long CLOSE_MILLIS = 500;

    private final FrameChannel frames;
    private final ArrayDeque<Frame> queue = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition filled = lock.newCondition();
    private final Condition drained = lock.newCondition();
    private final Thread thread;
    private int waiting;
    private boolean closing;
    private boolean failed;

    /** Starts the thread, a daemon. The channel is closed with this. */
    public FrameWriter(final FrameChannel frames, final String name) {
        this.frames = frames;
        thread = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name(name)
                .start(this::write);
    }

    /**
     * From any thread.
     *
     * @throws InterruptedIOException if the calling thread is interrupted while it is held back; its interrupt status is set
     * @throws IOException if the other end is gone
     */
    public void put(final Frame frame) throws IOException {
        lock.lock();
        try {
            while (waiting > MOST_WAITING && !failed && !closing) {
                drained.await();
            }
            if (failed || closing) {
                throw new IOException("the connection has ended");
            }
            queue.add(frame);
            waiting += cost(frame);
            filled.signal();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the other end does not read");
        } finally {
            lock.unlock();
        }
    }

    private static int cost(final Frame frame) {
        return OVERHEAD + frame.bytes().length;
    }

    private void write() {
        try {
            for (Frame frame = next(); frame != null; frame = next()) {
                frames.write(frame);
            }
        } catch (IOException e) {
            // Whoever reads from the channel finds the same; whoever puts is told.
        } finally {
            lock.lock();
            failed = true;
            queue.clear();
            drained.signalAll();
            lock.unlock();
        }
    }

    private Frame next() {
        lock.lock();
        try {
            while (queue.isEmpty() && !closing) {
                filled.awaitUninterruptibly();
            }
            Frame frame = queue.poll();
            if (frame != null) {
                waiting -= cost(frame);
                drained.signalAll();
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }

    /** Closes the channel, after what waits has been written, or half a second later where the other end does not read. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closing = true;
            filled.signalAll();
            drained.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        frames.close();
    }
}
