package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/**
 * A receive and a transmit queue of a port. A frame's handle is its mbuf's address. {@link #transmit} takes mbufs of any port of this process,
 * also such that another queue received.
 */
final class DpdkQueue implements NicQueue {
    private static final int MOST = 2 * PacketBatch.BURST;
    private static final long ONE_REFERENCE = 1L << 16 | 1L << 32;
    private static final long REFERENCES_SEGMENTS = 0xffff_ffff_0000L;

    private static final int LINKED = 60;
    private static final long SEGMENTS = 0xffffL << 32;
    private static final long ONE_SEGMENT = 1L << 32;
    private static final int UNCUT = 2;

    private final short port;
    private final short index;
    private final boolean blocking;
    private final long pool;
    private final MbufCache cache;
    private final int frameSize;
    private final long rearm;
    /** Mbufs that {@link #forward} has in hand. */
    private final long passing;

    private final long toSend;
    private final long toFree;
    private final long joined;
    private final int joinedSize;
    private final IdlePolls idle;
    private int freeing;
    private BurstFunction receive;
    private BurstFunction transmit;
    private BurstFunction prepare;
    private WakeSource wake;
    private boolean armed;

    /** The largest segments that the device has cut, without headers. */
    private int cut;

    /** How often in a row it took none of a packet to be cut into larger ones. */
    private int uncut;

    private volatile long transmitDropped;
    private volatile long transmitRefused;
    private volatile long noFrame;
    private volatile long tooLong;

    /**
     * @param arena of the port
     * @param room bytes of a frame in one mbuf
     * @param joinedSize bytes that a frame may have that arrives in several mbufs; some devices make such also where one has room
     * @param idle when to look at the queue if nothing tells of frames
     */
    DpdkQueue(
            final int port,
            final int index,
            final boolean blocking,
            final Mempool mempool,
            final int room,
            final int joinedSize,
            final IdlePolls idle,
            final Arena arena) {
        this.port = (short) port;
        this.index = (short) index;
        this.blocking = blocking;
        this.idle = idle;
        pool = mempool.address();
        cache = new MbufCache(mempool);
        frameSize = room;
        rearm = Layout.HEADROOM | ONE_REFERENCE | (long) port << 48;
        passing = room(arena, MOST * 8L);
        toSend = room(arena, MOST * 8L);
        toFree = room(arena, MOST * 8L);
        this.joinedSize = joinedSize;
        joined = room(arena, (long) joinedSize * PacketBatch.BURST);
    }

    private static long room(final Arena arena, final long bytes) {
        final MemorySegment memory = arena.allocate(bytes, 64);
        return memory.address();
    }

    /** The port has been started. By a control thread, while no loop uses the queue. @param tells of frames; null: nothing does */
    void start(final WakeSource tells) {
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        receive =
                new BurstFunction(entry, Layout.FP_RECEIVE, Layout.FP_RX_DATA, Layout.FP_RX_CALLBACKS, index, blocking);
        transmit = new BurstFunction(
                entry, Layout.FP_TRANSMIT, Layout.FP_TX_DATA, Layout.FP_TX_CALLBACKS, index, blocking);
        prepare = Memory.getLong(entry + Layout.FP_PREPARE) == 0
                ? null
                : new BurstFunction(
                        entry, Layout.FP_PREPARE, Layout.FP_TX_DATA, Layout.FP_TX_CALLBACKS, index, blocking);
        wake = tells;
        armed = false;
    }

    /** The port is about to be stopped. By a control thread, while no loop uses the queue. */
    void stop() {
        receive = null;
        transmit = null;
        prepare = null;
        armed = false;
        if (wake != null) {
            wake.close();
            wake = null;
        }
    }

    /** The driver's own structure of the receive queue. The port runs. */
    static long receiveQueue(final int port, final int index) {
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        return Memory.getLong(Memory.getLong(entry + Layout.FP_RX_DATA) + index * 8L);
    }

    /** No frame is out. By a control thread, while no loop uses the queue. */
    void close() {
        stop();
        cache.close();
    }

    // --- receive

    @Override
    public int receive(final PacketBatch batch) {
        final BurstFunction function = receive;
        if (function == null) {
            return 0;
        }
        cache.enter();
        final int count = poll(function, batch.handles(), Math.min(batch.capacity(), MOST));
        if (count > 0) {
            final int whole = takeWhole(batch, count);
            batch.filled(whole);
            if (whole < count) {
                takeRest(batch, whole, count);
            }
        }
        return batch.size();
    }

    /**
     * Receives a burst and sends it on by another queue, unseen: what DPDK calls io forwarding.
     *
     * @param most frames in the burst, at most 128
     * @return frames that the other queue took; the rest is freed and counted there
     */
    int forward(final DpdkQueue to, final int most) {
        final BurstFunction function = receive;
        if (function == null) {
            return 0;
        }
        cache.enter();
        final int count = poll(function, passing, Math.min(most, MOST));
        return count == 0 ? 0 : to.pass(passing, count);
    }

    /** @return mbufs in the array at {@code mbufs} */
    private int poll(final BurstFunction function, final long mbufs, final int most) {
        int count = function.call(mbufs, most);
        final long callbacks = function.callbacks();
        if (callbacks != 0) {
            count = callBack(Functions.RX_CALLBACKS, mbufs, count, most, callbacks);
        }
        polled(count);
        return count;
    }

    private void polled(final int count) {
        idle.polled(count);
        if (armed && count > 0) {
            armed = false;
            wake.disarm();
        }
    }

    private int pass(final long mbufs, final int count) {
        final BurstFunction function = transmit;
        if (function == null) {
            drop(mbufs, count);
            return 0;
        }
        return send(function, mbufs, count);
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
        freeCollected();
    }

    /** A frame scattered over several mbufs: core wants it in one piece. */
    private void join(final PacketBatch batch, final long mbuf, final long flags) {
        final int length = Memory.getInt(mbuf + Layout.MBUF_PACKET_LENGTH);
        if (length > joinedSize || batch.size() >= PacketBatch.BURST) {
            tooLong++;
            freeLater(mbuf);
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

    @Override
    public void release(final PacketBatch batch) {
        cache.enter();
        final int count = batch.size();
        final int own = own(batch.handles(), count);
        cache.putAll(batch.handles(), own);
        if (own < count) {
            for (int i = own; i < count; i++) {
                give(batch.handle(i));
            }
            freeCollected();
        }
        batch.clear();
    }

    /** @return how many of the array's first mbufs can go straight back to the pool */
    private int own(final long mbufs, final int count) {
        final long first = Memory.pointer(mbufs);
        final long mine = pool;
        for (int i = 0; i < count; i++) {
            if (!isOwn(Memory.getLong(first + i * 8L), mine)) {
                return i;
            }
        }
        return count;
    }

    /** One mbuf alone, in nobody else's hands, its buffer its own. */
    private static boolean isOwn(final long handle, final long pool) {
        final long mbuf = Memory.pointer(handle);
        return (Memory.getLong(mbuf + Layout.MBUF_REARM) & REFERENCES_SEGMENTS) == ONE_REFERENCE
                && Memory.getLong(mbuf + Layout.MBUF_POOL) == pool
                && (Memory.getLong(mbuf + Layout.MBUF_FLAGS) & Layout.FOREIGN_BUFFER) == 0;
    }

    private void give(final long mbuf) {
        if (isOwn(mbuf, pool)) {
            cache.put(mbuf);
        } else {
            freeLater(mbuf);
        }
    }

    private void freeLater(final long mbuf) {
        if (freeing == MOST) {
            freeCollected();
        }
        Memory.putLong(toFree + freeing++ * 8L, mbuf);
    }

    private void freeCollected() {
        if (freeing > 0) {
            final int count = freeing;
            freeing = 0;
            freeBulk(toFree, count);
        }
    }

    private static void freeBulk(final long mbufs, final int count) {
        try {
            Functions.FREE_BULK.invokeExact(mbufs, count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    // --- send

    @Override
    public long allocate() {
        cache.enter();
        final long mbuf = cache.get();
        if (mbuf == 0) {
            noFrame++;
        } else {
            Memory.putLong(mbuf + Layout.MBUF_REARM, rearm);
        }
        return mbuf;
    }

    @Override
    public long address(final long handle) {
        return Memory.getLong(handle + Layout.MBUF_BUFFER) + Layout.HEADROOM;
    }

    @Override
    public int frameSize() {
        return frameSize;
    }

    @Override
    public void free(final long handle) {
        cache.enter();
        Memory.putLong(handle + Layout.MBUF_FLAGS, 0);
        cache.put(handle);
    }

    @Override
    public int transmit(final PacketBatch batch) {
        cache.enter();
        final int count = batch.size();
        final int plain = fillPlain(batch, count);
        final int sent = plain == count ? pass(batch.handles(), count) : transmitMixed(batch, plain);
        batch.clear();
        return sent;
    }

    /** Fills the mbufs of frames that ask for nothing, up to the first that does or has several mbufs. @return how many */
    private static int fillPlain(final PacketBatch batch, final int count) {
        final long handles = Memory.pointer(batch.handles());
        final int[] lengths = batch.lengths();
        final int[] wanted = batch.flags();
        for (int i = 0; i < count; i++) {
            final long mbuf = Memory.pointer(Memory.getLong(handles + i * 8L));
            if (wanted[i] != 0 || Memory.getShort(mbuf + Layout.MBUF_SEGMENTS) != 1) {
                return i;
            }
            Memory.putLong(mbuf + Layout.MBUF_FLAGS, 0);
            Memory.putLong(mbuf + Layout.MBUF_PACKET_LENGTH, lengths(lengths[i]));
        }
        return count;
    }

    /** pkt_len, data_len, and a VLAN tag that no flag asks for. */
    private static long lengths(final int length) {
        return length | (long) length << 32;
    }

    /** @param plain first frames, which are filled */
    private int transmitMixed(final PacketBatch batch, final int plain) {
        final int count = batch.size();
        Memory.copy(batch.handles(), toSend, plain * 8L);
        int packets = plain;
        boolean offloaded = false;
        int firstCut = 0;
        int firstSize = 0;
        for (int i = plain; i < count; i++) {
            final long mbuf = batch.handle(i);
            final int wanted = batch.flags(i);
            long flags = 0;
            if (wanted != 0) {
                flags = TransmitOffload.set(mbuf, batch.address(i), wanted);
                offloaded = true;
                if (firstSize == 0 && (wanted & Offload.TX_TCP_SEGMENTATION) != 0) {
                    firstSize = Offload.segmentSize(wanted);
                    firstCut = packets;
                }
            }
            Memory.putLong(mbuf + Layout.MBUF_FLAGS, flags);
            if ((wanted & Offload.TX_CONTINUES) != 0) {
                i = chain(batch, i);
            } else if (Memory.getShort(mbuf + Layout.MBUF_SEGMENTS) == 1) {
                Memory.putLong(mbuf + Layout.MBUF_PACKET_LENGTH, lengths(batch.length(i)));
            }
            Memory.putLong(toSend + packets++ * 8L, mbuf);
        }
        final BurstFunction function = transmit;
        if (function == null) {
            drop(toSend, packets);
            return 0;
        }
        if (offloaded && prepare != null) {
            return sendPrepared(function, packets);
        }
        final int sent = send(function, toSend, packets);
        if (firstSize > cut) {
            judge(sent, firstCut, firstSize);
        }
        return sent;
    }

    /**
     * Drivers without {@code tx_prepare} do not say what they cannot cut, they only take no more: net_tap does not where a segment with its Ethernet
     * header is longer than the MTU. What never went out, and stood first twice when the driver took no more, is held to be refused.
     */
    private void judge(final int sent, final int index, final int size) {
        if (sent > index) {
            cut = size;
            uncut = 0;
        } else if (sent == index && ++uncut >= UNCUT) {
            transmitRefused++;
        }
    }

    /** Hangs an empty mbuf behind one of a single frame's, as a device does whose buffers are small. */
    static void link(final long mbuf, final long next) {
        Memory.putShort(mbuf + Layout.MBUF_SEGMENTS, 2);
        Memory.putInt(mbuf + Layout.MBUF_PACKET_LENGTH, LINKED);
        Memory.putShort(mbuf + Layout.MBUF_DATA_LENGTH, LINKED);
        Memory.putShort(next + Layout.MBUF_DATA_LENGTH, 0);
        Memory.putLong(mbuf + Layout.MBUF_NEXT, next);
    }

    /** Makes one mbuf chain of the entries from {@code first} on that are one packet. @return the last of them */
    private static int chain(final PacketBatch batch, final int first) {
        final long head = batch.handle(first);
        long before = 0;
        int bytes = 0;
        int last = first - 1;
        do {
            last++;
            final long mbuf = batch.handle(last);
            final int length = batch.length(last);
            Memory.putShort(mbuf + Layout.MBUF_DATA_OFFSET, (int)
                    (batch.address(last) - Memory.getLong(mbuf + Layout.MBUF_BUFFER)));
            Memory.putShort(mbuf + Layout.MBUF_DATA_LENGTH, length);
            if (before != 0) {
                Memory.putLong(mbuf + Layout.MBUF_FLAGS, 0);
                Memory.putLong(before + Layout.MBUF_NEXT, mbuf);
            }
            before = mbuf;
            bytes += length;
        } while ((batch.flags(last) & Offload.TX_CONTINUES) != 0);
        Memory.putShort(head + Layout.MBUF_SEGMENTS, last - first + 1);
        Memory.putInt(head + Layout.MBUF_PACKET_LENGTH, bytes);
        return last;
    }

    /** Lets the driver look first at packets that ask for something: what it cannot do is dropped, and what stands behind goes on. */
    private int sendPrepared(final BurstFunction function, final int count) {
        int sent = 0;
        int done = 0;
        while (done < count) {
            final long from = toSend + done * 8L;
            final int ready = prepare.call(from, count - done);
            sent += send(function, from, ready);
            done += ready;
            if (done < count) {
                freeBulk(toSend + done * 8L, 1);
                transmitRefused++;
                done++;
            }
        }
        return sent;
    }

    /** @return packets that the device took; the others are freed */
    private int send(final BurstFunction function, final long mbufs, final int count) {
        int ready = count;
        final long callbacks = function.callbacks();
        if (callbacks != 0) {
            ready = callBack(Functions.TX_CALLBACKS, mbufs, ready, callbacks);
        }
        final int accepted = function.call(mbufs, ready);
        if (accepted < ready) {
            drop(mbufs + accepted * 8L, ready - accepted);
        }
        return accepted;
    }

    private void drop(final long mbufs, final int count) {
        transmitDropped += count;
        freeBulk(mbufs, count);
    }

    private int callBack(
            final MethodHandle handle, final long mbufs, final int count, final int most, final long callbacks) {
        try {
            return 0xffff & (short) handle.invokeExact(port, index, mbufs, (short) count, (short) most, callbacks);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private int callBack(final MethodHandle handle, final long mbufs, final int count, final long callbacks) {
        try {
            return 0xffff & (short) handle.invokeExact(port, index, mbufs, (short) count, callbacks);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    // --- sleep

    @Override
    public int wakeDescriptor() {
        final WakeSource source = wake;
        return source == null ? -1 : source.descriptor();
    }

    @Override
    public void armWake() {
        if (wake != null) {
            armed = wake.arm();
        }
    }

    @Override
    public long nextEvent() {
        if (receive == null) {
            return Long.MAX_VALUE;
        }
        return armed ? idle.within(wake.reliableNanos()) : idle.next();
    }

    /** Frames that the device's queue had no room for. Any thread. */
    long transmitDropped() {
        return transmitDropped;
    }

    /** Any thread. */
    @Override
    public long refused() {
        return transmitRefused;
    }

    /** How often the pool had no frame to send. Any thread. */
    long noFrame() {
        return noFrame;
    }

    /** Frames of several mbufs longer than there is room for. Any thread. */
    long tooLong() {
        return tooLong;
    }
}
