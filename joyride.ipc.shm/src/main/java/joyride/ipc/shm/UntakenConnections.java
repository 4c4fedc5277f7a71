package joyride.ipc.shm;

import java.util.Arrays;
import java.util.List;

/**
 * Listeners of whose connection one exclusive queue alone was told. If nobody takes it, others are told as well: the one told may
 * be busy for long. On the event loop.
 */
final class UntakenConnections {
    /** How long the one that was told has, ns. */
    static final long PATIENCE = 3_000_000;

    private ShmEndpoint[] listeners = new ShmEndpoint[16];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    /** One process alone was told that {@code listener} has a connection. */
    void add(final ShmEndpoint listener, final long now) {
        final Listening listening = listener.listening();
        listening.toldAt = now;
        if (!listening.passing) {
            listening.passing = true;
            if (count == listeners.length) {
                listeners = Arrays.copyOf(listeners, count * 2);
            }
            listeners[count++] = listener;
        }
    }

    /** Offers to others what nobody took in time. */
    void offerAgain(final long now) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final ShmEndpoint listener = listeners[i];
            final Listening listening = listener.listening();
            if (!listener.inUse() || listening == null || !listening.passing || listening.isEmpty()) {
                if (listening != null) {
                    listening.passing = false;
                }
                continue;
            }
            listeners[kept++] = listener;
            if (now - listening.toldAt >= PATIENCE) {
                listening.toldAt = now;
                listener.tellAgain();
            }
        }
        Arrays.fill(listeners, kept, count, null);
        count = kept;
    }

    void clear() {
        Arrays.fill(listeners, 0, count, null);
        count = 0;
    }

    // ---- left to a successor

    void save(final BooksWriter to, final List<ShmInstance> instances) {
        to.number(count);
        for (int i = 0; i < count; i++) {
            to.number(instances.indexOf(listeners[i].instance())).number(listeners[i].slot);
        }
    }

    void restore(final BooksReader from, final List<ShmInstance> instances) {
        for (int left = from.number(); left > 0; left--) {
            final SocketTable sockets =
                    instances.get(from.number(0, instances.size() - 1)).sockets();
            final ShmEndpoint listener = sockets.at(from);
            final Listening listening = listener.listening();
            if (listening != null) {
                add(listener, listening.toldAt);
            }
        }
    }
}
