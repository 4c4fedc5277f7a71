package joyride.linux;

import joyride.api.socket.Errno;

/** An eventfd by which other threads wake the one that owns it. */
public final class EventFd implements AutoCloseable {
    private final int descriptor;
    private boolean closed;

    /** @throws IllegalStateException if the system has no descriptor left */
    public EventFd() {
        descriptor = SystemError.check("eventfd", EventDescriptor.open());
    }

    /** Readable after {@link #signal}. */
    public int descriptor() {
        return descriptor;
    }

    /** Makes it readable. Any thread; nothing happens once it is closed. */
    public synchronized void signal() {
        if (!closed) {
            check("write to eventfd", EventDescriptor.signal(descriptor));
        }
    }

    /** Makes it unreadable again. One thread, the owner's. */
    public void drain() {
        check("read from eventfd", EventDescriptor.drain(descriptor));
    }

    private static void check(final String what, final int result) {
        if (result < 0 && result != -Errno.EAGAIN) {
            throw SystemError.of(what, result);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(descriptor);
        }
    }
}
