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
    private final MbufCache cache;
    private final Returned returned;
    private final Receiver receiver;
    private final Transmitter transmitter;
    private final int frameSize;
    private final long rearm;
    private final QueueSleep sleep;
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
        sleep = new QueueSleep(idle);
        cache = new MbufCache(mempool);
        returned = new Returned(mempool, cache, arena);
        receiver = new Receiver(port, index, blocking, returned, joinedSize, sleep, arena);
        transmitter = new Transmitter(port, index, blocking, arena);
        frameSize = room;
        rearm = Layout.HEADROOM | Returned.ONE_REFERENCE | (long) port << 48;
    }

    /**
     * The port has been started. By a control thread, while no loop uses the queue.
     *
     * @param tells of frames; null: nothing does
     * @param rings what keeps them while they are used, or null: they stay
     */
    void start(final WakeSource tells, final MemifGuard rings) {
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        receiver.start(entry, rings);
        transmitter.start(entry, rings);
        sleep.start(tells);
    }

    /** The port is about to be stopped. By a control thread, while no loop uses the queue. */
    void stop() {
        receiver.stop();
        transmitter.stop();
        sleep.stop();
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
        if (count > 0) {
            receiver.describe(batch, count);
        }
        return batch.size();
    }

    /** A way for the frames of this queue through another one, unseen. @param mbufs array of {@link Returned#MOST}, the way's own */
    Forwarding to(final DpdkQueue other, final long mbufs) {
        return new Forwarding(receiver, cache, other.transmitter, mbufs);
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
        return sleep.descriptor();
    }

    @Override
    public void armWake() {
        receiver.rest();
        sleep.arm();
    }

    @Override
    public long nextEvent() {
        if (!receiver.isRunning()) {
            return Long.MAX_VALUE;
        }
        receiver.rest();
        return sleep.nextEvent();
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
