package joyride.ipc.shm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.socket.Errno;
import joyride.linux.Epoll;
import joyride.linux.Messages;
import joyride.linux.Sockets;
import joyride.linux.UnixSockets;

/**
 * Sockets that stand as unix socketpairs where the layer cannot answer for them: an fd given to another program. The service
 * holds one end and carries bytes ({@link Relay}); the other's cookie says which socket it is, and its hang-up that the last
 * reference is gone. On the event loop.
 */
final class Escalations {
    private static final int INTEREST = Epoll.IN | Epoll.OUT | Epoll.RDHUP | Epoll.ET;

    private final Messages messages;
    private final Epoll epoll;
    private final long tag;
    /** By a number that is never used twice. */
    private final Map<Integer, Relay> relays = new HashMap<>();

    private final Map<Long, Relay> byCookie = new HashMap<>();
    private final List<Relay> waiting = new ArrayList<>();
    private final List<Relay> working = new ArrayList<>();
    private int lastNumber;

    /** @param tag of its events in the epoll set, to which an entry's number is added */
    Escalations(final Messages messages, final Epoll epoll, final long tag) {
        this.messages = messages;
        this.epoll = epoll;
        this.tag = tag;
    }

    /**
     * Takes over an end. The message carries the service's end and perhaps the program's, of which the cookie is read.
     *
     * @return 0 or a negative errno
     */
    int add(final AttachConnection connection, final AttachMessage message) {
        final int fd = messages.take(0);
        final int program = messages.take(1);
        final long cookie = program < 0 ? 0 : UnixSockets.cookie(program);
        if (program >= 0) {
            Closer.close(program);
        }
        final ShmInstance instance = connection.instance;
        final ShmEndpoint endpoint =
                instance.sockets().held(message.process(), (int) message.value(), connection.process.number);
        if (fd < 0 || endpoint == null || !PassedSocket.isEndOfPair(fd, Sockets.SOCK_STREAM)) {
            if (fd >= 0) {
                Closer.close(fd);
            }
            return endpoint == null ? -Errno.EBADF : -Errno.EINVAL;
        }
        final int number = ++lastNumber;
        final Relay relay = new Relay(messages, number, fd, cookie, endpoint);
        relays.put(number, relay);
        if (cookie != 0) {
            byCookie.put(cookie, relay);
        }
        endpoint.add(relay);
        instance.returners().escalated(1);
        instance.returners().remember(connection.process.pid());
        epoll.add(fd, INTEREST, tag + number);
        later(relay);
        return 0;
    }

    /** The socket of {@code instance} for which the fd with this cookie stands; null if none. */
    ShmEndpoint find(final ShmInstance instance, final long cookie) {
        final Relay relay = byCookie.get(cookie);
        return relay == null || relay.endpoint.instance() != instance ? null : relay.endpoint;
    }

    /** Something happened to the other end of {@code number}. */
    void event(final int number, final int bits) {
        final Relay relay = relays.get(number);
        if (relay != null) {
            relay.event(bits);
            later(relay);
        }
    }

    /** The relay gets its turn in the next {@link #poll}. */
    void later(final Relay relay) {
        if (!relay.queued) {
            relay.queued = true;
            waiting.add(relay);
        }
    }

    /** Whether relays wait for their turn. */
    boolean hasWork() {
        return !waiting.isEmpty();
    }

    /** Carries what can be carried. */
    int poll() {
        if (waiting.isEmpty()) {
            return 0;
        }
        working.addAll(waiting);
        waiting.clear();
        int done = 0;
        for (final Relay relay : working) {
            relay.queued = false;
            if (relays.containsValue(relay)) {
                if (!relay.pump()) {
                    remove(relay);
                    relay.endpoint.remove(relay);
                } else if (relay.stalled()) {
                    later(relay);
                    continue;
                }
                done++;
            }
        }
        working.clear();
        return done;
    }

    private void remove(final Relay relay) {
        relays.values().remove(relay);
        byCookie.remove(relay.cookie, relay);
        relay.endpoint.instance().returners().escalated(-1);
        Closer.hangUp(relay.fd, epoll);
    }

    void dropAll(final ShmInstance instance) {
        for (final Relay relay : List.copyOf(relays.values())) {
            if (relay.endpoint.instance() == instance) {
                remove(relay);
            }
        }
    }

    void close() {
        for (final Relay relay : relays.values()) {
            Closer.hangUp(relay.fd);
        }
    }

    // ---- left to a successor

    void save(final BooksWriter to, final List<ShmInstance> instances) {
        to.number(lastNumber).number(relays.size());
        new TreeMap<>(relays).forEach((number, relay) -> {
            to.number(number).number(instances.indexOf(relay.endpoint.instance()));
            relay.save(to);
            to.flag(byCookie.get(relay.cookie) == relay);
        });
        to.number(waiting.size());
        for (final Relay relay : waiting) {
            to.number(relay.number);
        }
    }

    void restore(final BooksReader from, final List<ShmInstance> instances) {
        lastNumber = from.number();
        for (int left = from.number(); left > 0; left--) {
            final int number = from.number();
            final ShmInstance instance = instances.get(from.number(0, instances.size() - 1));
            final Relay relay = Relay.restore(from, messages, number, instance.sockets());
            relays.put(number, relay);
            if (from.flag()) {
                byCookie.put(relay.cookie, relay);
            }
            relay.endpoint.add(relay);
            instance.returners().escalated(1);
        }
        for (int left = from.number(0, relays.size()); left > 0; left--) {
            final Relay relay = relays.get(from.number());
            if (relay != null) {
                later(relay);
            }
        }
    }
}
