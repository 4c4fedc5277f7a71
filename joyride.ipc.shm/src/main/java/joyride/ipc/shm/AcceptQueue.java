package joyride.ipc.shm;

import java.util.Arrays;

/** Accepted connections that no process has taken, oldest first: the service's own record of what a listener's ring shows. */
final class AcceptQueue {
    private ShmEndpoint[] entries = new ShmEndpoint[16];
    private int head;
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    void add(final ShmEndpoint endpoint) {
        if (count == entries.length) {
            final ShmEndpoint[] larger = Arrays.copyOfRange(entries, head, head + 2 * count);
            System.arraycopy(entries, 0, larger, count - head, head);
            Arrays.fill(larger, count, larger.length, null);
            entries = larger;
            head = 0;
        }
        entries[head + count & entries.length - 1] = endpoint;
        count++;
    }

    ShmEndpoint remove() {
        final ShmEndpoint endpoint = entries[head];
        entries[head] = null;
        head = head + 1 & entries.length - 1;
        count--;
        return endpoint;
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(count);
        for (int i = 0; i < count; i++) {
            to.number(entries[head + i & entries.length - 1].slot);
        }
    }
}
