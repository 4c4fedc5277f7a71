package joyride.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Binds functions of the C library. A handle belongs into a {@code static final} field, so that the JIT folds it, and takes
 * {@link #errno()} as its first argument:
 *
 * <pre>{@code
 * private static final MethodHandle CLOSE = Libc.call("close", INT, INT);
 *
 * static int close(final int fd) {
 *     final MemorySegment errno = Libc.errno();
 *     try {
 *         return Libc.result(errno, (int) CLOSE.invokeExact(errno, fd));
 *     } catch (final Throwable e) {
 *         throw Libc.unexpected(e);
 *     }
 * }
 * }</pre>
 */
@SuppressWarnings("restricted")
public final class Libc {
    /** C's int. */
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** C's long, size_t and every pointer. */
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private static final int SCRATCH = 64;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle CAPTURED_ERRNO = CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final ThreadLocal<Room> ROOM = ThreadLocal.withInitial(Room::new);

    private Libc() {}

    /** A thread's own memory for calls. */
    private static final class Room {
        final MemorySegment errno = Arena.ofAuto().allocate(CAPTURE);
        final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH, 8);
    }

    /**
     * Binds a function that sets errno.
     *
     * @throws java.util.NoSuchElementException if the C library has no function of that name
     */
    public static MethodHandle call(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(result, arguments), ERRNO);
    }

    /** Binds a function that sets errno and takes a variable number of arguments after the first {@code fixed} ones. */
    public static MethodHandle variadic(
            final String name, final int fixed, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(result, arguments), ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    /** Binds a function that cannot fail: its handle takes no room for errno. */
    public static MethodHandle plain(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return link(name, FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle link(
            final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /** The calling thread's room for errno. Allocates at a thread's first call alone. */
    public static MemorySegment errno() {
        return ROOM.get().errno;
    }

    /** The calling thread's 64 bytes for small structures, until its next call of this package. */
    static MemorySegment scratch() {
        return ROOM.get().scratch;
    }

    /** What a call returned, or {@code -errno} if that was negative. */
    public static int result(final MemorySegment errno, final int returned) {
        return returned >= 0 ? returned : -(int) CAPTURED_ERRNO.get(errno, 0L);
    }

    /** What a call returned, or {@code -errno} if that was -1. */
    public static long result(final MemorySegment errno, final long returned) {
        return returned != -1 ? returned : -(int) CAPTURED_ERRNO.get(errno, 0L);
    }

    /** What to throw when a downcall handle threw, which only errors do. */
    public static RuntimeException unexpected(final Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException runtime) {
            return runtime;
        }
        return new IllegalStateException(thrown);
    }
}
