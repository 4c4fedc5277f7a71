package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Descriptors that become readable when a time has come (timerfd), on CLOCK_MONOTONIC. */
public final class TimerDescriptor {
    private static final int CLOCK_MONOTONIC = 1;
    private static final long NANOS = 1_000_000_000L;
    private static final long TFD_IOC_SET_TICKS = 0x4008_5400L;
    private static final long ONE =
            Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1).address();

    private static final MethodHandle CREATE = Libc.call("timerfd_create", INT, INT, INT);
    private static final MethodHandle SET = Libc.call("timerfd_settime", INT, INT, INT, LONG, LONG);

    private TimerDescriptor() {}

    /** A new one, not armed, non-blocking and closed by exec. */
    public static int open() {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int)
                    CREATE.invokeExact(errno, CLOCK_MONOTONIC, Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Lets it expire once, {@code nanos} from now; 0 disarms it. */
    public static int set(final int fd, final long nanos) {
        final MemorySegment time = Libc.scratch();
        time.set(LONG, 0, 0);
        time.set(LONG, 8, 0);
        time.set(LONG, 16, nanos / NANOS);
        time.set(LONG, 24, nanos % NANOS);
        return set(fd, 0, time.address());
    }

    private static int set(final int fd, final int flags, final long time) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) SET.invokeExact(errno, fd, flags, time, 0L));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /**
     * Makes it readable as if it had expired, and never waits, whatever anybody else who has the descriptor does to it.
     *
     * @return 0, or {@code -ENOTTY} where the kernel was built without checkpoint and restore
     */
    public static int tick(final int fd) {
        return Descriptors.ioctl(fd, TFD_IOC_SET_TICKS, ONE);
    }

    /** Whether {@code fd} is one. Allocates. */
    public static boolean is(final int fd) {
        return Descriptors.kind(fd).equals("anon_inode:[timerfd]");
    }
}
