package joyride.nic.wire;

import java.lang.foreign.Arena;

/**
 * The frames of one port: a fixed number, off-heap. A frame is free, allocated (with the port's loop), on the wire, or with
 * the peer's loop; a move that skips a state is a bug of the caller and throws. Used by the port's loop, but for
 * {@link #arrive} and {@link #comeBack}, which the peer's loop calls for frames it holds.
 */
final class FramePool {
    private static final byte FREE = 0;
    private static final byte ALLOCATED = 1;
    private static final byte ON_WIRE = 2;
    private static final byte WITH_PEER = 3;

    private final String name;
    private final long base;
    private final int stride;
    private final int frameSize;
    private final int[] free;
    private final byte[] states;
    private final FrameRing comingBack;
    private int freeCount;

    FramePool(final String name, final Arena arena, final int frames, final int frameSize) {
        this.name = name;
        this.frameSize = frameSize;
        stride = frameSize + 63 & -64;
        base = arena.allocate((long) stride * frames, 64).address();
        free = new int[frames];
        states = new byte[frames];
        comingBack = new FrameRing(frames);
        for (int i = 0; i < frames; i++) {
            free[i] = frames - 1 - i;
        }
        freeCount = frames;
    }

    int frames() {
        return states.length;
    }

    int frameSize() {
        return frameSize;
    }

    long address(final long handle) {
        return base + (handle - 1) * stride;
    }

    /** A frame, or 0: the one that came back last, whose bytes are most likely still in the cache. */
    long allocate() {
        collect();
        if (freeCount == 0) {
            return 0;
        }
        final int index = free[--freeCount];
        states[index] = ALLOCATED;
        return index + 1L;
    }

    /** An allocated frame goes back unsent. */
    void free(final long handle) {
        move(handle, ALLOCATED, FREE);
        free[freeCount++] = (int) handle - 1;
    }

    void depart(final long handle) {
        move(handle, ALLOCATED, ON_WIRE);
    }

    void arrive(final long handle) {
        move(handle, ON_WIRE, WITH_PEER);
    }

    /** The peer is done with a received frame. */
    void comeBack(final long handle) {
        move(handle, WITH_PEER, FREE);
        comingBack.offer(handle, 0, 0);
    }

    /** Frames that are neither free nor on the wire. Both loops are done. */
    int missing() {
        collect();
        int count = 0;
        for (final byte state : states) {
            count += state == ALLOCATED || state == WITH_PEER ? 1 : 0;
        }
        return count;
    }

    int free() {
        collect();
        return freeCount;
    }

    private void collect() {
        while (comingBack.poll()) {
            free[freeCount++] = (int) comingBack.handle() - 1;
        }
    }

    private void move(final long handle, final byte from, final byte to) {
        final int index = (int) handle - 1;
        if (handle < 1 || handle > states.length || states[index] != from) {
            throw misuse(handle, from);
        }
        states[index] = to;
    }

    private IllegalStateException misuse(final long handle, final byte wanted) {
        return new IllegalStateException("frame " + handle + " of " + name + " is "
                + (handle < 1 || handle > states.length
                        ? "none of 1.." + states.length
                        : state(states[(int) handle - 1]))
                + ", wanted: " + state(wanted));
    }

    private static String state(final byte state) {
        return switch (state) {
            case FREE -> "free";
            case ALLOCATED -> "allocated";
            case ON_WIRE -> "on the wire";
            default -> "with the peer";
        };
    }
}
