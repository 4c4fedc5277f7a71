package joyride.ipc.shm;

import java.util.Arrays;

/**
 * Who holds a socket: processes with the layer, by their numbers, and descriptors in programs without it. Kept in private memory:
 * what programs say of each other does not count. On the event loop.
 */
final class Holders {
    private Holders() {}

    static void begin(final SlotBooks of) {
        of.holderCount = 0;
        of.relays = null;
    }

    /** Whether nobody does. */
    static boolean none(final SlotBooks of) {
        return of.holderCount == 0 && of.relays == null;
    }

    /** The number of one of the processes. */
    static int process(final SlotBooks of, final int index) {
        return index == 0 ? of.firstHolder : of.moreHolders[index - 1];
    }

    private static void put(final SlotBooks of, final int index, final int process) {
        if (index == 0) {
            of.firstHolder = process;
            return;
        }
        if (of.moreHolders == null) {
            of.moreHolders = new int[3];
        } else if (index > of.moreHolders.length) {
            of.moreHolders = Arrays.copyOf(of.moreHolders, 2 * index);
        }
        of.moreHolders[index - 1] = process;
    }

    static boolean has(final SlotBooks of, final int process) {
        return indexOf(of, process) >= 0;
    }

    private static int indexOf(final SlotBooks of, final int process) {
        for (int i = 0; i < of.holderCount; i++) {
            if (process(of, i) == process) {
                return i;
            }
        }
        return -1;
    }

    /** Whether it stays open without {@code process}. */
    static boolean hasOthers(final SlotBooks of, final int process) {
        return of.relays != null || of.holderCount > (has(of, process) ? 1 : 0);
    }

    static void add(final SlotBooks of, final int process) {
        if (!has(of, process)) {
            put(of, of.holderCount++, process);
        }
    }

    /** @return whether {@code process} held it */
    static boolean remove(final SlotBooks of, final int process) {
        final int index = indexOf(of, process);
        if (index < 0) {
            return false;
        }
        put(of, index, process(of, --of.holderCount));
        return true;
    }

    static void add(final SlotBooks of, final Relay relay) {
        relay.next = of.relays;
        of.relays = relay;
    }

    static void remove(final SlotBooks of, final Relay relay) {
        if (of.relays == relay) {
            of.relays = relay.next;
        } else {
            for (Relay before = of.relays; before != null; before = before.next) {
                if (before.next == relay) {
                    before.next = relay.next;
                }
            }
        }
    }

    /** Ids of the processes, for people. */
    static String ids(final SlotBooks of, final ProcessTable table) {
        final StringBuilder ids = new StringBuilder();
        for (int i = 0; i < of.holderCount; i++) {
            ids.append(ids.isEmpty() ? "" : ",").append(table.at(process(of, i)).pid());
        }
        return ids.toString();
    }

    // ---- left to a successor

    /** The processes; relays are in {@link Escalations}' books. */
    static void save(final SlotBooks of, final BooksWriter to) {
        to.number(of.holderCount);
        for (int i = 0; i < of.holderCount; i++) {
            to.number(process(of, i));
        }
    }

    static void restore(final SlotBooks of, final BooksReader from) {
        for (final int process : from.numbers(ShmLayout.JR_PROCESSES)) {
            add(of, process);
        }
    }
}
