package joyride.ipc.shm;

import java.util.Arrays;

/** Private chunk tables of the rings that own several chunks: see {@link RingChunks}. Empty ones are kept for the next. On the event loop. */
final class ChunkTables {
    /** The length of the smallest. */
    static final int LEAST = 4;

    private static final int SIZES = 8;
    private static final int FIRST = 64;

    /** By size: 4, 8, 16 … 512. */
    private final int[][][] free = new int[SIZES][FIRST][];

    private final int[] counts = new int[SIZES];

    ChunkTables() {
        for (int i = 0; i < FIRST; i++) {
            free[0][i] = new int[LEAST];
            free[1][i] = new int[2 * LEAST];
        }
        counts[0] = FIRST;
        counts[1] = FIRST;
    }

    /** An empty one of so many entries or more, a power of two. */
    int[] take(final int least) {
        final int size = size(least);
        return counts[size] > 0 ? free[size][--counts[size]] : new int[LEAST << size];
    }

    private static int size(final int entries) {
        return Math.max(0, Integer.numberOfTrailingZeros(Integer.highestOneBit(2 * entries - 1)) - 2);
    }

    /** @param table empty again */
    void give(final int[] table) {
        final int size = size(table.length);
        if (counts[size] == free[size].length) {
            free[size] = Arrays.copyOf(free[size], 2 * counts[size]);
        }
        free[size][counts[size]++] = table;
    }

    /** A larger one for a ring that has chunks from {@code oldest} on, by chunk number modulo its length; the smaller one is given back. */
    int[] grow(final int[] table, final int chunks, final long oldest) {
        final int[] larger = take(chunks);
        for (int i = 0; i < table.length; i++) {
            final long chunk = oldest + i;
            larger[(int) chunk & larger.length - 1] = table[(int) chunk & table.length - 1];
        }
        Arrays.fill(table, 0);
        give(table);
        return larger;
    }
}
