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
    /** The kernel's name of the listener that stands beside this one; 0: it is out of sight. */
    private long twin;
    /** Bytes of handles that programs took, as known. */
    private long taken;
    /** Whether it is on the list of listeners of which one queue alone was told. */
    boolean passing;
    /** When one queue alone was told, ns. */
    long toldAt;

    Listening(final ShmEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** The kernel's listener beside this one, if it can be seen. @param cookie as the program says; of a wrong one only it has harm */
    void twin(final long cookie) {
        final Twins twins = endpoint.instance().twins();
        if (cookie != 0 && twins.exists(endpoint.family(), endpoint.socket().localPort(), cookie)) {
            twin = cookie;
        } else {
            twins.countUnseen();
        }
    }

    /** Whether the kernel's listener is gone, which could be seen when this one began: then no program has a descriptor any more. */
    boolean twinGone() {
        return twin != 0
                && !endpoint.instance()
                        .twins()
                        .exists(endpoint.family(), endpoint.socket().localPort(), twin);
    }

    /** Whether the kernel's listener is out of sight. */
    boolean twinUnseen() {
        return twin == 0;
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

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(taken).number(toldAt).number(twin);
        waiting.save(to);
    }

    /** The slots that wait exist already. */
    void restore(final BooksReader from) {
        taken = from.longNumber();
        toldAt = from.longNumber();
        twin = from.longNumber();
        final SocketTable sockets = endpoint.instance().sockets();
        for (final int slot : from.numbers(sockets.count())) {
            if (slot < 0 || slot >= sockets.count()) {
                throw new IllegalStateException("socket " + slot + " waits to be accepted and is none");
            }
            waiting.add(sockets.at(slot));
            sockets.at(slot).waitsAt(endpoint);
        }
    }
}
