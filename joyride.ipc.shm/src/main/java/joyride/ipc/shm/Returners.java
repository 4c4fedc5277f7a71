package joyride.ipc.shm;

import java.util.Arrays;

/** Processes that left escalated sockets in an instance: by exec another program may come back for them under the same id. */
final class Returners {
    private int[] pids = new int[0];
    private int escalated;

    /** How many escalated sockets there are. */
    int escalated() {
        return escalated;
    }

    void escalated(final int change) {
        escalated += change;
    }

    /** Remembers that process {@code pid} escalated. */
    void remember(final int pid) {
        if (!knows(pid)) {
            pids = Arrays.copyOf(pids, pids.length + 1);
            pids[pids.length - 1] = pid;
        }
    }

    /** Whether {@code pid} may come back. */
    boolean expects(final int pid) {
        return escalated > 0 && knows(pid);
    }

    private boolean knows(final int pid) {
        for (final int known : pids) {
            if (known == pid) {
                return true;
            }
        }
        return false;
    }

    // ---- left to a successor

    /** The processes; how many sockets they left, {@link Escalations} counts. */
    void save(final BooksWriter to) {
        to.numbers(pids, pids.length);
    }

    void restore(final BooksReader from) {
        pids = from.numbers(1 << 22);
    }
}
