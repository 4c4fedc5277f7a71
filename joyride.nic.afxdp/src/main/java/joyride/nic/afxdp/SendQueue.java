package joyride.nic.afxdp;

import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;
import joyride.api.time.Clock;

/**
 * The sending half of a queue: slots go out by the transmit ring and come back by the completion ring. The kernel is woken once for each
 * batch, and only where it asks for it. Of one thread.
 */
final class SendQueue {
    /** How long until what the kernel had no memory for is offered again, ns. */
    private static final long RETRY_SOON = 100_000;

    /** The same while the link is down or the device gone, ns. */
    private static final long RETRY_DOWN = 10_000_000;

    /** The shortest frame of Ethernet without its checksum; copy mode's drivers see to it themselves. */
    private static final int SHORTEST = 60;

    private final FrameMemory memory;
    private final ProducerRing transmit;
    private final ConsumerRing completion;
    private final Doorbell doorbell;
    private final Clock clock;
    private final QueueCounters counters;
    private final long base;
    private final int chunk;
    private final boolean asked;
    private final boolean padding;
    private long retryAt = Long.MAX_VALUE;
    private int lent;

    SendQueue(
            final FrameMemory memory,
            final Rings rings,
            final Doorbell doorbell,
            final QueueMode mode,
            final Clock clock,
            final QueueCounters counters) {
        this.memory = memory;
        this.transmit = rings.transmit();
        this.completion = rings.completion();
        this.doorbell = doorbell;
        this.clock = clock;
        this.counters = counters;
        this.base = memory.base();
        this.chunk = memory.shape().chunk();
        this.asked = mode.needWakeup();
        this.padding = mode.zeroCopy();
    }

    /** A slot for core to fill, or 0. */
    long allocate() {
        final long slot = take();
        if (slot != 0) {
            lent++;
        }
        return slot;
    }

    /** A slot that is not core's yet, or 0. */
    long take() {
        final long slot = memory.take();
        if (slot != 0) {
            return slot;
        }
        complete();
        return memory.take();
    }

    /** A slot that was taken is core's now. */
    void lend() {
        lent++;
    }

    /** Core gives a slot back unsent. */
    void free(final long slot) {
        lent--;
        memory.give(slot);
    }

    /** Slots that core has: allocated and neither sent nor freed. */
    int lent() {
        return lent;
    }

    /** As {@link joyride.api.nic.NicQueue#transmit}. */
    int transmit(final PacketBatch batch) {
        complete();
        final int count = batch.size();
        int entries = 0;
        int accepted = 0;
        long bytes = 0;
        for (int i = 0; i < count; i++) {
            final long slot = batch.handle(i);
            final int length = batch.length(i);
            final int pieces = length <= chunk ? 1 : (length + chunk - 1) / chunk;
            if (transmit.room(entries + pieces) < entries + pieces) {
                memory.give(slot);
                counters.transmitFull();
                continue;
            }
            memory.lend(slot, pieces);
            entries = describe(slot, length, pieces, entries);
            accepted++;
            bytes += length;
        }
        lent -= count;
        batch.clear();
        transmit.publish(entries);
        counters.sent(accepted, bytes);
        kick();
        return accepted;
    }

    /** Writes the descriptors of a frame. @return entries written so far */
    private int describe(final long slot, final int length, final int pieces, final int entries) {
        final long offset = slot - base;
        int at = entries;
        for (int piece = 0; piece < pieces - 1; piece++) {
            describe(transmit.entry(at++), offset + (long) piece * chunk, chunk, Xdp.CONTINUED);
        }
        int last = length - (pieces - 1) * chunk;
        if (padding && length < SHORTEST) {
            Memory.zero(slot + length, SHORTEST - length);
            last = SHORTEST;
        }
        describe(transmit.entry(at++), offset + (long) (pieces - 1) * chunk, last, 0);
        return at;
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
    private void kick() {
        retryAt = Long.MAX_VALUE;
        if (asked && !transmit.needsWakeup()) {
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
                final boolean soon = result == -Errno.EAGAIN || result == -Errno.ENOBUFS || result == -Errno.EBUSY;
                retryAt = clock.nanoTime() + (soon ? RETRY_SOON : RETRY_DOWN);
                return;
            }
            left = now;
            complete();
        }
    }

    /** When {@link #retry} has something to do, ns; {@link Long#MAX_VALUE}: not until something is sent. */
    long retryAt() {
        return retryAt;
    }

    /** Offers again what the kernel did not take, once it is time. */
    void retry() {
        if (retryAt != Long.MAX_VALUE && clock.nanoTime() >= retryAt) {
            kick();
        }
    }

    /** Sends what is left and takes back what has gone. @return slots that are still with the kernel */
    int drain() {
        if (transmit.outstanding() > 0) {
            kick();
        }
        complete();
        return memory.shape().transmitSlots() - memory.freeSlots() - lent;
    }
}
