package joyride.nic.dpdk;

import java.lang.foreign.MemorySegment;
import joyride.api.memory.Memory;

/**
 * One direction of one queue as DPDK's inline functions see it: the driver's function, its queue, and whether somebody listens. Read anew at each
 * start of the port, since DPDK exchanges them when a port stops.
 *
 * <p>The two halves of a queue are such functions rather than have them: whatever stands between a loop and these numbers is read again after every call.
 */
@SuppressWarnings("restricted")
sealed class BurstFunction permits Receiver, Transmitter {
    private final int functionAt;
    private final int dataAt;
    private final int callbacksAt;
    private final int index;
    private final boolean blocking;
    private boolean plain;
    private MemifGuard guard;
    private long function;
    private long queue;
    private long callbackSlot;

    /**
     * @param functionAt offset of the function in a port's entry of {@code rte_eth_fp_ops}, and so on
     * @param blocking whether the driver makes system calls
     */
    BurstFunction(
            final int functionAt, final int dataAt, final int callbacksAt, final int index, final boolean blocking) {
        this.functionAt = functionAt;
        this.dataAt = dataAt;
        this.callbacksAt = callbacksAt;
        this.index = index;
        this.blocking = blocking;
    }

    /**
     * By a control thread, while no loop uses the queue.
     *
     * @param entry of the port that has been started, in {@code rte_eth_fp_ops}
     * @param guard of the rings, or null: they need none
     */
    void start(final long entry, final MemifGuard guard) {
        this.guard = guard;
        plain = guard == null && !blocking;
        function = Memory.getLong(entry + functionAt);
        queue = Memory.getLong(Memory.getLong(entry + dataAt) + index * 8L);
        callbackSlot = Memory.getLong(entry + callbacksAt) + index * 8L;
    }

    /** By a control thread, while no loop uses the queue. */
    void stop() {
        function = 0;
        pause();
    }

    /** Bursts may not be called for long. The loop's thread, or a control thread while no loop uses the queue. */
    final void pause() {
        if (guard != null) {
            guard.rest();
        }
    }

    /** Whether it can be called: the port runs, and the driver has such a function. */
    final boolean isRunning() {
        return function != 0;
    }

    /** It runs. @return mbufs received into, or taken from, the array at {@code mbufs} */
    final int call(final long mbufs, final int count) {
        if (plain) {
            return burst(mbufs, count);
        }
        return guard != null ? callGuarded(mbufs, count) : callBlocking(mbufs, count);
    }

    private int burst(final long mbufs, final int count) {
        try {
            // The segment is never made: the compiler sees that it is an address alone, and checks nothing of it.
            return 0xffff
                    & (short)
                            Functions.BURST.invokeExact(MemorySegment.ofAddress(function), queue, mbufs, (short) count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private int callGuarded(final long mbufs, final int count) {
        if (!guard.enter()) {
            return 0;
        }
        int done = 0;
        try {
            done = burst(mbufs, count);
            return done;
        } finally {
            guard.leave(done);
        }
    }

    private int callBlocking(final long mbufs, final int count) {
        try {
            return 0xffff
                    & (short) Functions.BURST_BLOCKING.invokeExact(
                            MemorySegment.ofAddress(function), queue, mbufs, (short) count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** It runs. @return the first of the call-backs that packet capture and latency tools of DPDK's hang in, or 0. */
    final long callbacks() {
        return Memory.getLong(Memory.pointer(callbackSlot));
    }
}
