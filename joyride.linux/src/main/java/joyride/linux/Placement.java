package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Moves the thread that owns it to another CPU and leaves it as free as it was. Of one thread; allocates nothing after its construction. */
public final class Placement implements AutoCloseable {
    private static final int MOST_CPUS = 4096;

    private static final MethodHandle GET = Libc.call("sched_getaffinity", INT, INT, LONG, LONG);
    private static final MethodHandle SET = Libc.call("sched_setaffinity", INT, INT, LONG, LONG);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment allowed = arena.allocate(MOST_CPUS / 8, 8);
    private final MemorySegment one = arena.allocate(MOST_CPUS / 8, 8);

    /**
     * Moves the calling thread to {@code cpu}; from there the scheduler may move it as before.
     *
     * @return false if it may not run there, or the system refuses
     */
    public boolean moveTo(final int cpu) {
        allowed.fill((byte) 0);
        if (cpu < 0 || cpu >= MOST_CPUS || get() < 0 || (allowed.get(INT, at(cpu)) & 1 << cpu % 32) == 0) {
            return false;
        }
        one.set(INT, at(cpu), 1 << cpu % 32);
        final int moved = set(one);
        one.set(INT, at(cpu), 0);
        return moved >= 0 && set(allowed) >= 0;
    }

    private static long at(final int cpu) {
        return cpu / 32 * 4L;
    }

    private int get() {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) GET.invokeExact(errno, 0, allowed.byteSize(), allowed.address()));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static int set(final MemorySegment cpus) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SET.invokeExact(errno, 0, cpus.byteSize(), cpus.address()));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
