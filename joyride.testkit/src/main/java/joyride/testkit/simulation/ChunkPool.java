package joyride.testkit.simulation;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Memory;

/**
 * The memory that rings of a simulated host are made of: chunks, off-heap. A chunk that comes back is overwritten, so that who
 * still reads it does not go unnoticed.
 */
public final class ChunkPool implements AutoCloseable {
    /** Bytes of a chunk. */
    public static final int CHUNK = 16 << 10;

    private static final int SLAB = 16;
    private static final long POISON = 0xdead_dead_dead_deadL;

    private final Arena arena = Arena.ofShared();
    private final List<long[]> slabs = new ArrayList<>();
    private int limit;
    private long[] free = new long[SLAB];
    private int freeCount;
    private int used;
    private int made;
    private int most;

    /** @param limit chunks in use at most */
    public ChunkPool(final int limit) {
        this.limit = limit;
    }

    /** Changes how many chunks may be in use at a time. */
    public void limit(final int chunks) {
        limit = chunks;
    }

    /** A chunk's address; 0 if there is none. */
    public long take() {
        if (used >= limit) {
            return 0;
        }
        if (freeCount == 0) {
            grow();
        }
        used++;
        most = Math.max(most, used);
        return free[--freeCount];
    }

    private void grow() {
        final int count = SLAB;
        final long base = arena.allocate((long) count * CHUNK, 64).address();
        final long[] slab = new long[count];
        for (int i = 0; i < count; i++) {
            slab[i] = base + (long) (count - 1 - i) * CHUNK;
        }
        slabs.add(slab);
        made += count;
        if (free.length < made) {
            free = new long[2 * made];
        }
        System.arraycopy(slab, 0, free, 0, count);
        freeCount = count;
    }

    public void giveBack(final long chunk) {
        for (int i = 0; i < CHUNK; i += 512) {
            Memory.putLong(chunk + i, POISON);
        }
        free[freeCount++] = chunk;
        used--;
    }

    /** Chunks that rings own. */
    public int used() {
        return used;
    }

    /** The most that rings ever owned. */
    public int mostUsed() {
        return most;
    }

    @Override
    public void close() {
        arena.close();
    }
}
