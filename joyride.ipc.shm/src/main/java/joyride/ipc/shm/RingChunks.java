package joyride.ipc.shm;

import joyride.api.memory.Memory;

/**
 * The chunks of ring memory that a ring owns, in the service's own memory: the base of both rings. What talks a little owns one chunk at a
 * time, and that one is noted here, so that it costs no line of cache beside the ring's; a ring with more has a table of {@link ChunkTables}.
 * On the event loop.
 */
abstract class RingChunks {
    final ShmEndpoint endpoint;

    /** Chunk index + 1 by chunk number of the stream modulo its length, a power of two; 0: none. Null: it owns one chunk or none. */
    private int[] table;
    /** Of the one, while there is no table: the low half of its number in the stream; no two that differ in the other half are owned at once. */
    private int only;
    /** Of the one, while there is no table: its index + 1. 0: there is none. */
    private int onlyEntry;

    private int owned;

    RingChunks(final ShmEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Where its chunks come from. */
    final ChunkPool pool() {
        return endpoint.instance().pool();
    }

    /** How many it owns. */
    final int owned() {
        return owned;
    }

    /** Index + 1 of chunk number {@code chunk} of the stream; 0: it does not own it. */
    final int entry(final long chunk) {
        final int[] many = table;
        return many == null ? (int) chunk == only ? onlyEntry : 0 : many[(int) chunk & many.length - 1];
    }

    /** Where byte {@code position} lies, of a chunk that it owns. */
    final long addressOf(final long position) {
        return pool().address(entry(position >>> ShmLayout.JR_CHUNK_SHIFT) - 1) + (position & ShmLayout.JR_CHUNK - 1);
    }

    /** The byte at {@code position}, if it owns its chunk; else 0. For reading ahead: whoever writes it may be writing it. */
    final int readByte(final long position) {
        return entry(position >>> ShmLayout.JR_CHUNK_SHIFT) == 0 ? 0 : Memory.getByte(addressOf(position));
    }

    /** It is going to look at {@code count} chunk numbers from {@code oldest} on, and owns none outside them. */
    final void reach(final long oldest, final int count) {
        if (table != null && count > table.length) {
            table = endpoint.instance().chunkTables().grow(table, count, oldest);
        }
    }

    /**
     * It owns chunk number {@code chunk} from now on.
     *
     * @param entry index + 1
     * @param oldest it owns none before this, and none from {@code oldest + count} on
     */
    final void own(final long chunk, final int entry, final long oldest, final int count) {
        if (owned++ == 0) {
            only = (int) chunk;
            onlyEntry = entry;
            return;
        }
        if (table == null) {
            table = endpoint.instance().chunkTables().take(count);
            table[only & table.length - 1] = onlyEntry;
            onlyEntry = 0;
        } else {
            reach(oldest, count);
        }
        table[(int) chunk & table.length - 1] = entry;
    }

    /**
     * It owns chunk number {@code chunk} no more, the oldest if there are several.
     *
     * @return index + 1; 0: it did not own it
     */
    final int disown(final long chunk) {
        final int entry = entry(chunk);
        if (entry != 0) {
            owned--;
            if (table == null) {
                onlyEntry = 0;
            } else {
                table[(int) chunk & table.length - 1] = 0;
                if (owned == 1) {
                    noteOnly((int) chunk + 1);
                }
            }
        }
        return entry;
    }

    /** One is left, somewhere after those that went: it needs no table. */
    private void noteOnly(final int after) {
        final int mask = table.length - 1;
        only = after;
        while (table[only & mask] == 0) {
            only++;
        }
        onlyEntry = table[only & mask];
        table[only & mask] = 0;
        endpoint.instance().chunkTables().give(table);
        table = null;
    }

    // ---- left to a successor

    /** Writes the entries from {@code oldest} on in a table's order, a power of two of them; none if it owns none. */
    final void saveTable(final long oldest, final BooksWriter to) {
        final int length = owned == 0 ? 0 : table == null ? ChunkTables.LEAST : table.length;
        to.number(length);
        for (int i = 0; i < length; i++) {
            to.number(entry(oldest + (i - (int) oldest & length - 1)));
        }
    }
}
