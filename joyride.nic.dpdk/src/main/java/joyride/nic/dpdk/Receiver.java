package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;

/** The receiving half of a queue: a burst of mbufs becomes frames of a batch, in one piece each. For the queue's loop, but for what says otherwise. */
final class Receiver extends BurstFunction {
    private static final long SEGMENTS = 0xffffL << 32;
    private static final long ONE_SEGMENT = 1L << 32;

    private final short port;
    private final short index;
    private final Returned returned;
    private final long joined;
    private final int joinedSize;
    private final QueueSleep sleep;
    private boolean rested;
    private volatile long tooLong;

    /**
     * @param blocking whether the driver makes system calls
     * @param joinedSize bytes that a frame may have that arrives in several mbufs; some devices make such also where one has room
     * @param sleep is told of polls after the loop was about to sleep
     * @param arena of the port
     */
    Receiver(
            final int port,
            final int index,
            final boolean blocking,
            final Returned returned,
            final int joinedSize,
            final QueueSleep sleep,
            final Arena arena) {
        super(Layout.FP_RECEIVE, Layout.FP_RX_DATA, Layout.FP_RX_CALLBACKS, index, blocking);
        this.port = (short) port;
        this.index = (short) index;
        this.returned = returned;
        this.joinedSize = joinedSize;
        this.sleep = sleep;
        joined = arena.allocate((long) joinedSize * PacketBatch.BURST, 64).address();
    }

    /** It runs. @return mbufs in the array at {@code mbufs} */
    int poll(final long mbufs, final int most) {
        return polled(mbufs, call(mbufs, most), most);
    }

    /** What is to be done after a {@link #call} that received {@code came}. @return mbufs in the array */
    int polled(final long mbufs, final int came, final int most) {
        final long callbacks = callbacks();
        final int count = callbacks == 0 ? came : callBack(mbufs, came, most, callbacks);
        if (rested) {
            rested = count == 0;
            sleep.polled(count);
        }
        return count;
    }

    /** The loop is about to sleep: {@link QueueSleep} wants to hear of polls until frames come. */
    void rest() {
        rested = true;
        pause();
    }

    private int callBack(final long mbufs, final int count, final int most, final long callbacks) {
        try {
            return 0xffff
                    & (short) Functions.RX_CALLBACKS.invokeExact(
                            port, index, mbufs, (short) count, (short) most, callbacks);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** Makes frames of the first {@code count} handles of a batch, which were polled into it. */
    void describe(final PacketBatch batch, final int count) {
        final int whole = takeWhole(batch, count);
        batch.filled(whole);
        if (whole < count) {
            takeRest(batch, whole, count);
        }
    }

    /** Describes the frames of a burst up to the first that has several mbufs. @return how many */
    private static int takeWhole(final PacketBatch batch, final int count) {
        final long handles = Memory.pointer(batch.handles());
        final long[] addresses = batch.addresses();
        final int[] lengths = batch.lengths();
        final int[] offloads = batch.flags();
        for (int i = 0; i < count; i++) {
            final long mbuf = Memory.pointer(Memory.getLong(handles + i * 8L));
            final long flags = Memory.getLong(mbuf + Layout.MBUF_FLAGS);
            final long rearmed = Memory.getLong(mbuf + Layout.MBUF_REARM);
            if ((rearmed & SEGMENTS) != ONE_SEGMENT) {
                return i;
            }
            final long at = Memory.getLong(mbuf + Layout.MBUF_BUFFER) + (rearmed & 0xffff);
            addresses[i] = at;
            lengths[i] = Memory.getInt(mbuf + Layout.MBUF_PACKET_LENGTH);
            offloads[i] = (flags & ReceiveOffload.FLAGS) == 0 ? 0 : ReceiveOffload.of(mbuf, at, flags);
        }
        return count;
    }

    private void takeRest(final PacketBatch batch, final int from, final int count) {
        final long handles = batch.handles();
        for (int i = from; i < count; i++) {
            final long mbuf = Memory.getLong(handles + i * 8L);
            final long flags = Memory.getLong(mbuf + Layout.MBUF_FLAGS);
            final long rearmed = Memory.getLong(mbuf + Layout.MBUF_REARM);
            if ((rearmed & SEGMENTS) == ONE_SEGMENT) {
                final long at = Memory.getLong(mbuf + Layout.MBUF_BUFFER) + (rearmed & 0xffff);
                final int offloads = (flags & ReceiveOffload.FLAGS) == 0 ? 0 : ReceiveOffload.of(mbuf, at, flags);
                batch.add(mbuf, at, Memory.getInt(mbuf + Layout.MBUF_PACKET_LENGTH), offloads);
            } else {
                join(batch, mbuf, flags);
            }
        }
        returned.freeCollected();
    }

    /** A frame scattered over several mbufs: core wants it in one piece. */
    private void join(final PacketBatch batch, final long mbuf, final long flags) {
        final int length = Memory.getInt(mbuf + Layout.MBUF_PACKET_LENGTH);
        if (length > joinedSize || batch.size() >= PacketBatch.BURST) {
            tooLong++;
            returned.freeLater(mbuf);
            return;
        }
        final long at = joined + (long) batch.size() * joinedSize;
        int done = 0;
        for (long part = mbuf; part != 0; part = Memory.getLong(part + Layout.MBUF_NEXT)) {
            final int bytes = Math.min(length - done, Memory.getShort(part + Layout.MBUF_DATA_LENGTH) & 0xffff);
            final long from = Memory.getLong(part + Layout.MBUF_BUFFER)
                    + (Memory.getShort(part + Layout.MBUF_DATA_OFFSET) & 0xffff);
            Memory.copy(from, at + done, bytes);
            done += bytes;
        }
        batch.add(mbuf, at, length, ReceiveOffload.of(mbuf, at, flags));
    }

    /** Frames of several mbufs longer than there is room for. Any thread. */
    long tooLong() {
        return tooLong;
    }
}
