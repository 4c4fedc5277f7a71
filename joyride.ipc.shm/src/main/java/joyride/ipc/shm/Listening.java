package joyride.ipc.shm;

import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;

/**
 * A socket that listens: its receive ring carries handles of connections, and programs that take one out say so by their
 * number. The service's own record of what the ring shows is {@link AcceptQueue}. On the event loop.
 */
final class Listening {
    private final ShmEndpoint endpoint;
    private final AcceptQueue waiting = new AcceptQueue();
    /** Bytes of handles that programs took, as known. */
    private long taken;
    /** Whether it is on the list of listeners of which one queue alone was told. */
    boolean passing;
    /** When one queue alone was told, ns. */
    long toldAt;

    Listening(final ShmEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Whether no connection waits. */
    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** A connection is complete: makes its endpoint and queues it. @return null if there is no room */
    Endpoint incoming(final Socket accepted) {
        final ShmEndpoint fresh = endpoint.instance().sockets().allocate();
        if (fresh == null) {
            return null;
        }
        fresh.begin(endpoint, accepted);
        if (!endpoint.ringIn().offer(fresh.handle())) {
            fresh.discard();
            return null;
        }
        waiting.add(fresh);
        fresh.later(TurnEnd.ADDRESSES);
        endpoint.later(TurnEnd.RECEIVE_EDGE);
        return fresh;
    }

    /** Takes note of the connections that programs took out of the queue. */
    void claims() {
        final long before = taken;
        final long now = endpoint.ringIn().consumed();
        taken = now;
        if ((now & 7) != 0) {
            endpoint.instance()
                    .violation(
                            "rx_cons of a listener",
                            endpoint.slot,
                            now,
                            before,
                            endpoint.ringIn().produced());
            return;
        }
        for (long position = before; position < now; position += 8) {
            waiting.remove().taken();
        }
        if (waiting.isEmpty()) {
            toldAt = 0;
        }
    }

    /** The listener closes: what nobody took is reset. */
    void close() {
        while (!waiting.isEmpty()) {
            waiting.remove().orphaned();
        }
    }
}
