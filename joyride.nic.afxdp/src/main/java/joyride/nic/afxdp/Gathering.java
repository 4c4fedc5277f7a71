package joyride.nic.afxdp;

import joyride.api.memory.Memory;

/** Puts a received frame of several buffers together in one slot. Of one queue. */
final class Gathering {
    private final int room;
    private boolean active;
    private boolean lost;
    private long slot;
    private int length;

    /** @param room bytes of a slot */
    Gathering(final int room) {
        this.room = room;
    }

    /** Whether a frame has begun that is not whole yet. */
    boolean active() {
        return active;
    }

    /** A frame begins; 0: there is no slot for it, and it is lost. */
    void begin(final long emptySlot) {
        active = true;
        lost = emptySlot == 0;
        slot = emptySlot;
        length = 0;
    }

    /** The frame's next buffer. */
    void add(final long at, final int bytes) {
        lost |= bytes > room - length;
        if (!lost) {
            Memory.copy(at, slot + length, bytes);
            length += bytes;
        }
    }

    /** The frame is whole. @return whether it is all there */
    boolean end() {
        active = false;
        return !lost;
    }

    /** Where the frame is; 0 if it never had a slot. */
    long slot() {
        return slot;
    }

    int length() {
        return length;
    }
}
