package joyride.core.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** How long the thread that made this has waited for a core, from {@code /proc/thread-self/schedstat}. Of one thread. */
public final class RunQueueTime implements AutoCloseable {
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int ROOM = 96;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(ROOM, 8);
    private final MemorySegment capture = Libc.capture(arena);
    private final int descriptor;

    public RunQueueTime() {
        try {
            final MemorySegment path = arena.allocateFrom("/proc/thread-self/schedstat");
            descriptor = (int) Libc.OPEN.invokeExact(capture, path.address(), O_RDONLY_CLOEXEC);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Nanoseconds spent runnable but not running, since the thread began; -1 where the system does not tell. Allocates nothing. */
    public long waited() {
        if (descriptor < 0) {
            return -1;
        }
        final long length;
        try {
            length = (long) Libc.PREAD.invokeExact(capture, descriptor, buffer.address(), (long) ROOM, 0L);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
        int at = 0;
        while (at < length && buffer.get(ValueLayout.JAVA_BYTE, at) != ' ') {
            at++;
        }
        long value = 0;
        for (at++; at < length; at++) {
            final int digit = buffer.get(ValueLayout.JAVA_BYTE, at) - '0';
            if (digit < 0 || digit > 9) {
                return value;
            }
            value = value * 10 + digit;
        }
        return -1;
    }

    @Override
    public void close() {
        if (descriptor >= 0) {
            try {
                final int ignored = (int) Libc.CLOSE.invokeExact(capture, descriptor);
            } catch (final Throwable e) {
                throw Libc.unexpected(e);
            }
        }
        arena.close();
    }
}
