package joyride.nic.memif;

import java.lang.invoke.VarHandle;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;

/**
 * One direction of a link. Positions count up in 16 bits; the client moves the head, the server the tail, whichever of them sends.
 *
 * @param at where it lies, checked to be in the link's memory whole
 * @param event what interrupts whoever takes from it
 */
record Ring(long at, int size, int event) {
    /** A ring of the peer's making. */
    static Ring of(final Regions regions, final int region, final int offset, final int log2, final int event)
            throws NicException {
        if (log2 < 1 || log2 > MemifProtocol.MOST_LOG2_RING) {
            throw new NicException(
                    "ring of 2^" + log2 + " frames; 1.." + MemifProtocol.MOST_LOG2_RING + " are allowed");
        }
        final int size = 1 << log2;
        final long at = regions.resolve(region, offset, MemifProtocol.ringBytes(size));
        if (at == 0 || (at & 7) != 0) {
            throw new NicException("ring of " + size + " frames at " + Integer.toUnsignedString(offset) + " in region "
                    + region + " is not in its memory, or not aligned");
        }
        // Nothing else that a peer sends may be written to or read from by the loop.
        if (event < 0 || !EventDescriptor.is(event)) {
            throw new NicException("ring without an eventfd");
        }
        Descriptors.setNonBlocking(event);
        return new Ring(at, size, event);
    }

    int head() {
        return position(at + MemifProtocol.RING_HEAD);
    }

    int tail() {
        return position(at + MemifProtocol.RING_TAIL);
    }

    private static int position(final long address) {
        final int value = Memory.getShort(address) & 0xffff;
        VarHandle.acquireFence();
        return value;
    }

    void head(final int position) {
        VarHandle.releaseFence();
        Memory.putShort(at + MemifProtocol.RING_HEAD, position);
    }

    void tail(final int position) {
        VarHandle.releaseFence();
        Memory.putShort(at + MemifProtocol.RING_TAIL, position);
    }

    long descriptor(final int slot) {
        return at + MemifProtocol.RING_DESCRIPTORS + (long) slot * MemifProtocol.DESCRIPTOR;
    }

    /** Whether whoever takes from it is to be interrupted. @param wanted set by the taker */
    void interrupts(final boolean wanted) {
        Memory.putShort(at + MemifProtocol.RING_FLAGS, wanted ? 0 : MemifProtocol.MASK_INTERRUPT);
    }

    /** Frames were added: interrupts the taker if it asks for that. */
    void tell() {
        VarHandle.fullFence();
        if ((Memory.getShort(at + MemifProtocol.RING_FLAGS) & MemifProtocol.MASK_INTERRUPT) == 0) {
            EventDescriptor.signal(event);
        }
    }
}
