package joyride.nic.afxdp;

import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;

/**
 * One queue of the device. A handle is the frame's address. What arrives goes back into the fill ring when core has looked at it; what is
 * sent returns by the completion ring. The kernel is woken once for each batch sent, and only where it asks for it.
 */
final class AfXdpQueue implements NicQueue {
    /** How long until what the kernel did not take is offered again, ns. */
    private static final long RETRY_SOON = 100_000;

    /** The same while the link is down, ns. */
    private static final long RETRY_DOWN = 10_000_000;

    private final Doorbell doorbell;
    private final FrameMemory memory;
    private final ProducerRing fill;
    private final ProducerRing transmit;
    private final ConsumerRing receive;
    private final ConsumerRing completion;
    private final Clock clock;
    private final long base;
    private final int chunk;
    private final int slot;
    private final boolean busyPoll;
    private final Gathering gathering;
    private final QueueCounters counters = new QueueCounters();
    private long retryAt = Long.MAX_VALUE;
    private int received;
    private int recycled;
    private int lentToReceive;
    private int lentToSend;

    /** @param busyPoll whether the kernel must be asked for frames */
    AfXdpQueue(
            final FrameMemory memory,
            final Rings rings,
            final Doorbell doorbell,
            final boolean busyPoll,
            final Clock clock) {
        this.doorbell = doorbell;
        this.memory = memory;
        this.fill = rings.fill();
        this.transmit = rings.transmit();
        this.receive = rings.receive();
        this.completion = rings.completion();
        this.clock = clock;
        this.base = memory.base();
        this.chunk = memory.shape().chunk();
        this.slot = memory.shape().slot();
        this.gathering = new Gathering(slot);
        this.busyPoll = busyPoll;
    }

    QueueCounters counters() {
        return counters;
    }

    // --- receive

    @Override
    public int receive(final PacketBatch batch) {
        if (retryAt != Long.MAX_VALUE && clock.nanoTime() >= retryAt) {
            kick();
        }
        int available = receive.available();
        if (available == 0) {
            if (!busyPoll) {
                return 0;
            }
            doorbell.receive();
            available = receive.available();
        }
        received = 0;
        final int most = batch.capacity() - batch.size();
        int taken = 0;
        long bytes = 0;
        while (taken < available && received < most) {
            final long entry = receive.entry(taken++);
            final long at = base + Memory.getLong(entry);
            final int length = Memory.getInt(entry + 8);
            final boolean continued = (Memory.getInt(entry + 12) & Xdp.CONTINUED) != 0;
            if (!continued && !gathering.active()) {
                batch.add(at, at, length, 0);
                received++;
                bytes += length;
            } else {
                bytes += gather(batch, at, length, continued);
            }
        }
        receive.consumed(taken);
        lentToReceive += taken;
        counters.received(received, bytes);
        publishFill();
        return received;
    }

    /** A buffer of a frame that has several. @return the frame's length, once it is whole */
    private int gather(final PacketBatch batch, final long at, final int length, final boolean continued) {
        if (!gathering.active()) {
            gathering.begin(take());
        }
        gathering.add(at, length);
        recycle(at);
        if (continued) {
            return 0;
        }
        final long frame = gathering.slot();
        if (gathering.end()) {
            lentToSend++;
            received++;
            batch.add(frame, frame, gathering.length(), 0);
            return gathering.length();
        }
        counters.notGathered();
        if (frame != 0) {
            memory.give(frame);
        }
        return 0;
    }

    @Override
    public void release(final PacketBatch batch) {
        final int count = batch.size();
        for (int i = 0; i < count; i++) {
            final long frame = batch.handle(i);
            if (memory.isSlot(frame)) {
                free(frame);
            } else {
                recycle(frame);
            }
        }
        batch.clear();
        publishFill();
    }

    /** Puts a chunk into the fill ring, which has room for all there are. */
    private void recycle(final long frame) {
        Memory.putLong(fill.entry(recycled++), frame - base & -chunk);
    }

    private void publishFill() {
        if (recycled == 0) {
            return;
        }
        fill.publish(recycled);
        lentToReceive -= recycled;
        recycled = 0;
        if (fill.needsWakeup()) {
            doorbell.receive();
        }
    }

    // --- send

    @Override
    public long allocate() {
        final long frame = take();
        if (frame != 0) {
            lentToSend++;
        }
        return frame;
    }

    private long take() {
        final long frame = memory.take();
        if (frame != 0) {
            return frame;
        }
        complete();
        return memory.take();
    }

    @Override
    public long address(final long handle) {
        return handle;
    }

    @Override
    public int frameSize() {
        return slot;
    }

    @Override
    public void free(final long handle) {
        lentToSend--;
        memory.give(handle);
    }

    @Override
    public int transmit(final PacketBatch batch) {
        complete();
        final int count = batch.size();
        int entries = 0;
        int accepted = 0;
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            final long frame = batch.handle(i);
            final int length = batch.length(i);
            final int pieces = length <= chunk ? 1 : (length + chunk - 1) / chunk;
            if (transmit.room(entries + pieces) < entries + pieces) {
                memory.give(frame);
                counters.transmitFull();
                continue;
            }
            memory.lend(frame, pieces);
            final long offset = frame - base;
            for (int piece = 0; piece < pieces - 1; piece++) {
                describe(transmit.entry(entries++), offset + (long) piece * chunk, chunk, Xdp.CONTINUED);
            }
            final int before = (pieces - 1) * chunk;
            describe(transmit.entry(entries++), offset + before, length - before, 0);
            accepted++;
            bytes += length;
        }
        lentToSend -= count;
        batch.clear();
        transmit.publish(entries);
        counters.sent(accepted, bytes);
        kick();
        return accepted;
    }

    private static void describe(final long entry, final long offset, final int length, final int options) {
        Memory.putLong(entry, offset);
        Memory.putInt(entry + 8, length);
        Memory.putInt(entry + 12, options);
    }

    /** Takes back what the kernel has sent. */
    private void complete() {
        final int count = completion.available();
        for (int i = 0; i < count; i++) {
            memory.completed(base + Memory.getLong(completion.entry(i)));
        }
        if (count > 0) {
            completion.consumed(count);
        }
    }

    /**
     * Has the kernel look at the transmit ring. In copy mode one call sends a limited number of frames and says EAGAIN while some are
     * left; where it gets no further (its memory is full, the link is down) what is left goes later.
     */
    void kick() {
        retryAt = Long.MAX_VALUE;
        if (!transmit.needsWakeup()) {
            return;
        }
        int left = Integer.MAX_VALUE;
        while (true) {
            counters.kicked();
            final int result = doorbell.transmit();
            if (result >= 0) {
                return;
            }
            final int now = transmit.outstanding();
            if (now == 0) {
                return;
            }
            if (result != -Errno.EAGAIN || now >= left) {
                counters.kickFailed();
                retryAt = clock.nanoTime() + (result == -Errno.ENETDOWN ? RETRY_DOWN : RETRY_SOON);
                return;
            }
            left = now;
            complete();
        }
    }

    // --- sleep

    @Override
    public int wakeDescriptor() {
        return doorbell.descriptor();
    }

    @Override
    public void armWake() {
        // poll(2) on the socket tells of every frame in the ring
    }

    @Override
    public long nextEvent() {
        return retryAt;
    }

    // --- the end

    /** Chunks that core has: received and not given back. */
    int lentToReceive() {
        return lentToReceive;
    }

    /** Slots that core has: allocated and neither sent nor freed. */
    int lentToSend() {
        return lentToSend;
    }

    /** Sends what is left and takes back what has gone. @return slots that are still with the kernel */
    int drain() {
        if (transmit.outstanding() > 0) {
            kick();
        }
        complete();
        return memory.shape().transmitSlots() - memory.freeSlots() - lentToSend;
    }
}
