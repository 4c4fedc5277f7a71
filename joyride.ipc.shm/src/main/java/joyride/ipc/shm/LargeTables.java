package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_LARGE_TABLE;
import static joyride.ipc.shm.ShmLayout.JR_LARGE_TABLES;

import joyride.api.memory.Memory;

/**
 * The large chunk tables of an instance, lent to the rings that need more than the slot's own table shows. Who has which is in private
 * memory; what programs write into one harms the stream that it is lent to. On the event loop.
 */
final class LargeTables {
    private static final int BYTES = 4 * JR_LARGE_TABLE;

    /** One of them. */
    static final class Table {
        final int number;
        private final long address;
        private boolean lent;

        /** Number of the first chunk of the stream that it names; those before are in the slot's table. */
        long from;

        private Table(final int number, final long address) {
            this.number = number;
            this.address = address;
        }

        /** Where the chunk {@code chunk} of the stream is named. */
        long entry(final long chunk) {
            return address + 4 * (chunk & JR_LARGE_TABLE - 1);
        }
    }

    private final long base;

    /** Those that were ever lent, by number. */
    private Table[] tables = new Table[16];

    private int count;
    private int[] free = new int[16];
    private int freeCount;

    LargeTables(final long base) {
        this.base = base;
    }

    /** An empty one, until {@link #give}; null if all are lent. */
    Table take() {
        if (freeCount == 0 && !more()) {
            return null;
        }
        final Table table = tables[free[--freeCount]];
        table.lent = true;
        Memory.zero(table.address, BYTES);
        return table;
    }

    void give(final Table table) {
        table.lent = false;
        free[freeCount++] = table.number;
    }

    private boolean more() {
        if (count == JR_LARGE_TABLES) {
            return false;
        }
        if (count == tables.length) {
            tables = java.util.Arrays.copyOf(tables, 2 * count);
            free = java.util.Arrays.copyOf(free, 2 * count);
        }
        tables[count] = new Table(count, base + (long) count * BYTES);
        free[freeCount++] = count++;
        return true;
    }

    // ---- left to a successor

    /** @param table null: none */
    static void save(final Table table, final BooksWriter to) {
        to.number(table == null ? -1 : table.number);
        if (table != null) {
            to.number(table.from);
        }
    }

    /** The one that a ring had; null: none. */
    Table restore(final BooksReader from) {
        final int number = from.number(-1, JR_LARGE_TABLES - 1);
        if (number < 0) {
            return null;
        }
        while (count <= number) {
            more();
        }
        final Table table = tables[number];
        if (table.lent) {
            throw new IllegalStateException("large table " + number + " is lent twice");
        }
        table.lent = true;
        for (int i = 0; i < freeCount; i++) {
            if (free[i] == number) {
                free[i] = free[--freeCount];
                break;
            }
        }
        table.from = from.longNumber();
        return table;
    }
}
