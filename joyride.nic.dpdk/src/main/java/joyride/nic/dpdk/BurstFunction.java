package joyride.nic.dpdk;

import java.lang.foreign.MemorySegment;
import joyride.api.memory.Memory;

/**
 * One direction of one queue as DPDK's inline functions see it: the driver's function, its queue, and whether somebody listens. Read anew at each
 * start of the port, since DPDK exchanges them when a port stops.
 */
@SuppressWarnings("restricted")
final class BurstFunction {
    private final long function;
    private final long queue;
    private final long callbackSlot;
    private final boolean blocking;

    /**
     * @param entry the port's in {@code rte_eth_fp_ops}
     * @param functionAt offset of the function in it, and so on
     * @param blocking whether the driver makes system calls
     */
    BurstFunction(
            final long entry,
            final int functionAt,
            final int dataAt,
            final int callbacksAt,
            final int index,
            final boolean blocking) {
        function = Memory.getLong(entry + functionAt);
        queue = Memory.getLong(Memory.getLong(entry + dataAt) + index * 8L);
        callbackSlot = Memory.pointer(Memory.getLong(entry + callbacksAt) + index * 8L);
        this.blocking = blocking;
    }

    /** @return mbufs received into, or taken from, the array at {@code mbufs} */
    int call(final long mbufs, final int count) {
        if (blocking) {
            return callBlocking(mbufs, count);
        }
        try {
            // The segment is never made: the compiler sees that it is an address alone, and checks nothing of it.
            return 0xffff
                    & (short)
                            Functions.BURST.invokeExact(MemorySegment.ofAddress(function), queue, mbufs, (short) count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
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

    /** The first of the call-backs that packet capture and latency tools of DPDK's hang in, or 0. */
    long callbacks() {
        return Memory.getLong(Memory.pointer(callbackSlot));
    }
}
