package joyride.nic.wire;

import java.lang.foreign.Arena;
import joyride.api.counters.CounterBlock;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;

/**
 * One direction of a wire. The sending loop decides what befalls a frame and hands it over; the receiving loop sorts what it
 * was handed by arrival time. The frame's memory stays the sender's and goes back when the receiver releases it.
 */
final class Lane {
    private static final int SHORTEST = 14;

    /** In the hand-over beside a frame's length: nothing happened to it on the wire. */
    private static final int INTACT = 1 << 30;

    private final boolean fromA;
    private final FramePool pool;
    private final Clock clock;
    private final FrameRing handOver;
    private final DueQueue onTheWay;
    private final WakeDescriptor wake;
    private final CounterBlock sender;
    private final CounterBlock receiver;
    private final Segmenter segmenter;
    private FaultDice dice;
    private WireTap tap;
    private boolean offload;
    private int longest = Integer.MAX_VALUE;
    private volatile boolean timed;
    private volatile boolean peerOpen;

    Lane(final boolean fromA, final FramePool pool, final Arena arena, final Clock clock, final FaultDice dice) {
        this.fromA = fromA;
        this.pool = pool;
        this.clock = clock;
        handOver = new FrameRing(pool.frames());
        onTheWay = new DueQueue(pool.frames());
        wake = new WakeDescriptor();
        sender = counters(arena);
        receiver = counters(arena);
        segmenter = new Segmenter(arena);
        dice(dice);
    }

    private static CounterBlock counters(final Arena arena) {
        final int slots = WireCounter.values().length;
        return new CounterBlock(arena.allocate(8L * slots, 64).address(), slots);
    }

    FramePool pool() {
        return pool;
    }

    /** On the sending loop, or while it stands still. */
    void dice(final FaultDice next) {
        dice = next;
        timed |= next.faults().timed();
    }

    void tap(final WireTap next) {
        tap = next;
    }

    /** Whether the ports complete and verify checksums. */
    void offload(final boolean on) {
        offload = on;
    }

    boolean offload() {
        return offload;
    }

    /** Frames longer than that vanish. On the sending loop, or while it stands still. */
    void longest(final int bytes) {
        longest = bytes;
    }

    void peerOpen(final boolean open) {
        peerOpen = open;
    }

    boolean peerOpen() {
        return peerOpen;
    }

    long count(final WireCounter counter) {
        return sender.get(counter.ordinal()) + receiver.get(counter.ordinal());
    }

    // --- the sending loop

    int transmit(final PacketBatch batch) {
        final int size = batch.size();
        final long now = timed || tap != null || dice.faults().burst() > 1 ? clock.nanoTime() : 0;
        int accepted = 0;
        for (int i = 0; i < size; i++) {
            if ((batch.flags(i) & Offload.TX_TCP_SEGMENTATION) != 0) {
                i = segmenter.gather(batch, i, pool);
                accepted += segment(now);
            } else if (send(batch.handle(i), batch.length(i), batch.flags(i), now)) {
                accepted++;
            }
        }
        batch.clear();
        wake.signal();
        return accepted;
    }

    /** Sends the segments of what was gathered. @return frames accepted */
    private int segment(final long now) {
        int accepted = 0;
        while (segmenter.hasNext()) {
            final long frame = pool.allocate();
            final int length = segmenter.next(frame == 0 ? 0 : pool.address(frame));
            if (frame == 0) {
                sender.increment(WireCounter.SENT.ordinal());
                sender.add(WireCounter.SENT_BYTES.ordinal(), length);
                sender.increment(WireCounter.QUEUE_FULL.ordinal());
            } else if (send(frame, length, Offload.TX_TRANSPORT_CHECKSUM, now)) {
                accepted++;
            }
        }
        return accepted;
    }

    private boolean send(final long handle, final int length, final int flags, final long now) {
        if (length < SHORTEST || length > pool.frameSize()) {
            return drop(handle, WireCounter.MALFORMED);
        }
        sender.increment(WireCounter.SENT.ordinal());
        sender.add(WireCounter.SENT_BYTES.ordinal(), length);
        final long address = pool.address(handle);
        if (!peerOpen) {
            return lose(handle, address, length, now, WireCounter.NO_PEER);
        }
        if (length > longest || dice.loses(now)) {
            lose(handle, address, length, now, WireCounter.LOST);
            return true;
        }
        if (dice.queueFull(now, length)) {
            return lose(handle, address, length, now, WireCounter.QUEUE_FULL);
        }
        if (offload && (flags & ChecksumOffload.ABLE) != 0) {
            ChecksumOffload.complete(address, length, flags);
        }
        if (dice.marks(now, address, length)) {
            sender.increment(WireCounter.MARKED.ordinal());
        }
        int marked = offload ? length | INTACT : length;
        if (dice.corrupts(address, length)) {
            sender.increment(WireCounter.CORRUPTED.ordinal());
            marked = length;
        }
        long copy = 0;
        if (dice.duplicates()) {
            copy = pool.allocate();
        }
        hand(handle, address, marked, now);
        if (copy != 0) {
            Memory.copy(address, pool.address(copy), length);
            sender.increment(WireCounter.DUPLICATED.ordinal());
            hand(copy, pool.address(copy), marked, now);
        }
        return true;
    }

    private void hand(final long handle, final long address, final int marked, final long now) {
        final int length = marked & ~INTACT;
        final boolean heldBack = dice.reorders();
        if (heldBack) {
            sender.increment(WireCounter.REORDERED.ordinal());
        }
        final long due = timed ? dice.due(now, length, heldBack) : now;
        if (tap != null) {
            tap.frame(fromA, now, address, length, due);
        }
        pool.depart(handle);
        handOver.offer(handle, marked, due);
    }

    private boolean lose(
            final long handle, final long address, final int length, final long now, final WireCounter why) {
        if (tap != null) {
            tap.frame(fromA, now, address, length, -1);
        }
        return drop(handle, why);
    }

    private boolean drop(final long handle, final WireCounter why) {
        sender.increment(why.ordinal());
        pool.free(handle);
        return false;
    }

    // --- the receiving loop

    WakeDescriptor wake() {
        return wake;
    }

    int receive(final PacketBatch batch) {
        final int count = take(batch);
        wake.polled(count > 0);
        return count;
    }

    private int take(final PacketBatch batch) {
        int count = 0;
        if (!timed && onTheWay.size() == 0) {
            while (!batch.isFull() && handOver.poll()) {
                deliver(batch, handOver.handle(), handOver.length());
                count++;
            }
            return count;
        }
        drain();
        final long now = clock.nanoTime();
        while (!batch.isFull() && onTheWay.due() <= now) {
            deliver(batch, onTheWay.handle(), onTheWay.length());
            onTheWay.remove();
            count++;
        }
        return count;
    }

    private void deliver(final PacketBatch batch, final long handle, final int marked) {
        final int length = marked & ~INTACT;
        pool.arrive(handle);
        receiver.increment(WireCounter.DELIVERED.ordinal());
        receiver.add(WireCounter.DELIVERED_BYTES.ordinal(), length);
        batch.add(handle, pool.address(handle), length, marked == length ? 0 : Offload.RX_CHECKSUM_GOOD);
    }

    void release(final PacketBatch batch) {
        final int size = batch.size();
        for (int i = 0; i < size; i++) {
            pool.comeBack(batch.handle(i));
        }
        batch.clear();
    }

    /** When the next frame arrives, ns; in the past if it is there; {@link Long#MAX_VALUE}: none is on the way. */
    long nextEvent() {
        if (!timed && onTheWay.size() == 0) {
            return handOver.isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        drain();
        return onTheWay.due();
    }

    private void drain() {
        while (handOver.poll()) {
            onTheWay.add(handOver.handle(), handOver.length(), handOver.due());
        }
    }

    /** The receiving port closes: what is on the way goes back unread. Its loop is done with the queue. */
    void discard() {
        drain();
        while (onTheWay.size() > 0) {
            pool.arrive(onTheWay.handle());
            pool.comeBack(onTheWay.handle());
            receiver.increment(WireCounter.UNREAD.ordinal());
            onTheWay.remove();
        }
    }

    /** Frames on the way. While both loops stand still. */
    int onTheWay() {
        drain();
        return onTheWay.size();
    }
}
