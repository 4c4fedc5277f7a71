package joyride.core.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Descriptors;

/** How long the thread that made this has waited for a core, from {@code /proc/thread-self/schedstat}. Of one thread. */
final class RunQueueTime implements AutoCloseable {
    private static final int ROOM = 96;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(ROOM, 8);
    private final int descriptor =
            Descriptors.open("/proc/thread-self/schedstat", Descriptors.O_RDONLY | Descriptors.O_CLOEXEC, 0);

    /** Nanoseconds spent runnable but not running, since the thread began; -1 where the system does not tell. Allocates nothing. */
    long waited() {
        if (descriptor < 0) {
            return -1;
        }
        final int length = Descriptors.read(descriptor, buffer.address(), ROOM, 0);
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
            Descriptors.close(descriptor);
        }
        arena.close();
    }
}
