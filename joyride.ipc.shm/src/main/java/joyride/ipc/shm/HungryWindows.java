package joyride.ipc.shm;

import java.util.Arrays;

/**
 * Sockets whose receive window got less memory than it asked for. Their TCP hears of it when there is some again, for their
 * programs may have nothing left to read that would tell it. On the event loop.
 */
final class HungryWindows {
    private static final int TOLD_A_TURN = 16;

    private ShmEndpoint[] waiting = new ShmEndpoint[16];
    private int head;
    private int count;

    void add(final ShmEndpoint endpoint) {
        if (endpoint.hungry) {
            return;
        }
        endpoint.hungry = true;
        if (count == waiting.length) {
            final ShmEndpoint[] larger = Arrays.copyOfRange(waiting, head, head + 2 * count);
            System.arraycopy(waiting, 0, larger, count - head, head);
            Arrays.fill(larger, count, larger.length, null);
            waiting = larger;
            head = 0;
        }
        waiting[head + count++ & waiting.length - 1] = endpoint;
    }

    /**
     * Tells some of them, oldest first, as long as {@code pool} has memory for more than the first chunks of each window: those they have.
     *
     * @return how many
     */
    int feed(final ChunkPool pool) {
        int told = 0;
        for (int looks = Math.min(count, TOLD_A_TURN); looks > 0 && pool.hasMore(); looks--) {
            final ShmEndpoint endpoint = waiting[head];
            waiting[head] = null;
            head = head + 1 & waiting.length - 1;
            count--;
            endpoint.hungry = false;
            endpoint.consumed();
            told++;
        }
        return told;
    }

    boolean isEmpty() {
        return count == 0;
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(count);
        for (int i = 0; i < count; i++) {
            to.number(waiting[head + i & waiting.length - 1].slot);
        }
    }

    void restore(final BooksReader from, final SocketTable sockets) {
        for (int left = from.number(0, sockets.count()); left > 0; left--) {
            add(sockets.at(from));
        }
    }
}
