package joyride.nic.afxdp;

import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;

/**
 * One queue of the device: what arrives lies in chunks that go back into the fill ring when core has looked at them; what is sent is
 * {@link SendQueue}'s. A handle is the frame's address.
 */
final class AfXdpQueue implements NicQueue {
    private final FrameMemory memory;
    private final SendQueue send;
    private final ProducerRing fill;
    private final ConsumerRing receive;
    private final Doorbell doorbell;
    private final Gathering gathering;
    private final QueueCounters counters = new QueueCounters();
    private final long base;
    private final int chunk;
    private final boolean busyPoll;
    private int received;
    private int recycled;
    private int lent;

    AfXdpQueue(
            final FrameMemory memory,
            final Rings rings,
            final Doorbell doorbell,
            final QueueMode mode,
            final Clock clock) {
        this.memory = memory;
        this.send = new SendQueue(memory, rings, doorbell, mode, clock, counters);
        this.fill = rings.fill();
        this.receive = rings.receive();
        this.doorbell = doorbell;
        this.gathering = new Gathering(memory.shape().slot());
        this.base = memory.base();
        this.chunk = memory.shape().chunk();
        this.busyPoll = mode.busyPoll();
    }

    QueueCounters counters() {
        return counters;
    }

    SendQueue send() {
        return send;
    }

    /** Chunks that core has: received and not given back. */
    int lent() {
        return lent;
    }

    // --- receive

    @Override
    public int receive(final PacketBatch batch) {
        send.retry();
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
        lent += taken;
        counters.received(received, bytes);
        publishFill();
        return received;
    }

    /** A buffer of a frame that has several. @return the frame's length, once it is whole */
    private int gather(final PacketBatch batch, final long at, final int length, final boolean continued) {
        if (!gathering.active()) {
            gathering.begin(send.take());
        }
        gathering.add(at, length);
        recycle(at);
        if (continued) {
            return 0;
        }
        final long frame = gathering.slot();
        if (gathering.end()) {
            send.lend();
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
                send.free(frame);
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
        lent -= recycled;
        recycled = 0;
        if (fill.needsWakeup()) {
            doorbell.receive();
        }
    }

    // --- send

    @Override
    public long allocate() {
        return send.allocate();
    }

    @Override
    public long address(final long handle) {
        return handle;
    }

    @Override
    public int frameSize() {
        return memory.shape().slot();
    }

    @Override
    public void free(final long handle) {
        send.free(handle);
    }

    @Override
    public int transmit(final PacketBatch batch) {
        return send.transmit(batch);
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
        return send.retryAt();
    }
}
