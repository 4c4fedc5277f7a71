package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import joyride.api.socket.Errno;

/** poll(2) of one descriptor. {@link DescriptorWait} waits for many. */
public final class Poll {
    public static final int IN = 1;
    public static final int OUT = 4;
    public static final int ERR = 8;
    public static final int HUP = 0x10;

    private static final int NANOS_PER_MILLI = 1_000_000;
    private static final MethodHandle POLL = Libc.call("poll", INT, LONG, LONG, INT);

    private Poll() {}

    /**
     * Waits until {@code fd} is ready. Signals do not shorten it.
     *
     * @param interest what to wait for; ERR and HUP always count
     * @param millis at most so long; 0: only look; -1: without limit
     * @return what it is ready for; 0: nothing in that time
     */
    public static int await(final int fd, final int interest, final int millis) {
        final MemorySegment set = Libc.scratch();
        set.set(INT, 0, fd);
        set.set(INT, 4, interest);
        final long begin = System.nanoTime();
        int ready = poll(set.address(), millis);
        while (ready == -Errno.EINTR) {
            final int passed = (int) ((System.nanoTime() - begin) / NANOS_PER_MILLI);
            ready = poll(set.address(), millis < 0 ? millis : Math.max(0, millis - passed));
        }
        return ready <= 0 ? ready : set.get(ValueLayout.JAVA_SHORT, 6);
    }

    private static int poll(final long set, final int millis) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) POLL.invokeExact(errno, set, 1L, millis));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
