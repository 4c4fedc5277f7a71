package joyride.nic.memif;

import java.lang.foreign.Arena;

/** Memory for received frames, the last given back first, so that it stays in the core's cache. On one loop. */
final class Frames {
    /** A received frame's length and flags in one word. */
    static final int LENGTH = 0x1f_ffff;

    static final int FLAGS = 24;

    private static final int LINE = 64;

    private final long[] free;
    private final int room;
    private int count;

    /** @param room bytes of a frame */
    Frames(final Arena arena, final int number, final int room) {
        this.room = room;
        free = new long[number];
        // An odd number of lines, so that frames do not compete for the same places in the cache.
        final long stride = (long) ((room + LINE - 1) / LINE | 1) * LINE;
        final long base = arena.allocate(number * stride, LINE).address();
        for (int i = number - 1; i >= 0; i--) {
            free[count++] = base + i * stride;
        }
    }

    int room() {
        return room;
    }

    /** A frame's address; 0: all are out. */
    long take() {
        return count == 0 ? 0 : free[--count];
    }

    void give(final long frame) {
        free[count++] = frame;
    }

    int lent() {
        return free.length - count;
    }
}
