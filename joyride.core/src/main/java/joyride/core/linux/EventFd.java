package joyride.core.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** An eventfd by which other threads wake an event loop. */
public final class EventFd implements AutoCloseable {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment one = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment signalCapture = Libc.capture(arena);
    private final MemorySegment drainCapture = Libc.capture(arena);
    private final int descriptor;
    private boolean closed;

    /** @throws IllegalStateException if the system has no descriptor left */
    public EventFd() {
        one.set(ValueLayout.JAVA_LONG, 0, 1);
        try {
            descriptor = (int) Libc.EVENTFD.invokeExact(drainCapture, 0, EFD_CLOEXEC | EFD_NONBLOCK);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
        if (descriptor < 0) {
            final int errno = Libc.errno(drainCapture);
            arena.close();
            throw Libc.failed("eventfd", errno);
        }
    }

    public int descriptor() {
        return descriptor;
    }

    /** Makes it readable. Any thread. */
    public synchronized void signal() {
        if (closed) {
            return;
        }
        try {
            final long written = (long) Libc.WRITE.invokeExact(signalCapture, descriptor, one.address(), 8L);
            if (written < 0 && Libc.errno(signalCapture) != Libc.EAGAIN) {
                throw Libc.failed("write to eventfd", Libc.errno(signalCapture));
            }
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Makes it unreadable again. One thread, the loop's. */
    public void drain() {
        try {
            final long read = (long) Libc.READ.invokeExact(drainCapture, descriptor, value.address(), 8L);
            if (read < 0 && Libc.errno(drainCapture) != Libc.EAGAIN) {
                throw Libc.failed("read from eventfd", Libc.errno(drainCapture));
            }
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            final int ignored = (int) Libc.CLOSE.invokeExact(drainCapture, descriptor);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
        arena.close();
    }
}
