package joyride.nic.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A hand-over of frames from one thread to one other, lock-free: bounded, in order. The capacity is that of the frame pool, so
 * that it can never be full.
 */
final class FrameRing {
    private static final VarHandle POSITION = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int TAIL = 16;
    private static final int HEAD = 48;

    private final long[] handles;
    private final long[] dues;
    private final int[] lengths;
    private final int mask;

    /** Producer's and consumer's position, each on cache lines of its own. */
    private final long[] positions = new long[64];

    private long handle;
    private long due;
    private int length;

    FrameRing(final int capacity) {
        final int size = Integer.highestOneBit(Math.max(2, capacity) * 2 - 1);
        handles = new long[size];
        dues = new long[size];
        lengths = new int[size];
        mask = size - 1;
    }

    /** By the producer. */
    void offer(final long handle, final int length, final long due) {
        final long tail = positions[TAIL];
        final int at = (int) tail & mask;
        handles[at] = handle;
        dues[at] = due;
        lengths[at] = length;
        POSITION.setRelease(positions, TAIL, tail + 1);
    }

    /** By the consumer: takes the oldest entry, which {@link #handle}, {@link #length} and {@link #due} then show; false: empty. */
    boolean poll() {
        final long head = positions[HEAD];
        if (head == (long) POSITION.getAcquire(positions, TAIL)) {
            return false;
        }
        final int at = (int) head & mask;
        handle = handles[at];
        due = dues[at];
        length = lengths[at];
        POSITION.setRelease(positions, HEAD, head + 1);
        return true;
    }

    boolean isEmpty() {
        return positions[HEAD] == (long) POSITION.getAcquire(positions, TAIL);
    }

    long handle() {
        return handle;
    }

    long due() {
        return due;
    }

    int length() {
        return length;
    }
}
