package joyride.nic.memif;

import java.lang.foreign.Arena;

/** Memory for frames of one size, the last given back first. On one loop. */
final class FramePool {
    private static final int LINE = 64;

    private final long[] free;
    private final int room;
    private final long base;
    private final long end;
    private int count;

    /** @param room bytes of a frame */
    FramePool(final Arena arena, final int number, final int room) {
        this.room = room;
        free = new long[number];
        // An odd number of lines, so that frames do not compete for the same places in the cache.
        final long stride = (long) ((room + LINE - 1) / LINE | 1) * LINE;
        base = arena.allocate(number * stride, LINE).address();
        end = base + number * stride;
        for (int i = number - 1; i >= 0; i--) {
            free[count++] = base + i * stride;
        }
    }

    int room() {
        return room;
    }

    boolean has(final long frame) {
        return frame >= base && frame < end;
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
