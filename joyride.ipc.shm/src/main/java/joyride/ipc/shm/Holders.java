package joyride.ipc.shm;

import java.util.Arrays;

/**
 * Who holds a socket: processes with the layer, by their numbers, and descriptors in programs without it. Kept in private memory:
 * what programs say of each other does not count. On the event loop.
 */
final class Holders {
    private int[] processes = new int[2];
    private int count;
    /** Descriptors in programs without the layer that stand for this socket, newest first. */
    private Relay relays;

    void begin() {
        count = 0;
        relays = null;
    }

    /** Whether nobody does. */
    boolean isEmpty() {
        return count == 0 && relays == null;
    }

    /** How many processes do. */
    int count() {
        return count;
    }

    /** The number of one of them. */
    int process(final int index) {
        return processes[index];
    }

    boolean has(final int process) {
        return indexOf(process) >= 0;
    }

    private int indexOf(final int process) {
        for (int i = 0; i < count; i++) {
            if (processes[i] == process) {
                return i;
            }
        }
        return -1;
    }

    /** Whether it stays open without {@code process}. */
    boolean hasOthers(final int process) {
        return relays != null || count > (has(process) ? 1 : 0);
    }

    void add(final int process) {
        if (!has(process)) {
            if (count == processes.length) {
                processes = Arrays.copyOf(processes, count * 2);
            }
            processes[count++] = process;
        }
    }

    /** @return whether {@code process} held it */
    boolean remove(final int process) {
        final int index = indexOf(process);
        if (index < 0) {
            return false;
        }
        processes[index] = processes[--count];
        return true;
    }

    /** The newest of the relays, the others by {@link Relay#next}; null: none. */
    Relay relays() {
        return relays;
    }

    void add(final Relay relay) {
        relay.next = relays;
        relays = relay;
    }

    void remove(final Relay relay) {
        if (relays == relay) {
            relays = relay.next;
        } else {
            for (Relay before = relays; before != null; before = before.next) {
                if (before.next == relay) {
                    before.next = relay.next;
                }
            }
        }
    }

    /** Ids of the processes, for people. */
    String ids(final ProcessTable table) {
        final StringBuilder ids = new StringBuilder();
        for (int i = 0; i < count; i++) {
            ids.append(ids.isEmpty() ? "" : ",").append(table.at(processes[i]).pid());
        }
        return ids.toString();
    }

    // ---- left to a successor

    /** The processes; relays are in {@link Escalations}' books. */
    void save(final BooksWriter to) {
        to.numbers(processes, count);
    }

    void restore(final BooksReader from) {
        for (final int process : from.numbers(ShmLayout.JR_PROCESSES)) {
            add(process);
        }
    }
}
