package joyride.nic.afxdp;

import joyride.linux.Mappings;
import joyride.linux.SystemError;

/**
 * A queue's frames, in one mapping that the kernel knows as UMEM: first the chunks that frames arrive in, then slots for frames to
 * send. A slot is as many chunks in a row as the largest frame needs, so that a frame lies in one piece even where the
 * kernel sees several. Slots are a stack: what was sent last is still in the cache. Of one thread.
 */
final class FrameMemory {
    private final FrameShape shape;
    private final long base;
    private final long slots;
    private final long[] free;
    private final byte[] pieces;
    private int freeCount;

    /** @throws IllegalStateException if there is no memory */
    FrameMemory(final FrameShape shape) {
        this.shape = shape;
        base = SystemError.check(
                "memory for " + shape.bytes() + " bytes of frames",
                Mappings.map(
                        0,
                        shape.bytes(),
                        Mappings.PROT_READ | Mappings.PROT_WRITE,
                        Mappings.MAP_PRIVATE | Mappings.MAP_ANONYMOUS | Mappings.MAP_POPULATE,
                        -1,
                        0));
        slots = base + (long) shape.receiveFrames() * shape.chunk();
        free = new long[shape.transmitSlots()];
        pieces = new byte[shape.transmitSlots()];
        for (int i = free.length - 1; i >= 0; i--) {
            free[freeCount++] = slots + (long) i * shape.slot();
        }
    }

    FrameShape shape() {
        return shape;
    }

    long base() {
        return base;
    }

    /** Whether {@code address} lies in a slot, not in a chunk that a frame arrived in. */
    boolean isSlot(final long address) {
        return address >= slots;
    }

    /** A free slot's address, or 0. */
    long take() {
        return freeCount == 0 ? 0 : free[--freeCount];
    }

    /** Gives a slot back. */
    void give(final long slot) {
        free[freeCount++] = slot;
    }

    /** The slot goes to the kernel as {@code count} descriptors. */
    void lend(final long slot, final int count) {
        if (shape.chunksOfSlot() > 1) {
            pieces[index(slot)] = (byte) count;
        }
    }

    /** The kernel is done with the piece at {@code address} of a slot; with the last piece the slot is free. */
    void completed(final long address) {
        if (shape.chunksOfSlot() == 1) {
            give(address);
            return;
        }
        final int slot = index(address);
        if (--pieces[slot] == 0) {
            give(slots + (long) slot * shape.slot());
        }
    }

    /** The number of the slot that {@code address} lies in. */
    int index(final long address) {
        return (int) ((address - slots) / shape.slot());
    }

    int freeSlots() {
        return freeCount;
    }

    /** The free slot number {@code i} of {@link #freeSlots}. */
    long freeSlot(final int i) {
        return free[i];
    }

    void unmap() {
        Mappings.unmap(base, shape.bytes());
    }
}
