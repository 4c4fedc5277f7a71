package joyride.core.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The C library's functions that core calls. Handles in constants, so that the JIT folds them. */
@SuppressWarnings("restricted")
final class Libc {
    static final int EINTR = 4;
    static final int EAGAIN = 11;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle CAPTURED_ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** int eventfd(unsigned, int) */
    static final MethodHandle EVENTFD = handle("eventfd", FunctionDescriptor.of(INT, INT, INT), ERRNO);

    /** ssize_t read(int, void *, size_t) */
    static final MethodHandle READ = handle("read", FunctionDescriptor.of(LONG, INT, LONG, LONG), ERRNO);

    /** ssize_t pread(int, void *, size_t, off_t) */
    static final MethodHandle PREAD = handle("pread", FunctionDescriptor.of(LONG, INT, LONG, LONG, LONG), ERRNO);

    /** ssize_t write(int, const void *, size_t) */
    static final MethodHandle WRITE = handle("write", FunctionDescriptor.of(LONG, INT, LONG, LONG), ERRNO);

    /** int open(const char *, int, ...) */
    static final MethodHandle OPEN =
            handle("open", FunctionDescriptor.of(INT, LONG, INT), ERRNO, Linker.Option.firstVariadicArg(2));

    static final MethodHandle CLOSE = handle("close", FunctionDescriptor.of(INT, INT), ERRNO);

    /** int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *) */
    static final MethodHandle PPOLL = handle("ppoll", FunctionDescriptor.of(INT, LONG, LONG, LONG, LONG), ERRNO);

    /** int sched_yield(void); not critical: another thread may run for long. */
    static final MethodHandle SCHED_YIELD = handle("sched_yield", FunctionDescriptor.of(INT));

    /** int sched_setaffinity(pid_t, size_t, const cpu_set_t *) */
    static final MethodHandle SCHED_SETAFFINITY =
            handle("sched_setaffinity", FunctionDescriptor.of(INT, INT, LONG, LONG), ERRNO);

    /** int setenv(const char *, const char *, int) */
    static final MethodHandle SETENV = handle("setenv", FunctionDescriptor.of(INT, LONG, LONG, INT));

    /** int close_range(unsigned, unsigned, int) */
    static final MethodHandle CLOSE_RANGE = handle("close_range", FunctionDescriptor.of(INT, INT, INT, INT));

    /** int execv(const char *, char *const[]) */
    static final MethodHandle EXECV = handle("execv", FunctionDescriptor.of(INT, LONG, LONG), ERRNO);

    private static final MethodHandle STRERROR = handle("strerror", FunctionDescriptor.of(ValueLayout.ADDRESS, INT));

    private Libc() {}

    private static MethodHandle handle(
            final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /** Room for errno: one for each object that calls, used by one thread at a time. */
    static MemorySegment capture(final Arena arena) {
        return arena.allocate(CAPTURE);
    }

    /** The errno of a call that failed. */
    static int errno(final MemorySegment capture) {
        return (int) CAPTURED_ERRNO.get(capture, 0L);
    }

    /** What a call that failed says, for people. */
    static IllegalStateException failed(final String what, final int errno) {
        return new IllegalStateException(what + ": " + text(errno) + " (errno " + errno + ")");
    }

    private static String text(final int errno) {
        try {
            final MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(256).getString(0);
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** A downcall handle threw: only errors do. */
    static RuntimeException unexpected(final Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException runtime) {
            return runtime;
        }
        return new IllegalStateException(thrown);
    }
}
