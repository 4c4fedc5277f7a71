package joyride.ipc.shm;

import java.util.Arrays;

/**
 * The sockets of an instance that own ring memory. Those that did nothing between two looks give it back. On the event loop.
 */
final class IdleMemory {
    private ShmEndpoint[] owners = new ShmEndpoint[64];
    private int count;
    private int cursor;

    /** {@code endpoint} owns memory from now on. */
    void owns(final ShmEndpoint endpoint) {
        if (!endpoint.listed) {
            endpoint.listed = true;
            if (count == owners.length) {
                owners = Arrays.copyOf(owners, count * 2);
            }
            owners[count++] = endpoint;
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    void clear() {
        count = 0;
    }

    /** Looks at up to {@code most} sockets. @return how many gave back all they had */
    int sweep(final int most) {
        int found = 0;
        final int looks = Math.min(most, count);
        for (int i = 0; i < looks && count > 0; i++) {
            if (cursor >= count) {
                cursor = 0;
            }
            final ShmEndpoint endpoint = owners[cursor];
            if (endpoint.touched) {
                endpoint.touched = false;
                cursor++;
            } else if (endpoint.idle()) {
                endpoint.listed = false;
                owners[cursor] = owners[--count];
                found++;
            } else {
                cursor++;
            }
        }
        return found;
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(count).number(cursor);
        for (int i = 0; i < count; i++) {
            to.number(owners[i].slot);
        }
    }

    void restore(final BooksReader from, final SocketTable sockets) {
        final int listed = from.number(0, sockets.count());
        cursor = from.number();
        for (int i = 0; i < listed; i++) {
            owns(sockets.at(from));
        }
    }
}
