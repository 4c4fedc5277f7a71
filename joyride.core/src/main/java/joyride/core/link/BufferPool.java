package joyride.core.link;

import java.lang.foreign.Arena;

/**
 * Buffers of one size outside the heap, last in, first out, so that the ones in use stay in the cache. Memory is taken from
 * the arena when first needed and then kept. Of one event loop.
 */
public final class BufferPool {
    private static final int ALIGNMENT = 64;

    private final Arena arena;
    private final int size;
    private final long[] free;
    private int available;
    private int made;

    /**
     * @param size bytes of each buffer
     * @param limit how many there may be
     */
    public BufferPool(final Arena arena, final int size, final int limit) {
        this.arena = arena;
        this.size = (size + ALIGNMENT - 1) & -ALIGNMENT;
        this.free = new long[limit];
    }

    /** A buffer's address, or 0 if all are in use. */
    public long take() {
        if (available > 0) {
            return free[--available];
        }
        return made < free.length ? grow() : 0;
    }

    public void give(final long buffer) {
        free[available++] = buffer;
    }

    /** Bytes of each buffer. */
    public int size() {
        return size;
    }

    public int limit() {
        return free.length;
    }

    public int inUse() {
        return made - available;
    }

    private long grow() {
        final int more = Math.min(free.length - made, Math.max(1, Math.min(made, (1 << 18) / size)));
        final long base = arena.allocate((long) more * size, ALIGNMENT).address();
        for (int i = more - 1; i > 0; i--) {
            free[available++] = base + (long) i * size;
        }
        made += more;
        return base;
    }
}
