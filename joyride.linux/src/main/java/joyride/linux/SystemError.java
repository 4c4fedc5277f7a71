package joyride.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What a system call that failed says to people. Allocates. */
public final class SystemError {
    private static final MethodHandle STRERROR = Libc.plain("strerror", ValueLayout.ADDRESS, Libc.INT);
    private static final int LONGEST = 256;

    private SystemError() {}

    /** The C library's words for an error number, with the number: {@code Permission denied (errno 13)}. */
    @SuppressWarnings("restricted")
    public static String text(final int errno) {
        try {
            final MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
            return text.reinterpret(LONGEST).getString(0) + " (errno " + errno + ")";
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** An exception of one line. @param result what the call returned: {@code -errno} */
    public static IllegalStateException of(final String what, final long result) {
        return new IllegalStateException(what + ": " + text((int) -result));
    }

    /** {@code result} if the call succeeded. @throws IllegalStateException if it failed */
    public static int check(final String what, final int result) {
        if (result < 0) {
            throw of(what, result);
        }
        return result;
    }

    /** {@code result} if the call succeeded. @throws IllegalStateException if it failed */
    public static long check(final String what, final long result) {
        if (result < 0) {
            throw of(what, result);
        }
        return result;
    }
}
