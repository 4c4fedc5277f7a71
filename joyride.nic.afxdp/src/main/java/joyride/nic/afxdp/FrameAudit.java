package joyride.nic.afxdp;

import java.util.BitSet;
import joyride.api.memory.Memory;

/**
 * Where the frames of a queue are when it ends: what went in must be there. Each chunk is looked for in the fill ring and the receive
 * ring, each slot on the free stack; what core was lent and what the kernel has are counted apart.
 *
 * @param total chunks and slots
 * @param home found here
 * @param lent core has not given them back: a leak
 * @param kernel taken by the kernel and not returned
 * @param twice found in two places: given back twice
 */
record FrameAudit(int total, int home, int lent, int kernel, int twice) {
    static final FrameAudit NOTHING = new FrameAudit(0, 0, 0, 0, 0);

    /** Looks through a queue that nobody uses any more, before its socket is closed. */
    static FrameAudit of(final AfXdpQueue queue, final FrameMemory memory, final Rings rings) {
        final FrameShape shape = memory.shape();
        final BitSet chunks = new BitSet(shape.receiveFrames());
        int twice = 0;
        final ProducerRing fill = rings.fill();
        for (int behind = fill.outstanding(); behind > 0; behind--) {
            twice += mark(chunks, Memory.getLong(fill.past(behind)) / shape.chunk());
        }
        final ConsumerRing receive = rings.receive();
        final int unread = receive.unread();
        for (int i = 0; i < unread; i++) {
            twice += mark(chunks, Memory.getLong(receive.entry(i)) / shape.chunk());
        }
        final BitSet slots = new BitSet(shape.transmitSlots());
        for (int i = 0; i < memory.freeSlots(); i++) {
            twice += mark(slots, memory.index(memory.freeSlot(i)));
        }
        final int home = chunks.cardinality() + slots.cardinality();
        final int total = shape.receiveFrames() + shape.transmitSlots();
        final int lent = queue.lent() + queue.send().lent();
        return new FrameAudit(total, home, lent, total - home - lent, twice);
    }

    private static int mark(final BitSet places, final long index) {
        if (places.get((int) index)) {
            return 1;
        }
        places.set((int) index);
        return 0;
    }

    FrameAudit plus(final FrameAudit other) {
        return new FrameAudit(
                total + other.total, home + other.home, lent + other.lent, kernel + other.kernel, twice + other.twice);
    }

    /** Whether core gave back all that it got, once. */
    boolean clean() {
        return lent == 0 && twice == 0 && kernel >= 0;
    }
}
