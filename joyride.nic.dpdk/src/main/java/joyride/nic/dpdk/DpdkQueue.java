package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/**
 * A receive and a transmit queue of a port. A frame's handle is its mbuf's address. {@link #transmit} takes mbufs of any port of this process,
 * also such that another queue received.
 */
final class DpdkQueue implements NicQueue {
    private final int port;
    private final boolean blocking;
    private final MbufCache cache;
    private final Returned returned;
    private final Receiver receiver;
    private final Transmitter transmitter;
    private final int frameSize;
    private final long rearm;
    /** Mbufs that {@link #forward} has in hand. */
    private final long passing;

    private final IdlePolls idle;
    private WakeSource wake;
    private boolean armed;
    private volatile long noFrame;

    /**
     * @param arena of the port
     * @param room bytes of a frame in one mbuf
     * @param joinedSize bytes that a frame may have that arrives in several mbufs
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
        this.port = port;
        this.blocking = blocking;
        this.idle = idle;
        cache = new MbufCache(mempool);
        returned = new Returned(mempool, cache, arena);
        receiver = new Receiver(port, index, returned, joinedSize, arena);
        transmitter = new Transmitter(port, index, arena);
        frameSize = room;
        rearm = Layout.HEADROOM | Returned.ONE_REFERENCE | (long) port << 48;
        passing = arena.allocate(Returned.MOST * 8L, 64).address();
    }

    /** The port has been started. By a control thread, while no loop uses the queue. @param tells of frames; null: nothing does */
    void start(final WakeSource tells) {
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        receiver.start(entry, blocking);
        transmitter.start(entry, blocking);
        wake = tells;
        armed = false;
    }

    /** The port is about to be stopped. By a control thread, while no loop uses the queue. */
    void stop() {
        receiver.stop();
        transmitter.stop();
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
        if (!receiver.isRunning()) {
            return 0;
        }
        cache.enter();
        final int count = receiver.poll(batch.handles(), Math.min(batch.capacity(), Returned.MOST));
        polled(count);
        if (count > 0) {
            receiver.describe(batch, count);
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
        if (!receiver.isRunning()) {
            return 0;
        }
        cache.enter();
        final int count = receiver.poll(passing, Math.min(most, Returned.MOST));
        polled(count);
        return count == 0 ? 0 : to.transmitter.pass(passing, count);
    }

    private void polled(final int count) {
        idle.polled(count);
        if (armed && count > 0) {
            armed = false;
            wake.disarm();
        }
    }

    @Override
    public void release(final PacketBatch batch) {
        cache.enter();
        returned.takeAll(batch);
        batch.clear();
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
        final int sent = transmitter.send(batch);
        batch.clear();
        return sent;
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
        if (!receiver.isRunning()) {
            return Long.MAX_VALUE;
        }
        return armed ? idle.within(wake.reliableNanos()) : idle.next();
    }

    /** Frames that the device's queue had no room for. Any thread. */
    long transmitDropped() {
        return transmitter.dropped();
    }

    /** Any thread. */
    @Override
    public long refused() {
        return transmitter.refused();
    }

    /** How often the pool had no frame to send. Any thread. */
    long noFrame() {
        return noFrame;
    }

    /** Frames of several mbufs longer than there is room for. Any thread. */
    long tooLong() {
        return receiver.tooLong();
    }
}
