package joyride.testkit.simulation;

import joyride.api.memory.Memory;

/** Chunks behind a range of stream positions that moves upwards. */
final class ChunkTable {
    private static final int SLOTS = 512;
    private static final int CHUNK = ChunkPool.CHUNK;

    private final ChunkPool pool;
    private final long[] chunks = new long[SLOTS];

    /** Chunk numbers: from {@link #first} to before {@link #last} there is memory. */
    private long first;

    private long last;

    ChunkTable(final ChunkPool pool) {
        this.pool = pool;
    }

    /** Takes chunks up to {@code position}. @return up to where there is memory */
    long extend(final long position) {
        while (last * CHUNK < position && last - first < SLOTS) {
            final long chunk = pool.take();
            if (chunk == 0) {
                break;
            }
            chunks[(int) last++ & SLOTS - 1] = chunk;
        }
        return last * CHUNK;
    }

    /** Gives chunks back that lie wholly before {@code position}. */
    void trim(final long position) {
        while (first < last && (first + 1) * CHUNK <= position) {
            pool.giveBack(chunks[(int) first++ & SLOTS - 1]);
        }
    }

    void clear() {
        while (first < last) {
            pool.giveBack(chunks[(int) first++ & SLOTS - 1]);
        }
    }

    long address(final long position) {
        final long number = position / CHUNK;
        if (number < first || number >= last) {
            throw new IllegalStateException(
                    "position " + position + " has no memory: there is " + first * CHUNK + ".." + last * CHUNK);
        }
        return chunks[(int) number & SLOTS - 1] + position % CHUNK;
    }

    int contiguous(final long position, final int limit) {
        return (int) Math.min(limit, CHUNK - position % CHUNK);
    }

    void copyIn(final long position, final long address, final int length) {
        for (int done = 0; done < length; ) {
            final int step = contiguous(position + done, length - done);
            Memory.copy(address + done, address(position + done), step);
            done += step;
        }
    }

    void copyOut(final long position, final long address, final int length) {
        for (int done = 0; done < length; ) {
            final int step = contiguous(position + done, length - done);
            Memory.copy(address(position + done), address + done, step);
            done += step;
        }
    }
}
