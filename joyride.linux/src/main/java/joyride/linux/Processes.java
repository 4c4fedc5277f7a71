package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;

/** This process: who it is, and what becomes of it. */
public final class Processes {
    private static final int CLOSE_RANGE_CLOEXEC = 4;

    private static final MethodHandle GETEUID = Libc.plain("geteuid", INT);
    private static final MethodHandle SETENV = Libc.call("setenv", INT, LONG, LONG, INT);
    private static final MethodHandle CLOSE_RANGE = Libc.call("close_range", INT, INT, INT, INT);
    private static final MethodHandle EXECV = Libc.call("execv", INT, LONG, LONG);

    private Processes() {}

    /** The effective user's number. */
    public static int effectiveUser() {
        try {
            return (int) GETEUID.invokeExact();
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Sets a variable of the environment, as a program sees it that {@link #execute} starts. Allocates. */
    public static int environment(final String name, final String value) {
        try (Arena arena = Arena.ofConfined()) {
            final long nameAddress = arena.allocateFrom(name).address();
            final long valueAddress = arena.allocateFrom(value).address();
            return environment(nameAddress, valueAddress);
        }
    }

    private static int environment(final long name, final long value) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SETENV.invokeExact(errno, name, value, 1));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Lets exec close every descriptor from {@code first} on. */
    public static int closeOnExecute(final int first) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) CLOSE_RANGE.invokeExact(errno, first, -1, CLOSE_RANGE_CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** execv(2): another program in place of this one. Returns only if it fails. Allocates. */
    public static int execute(final String program, final List<String> arguments) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment words = arena.allocate(ValueLayout.ADDRESS, arguments.size() + 1L);
            for (int i = 0; i < arguments.size(); i++) {
                words.setAtIndex(ValueLayout.ADDRESS, i, arena.allocateFrom(arguments.get(i)));
            }
            return execute(arena.allocateFrom(program).address(), words.address());
        }
    }

    private static int execute(final long program, final long arguments) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) EXECV.invokeExact(errno, program, arguments));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
