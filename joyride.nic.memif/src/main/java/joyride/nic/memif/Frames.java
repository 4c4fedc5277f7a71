package joyride.nic.memif;

import java.lang.foreign.Arena;

/** Memory for received frames, of two sizes, of each the last given back first, so that it stays in the core's cache. On one loop. */
final class Frames {
    private final FramePool plain;

    /** Null: no units are received. */
    private final FramePool units;

    /**
     * @param number of frames
     * @param room bytes of a frame
     * @param unitNumber of units; 0: none are received
     * @param unitRoom bytes of a unit
     */
    Frames(final Arena arena, final int number, final int room, final int unitNumber, final int unitRoom) {
        plain = new FramePool(arena, number, room);
        units = unitNumber == 0 ? null : new FramePool(arena, unitNumber, unitRoom);
    }

    /** Bytes of a frame. */
    int room() {
        return plain.room();
    }

    /** Bytes of a unit. */
    int unitRoom() {
        return units == null ? 0 : units.room();
    }

    /** A frame's address; 0: all are out. */
    long take() {
        return plain.take();
    }

    /** A unit's address; 0: all are out. */
    long takeUnit() {
        return units == null ? 0 : units.take();
    }

    void give(final long frame) {
        if (units != null && units.has(frame)) {
            units.give(frame);
        } else {
            plain.give(frame);
        }
    }

    int lent() {
        return plain.lent() + (units == null ? 0 : units.lent());
    }
}
