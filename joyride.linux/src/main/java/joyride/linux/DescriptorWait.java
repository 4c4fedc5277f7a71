package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import joyride.api.socket.Errno;

/** Sleeps until one of a set of descriptors is readable or a time has passed (ppoll). Of one thread. */
public final class DescriptorWait implements AutoCloseable {
    private static final int POLLFD_SIZE = 8;
    private static final long NANOS = 1_000_000_000L;

    private static final MethodHandle PPOLL = Libc.call("ppoll", INT, LONG, LONG, LONG, LONG);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment timeout = arena.allocate(16, 8);
    private Arena setArena = Arena.ofShared();
    private MemorySegment set = setArena.allocate(POLLFD_SIZE, 8);
    private int count;

    /** Empties the set. */
    public void clear() {
        count = 0;
    }

    /** Adds a descriptor. On a control path: it may allocate. */
    public void add(final int descriptor) {
        final long needed = (count + 1L) * POLLFD_SIZE;
        if (needed > set.byteSize()) {
            final Arena larger = Arena.ofShared();
            final MemorySegment grown = larger.allocate(needed * 2, 8).copyFrom(set);
            setArena.close();
            setArena = larger;
            set = grown;
        }
        final long at = (long) count * POLLFD_SIZE;
        set.set(INT, at, descriptor);
        set.set(ValueLayout.JAVA_SHORT, at + 4, (short) Poll.IN);
        count++;
    }

    /**
     * Sleeps.
     *
     * @param nanos at most so long; {@link Long#MAX_VALUE}: without limit
     * @return how many descriptors are ready; 0 also after a signal
     */
    public int await(final long nanos) {
        long limit = 0;
        if (nanos != Long.MAX_VALUE) {
            final long positive = Math.max(nanos, 0);
            timeout.set(LONG, 0, positive / NANOS);
            timeout.set(LONG, 8, positive % NANOS);
            limit = timeout.address();
        }
        final int ready = poll(set.address(), count, limit);
        return ready == -Errno.EINTR ? 0 : SystemError.check("ppoll", ready);
    }

    /** Whether the descriptor that was added as number {@code index}, from 0, was ready when {@link #await} returned more than 0. */
    public boolean isReady(final int index) {
        return set.get(ValueLayout.JAVA_SHORT, (long) index * POLLFD_SIZE + 6) != 0;
    }

    private static int poll(final long set, final long count, final long limit) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) PPOLL.invokeExact(errno, set, count, limit, 0L));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    @Override
    public void close() {
        setArena.close();
        arena.close();
    }
}
