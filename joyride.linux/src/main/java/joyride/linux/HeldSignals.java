package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Keeps signals from the calling thread until closed, for system calls that a signal ends without having done their work. Other
 * threads get those that are the process's; those that a fault raises are never kept. Configuration threads; of one thread.
 */
public final class HeldSignals implements AutoCloseable {
    private static final int SIGILL = 4;
    private static final int SIGTRAP = 5;
    private static final int SIGBUS = 7;
    private static final int SIGFPE = 8;
    private static final int SIGSEGV = 11;
    private static final long FAULTS = bit(SIGILL) | bit(SIGTRAP) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGSEGV);

    /** glibc's sigset_t. */
    private static final int SET_SIZE = 128;

    private static final int SIG_BLOCK = 0;
    private static final int SIG_SETMASK = 2;
    private static final MethodHandle SIGMASK = Libc.plain("pthread_sigmask", INT, INT, LONG, LONG);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment before = arena.allocate(SET_SIZE, 8);

    /** From now on. */
    public HeldSignals() {
        final MemorySegment held = arena.allocate(SET_SIZE, 8).fill((byte) -1);
        held.set(ValueLayout.JAVA_LONG, 0, ~FAULTS);
        change(SIG_BLOCK, held.address(), before.address());
    }

    private static long bit(final int signal) {
        return 1L << signal - 1;
    }

    private static void change(final int how, final long set, final long before) {
        try {
            SystemError.check("pthread_sigmask", -(int) SIGMASK.invokeExact(how, set, before));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Those that came meanwhile come now. */
    @Override
    public void close() {
        change(SIG_SETMASK, before.address(), 0);
        arena.close();
    }
}
