package joyride.ipc.shm;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import joyride.api.socket.Errno;

/**
 * Sockets that stand as unix socketpairs where the layer cannot answer for them: an fd given to another program. The service
 * holds one end; the other's cookie says which socket it is, and its hang-up that the last reference is gone.
 */
final class Escalations {
    private final Posix posix;
    private final int epoll;
    private final long tag;
    /** By a number that is never used twice. */
    private final Map<Integer, Escalation> entries = new HashMap<>();

    private int lastNumber;
    private final Map<Long, Escalation> byCookie = new HashMap<>();

    private record Escalation(int fd, long cookie, ShmInstance instance, ShmEndpoint endpoint) {}

    /** @param tag of its events in the epoll set, to which an entry's index is added */
    Escalations(final Posix posix, final int epoll, final long tag) {
        this.posix = posix;
        this.epoll = epoll;
        this.tag = tag;
    }

    /**
     * Takes over an end. The message carries the service's end and, second, the program's, of which the cookie is read.
     *
     * @return 0 or a negative errno
     */
    int add(final AttachConnection connection, final AttachMessage message) {
        final int fd = posix.descriptor(0);
        final int program = posix.descriptor(1);
        final long cookie = program < 0 ? 0 : posix.cookie(program);
        if (program >= 0) {
            posix.close(program);
        }
        final ShmInstance instance = connection.instance;
        final ShmEndpoint endpoint = instance.held(message.process(), (int) message.value(), connection.process.number);
        if (fd < 0 || cookie == 0 || endpoint == null) {
            if (fd >= 0) {
                posix.close(fd);
            }
            return endpoint == null ? -Errno.EBADF : -Errno.EINVAL;
        }
        final Escalation escalation = new Escalation(fd, cookie, instance, endpoint);
        final int number = ++lastNumber;
        entries.put(number, escalation);
        byCookie.put(cookie, escalation);
        endpoint.escalated++;
        instance.escalated(1);
        instance.remember(connection.process.pid());
        posix.epollAdd(epoll, fd, Posix.EPOLLRDHUP, tag + number);
        return 0;
    }

    /** The socket of {@code instance} for which the fd with this cookie stands; null if none. */
    ShmEndpoint find(final ShmInstance instance, final long cookie) {
        final Escalation escalation = byCookie.get(cookie);
        return escalation == null || escalation.instance() != instance ? null : escalation.endpoint();
    }

    /** The last reference to the other end of {@code number} is gone. */
    void hangUp(final int number) {
        final Escalation escalation = entries.get(number);
        if (escalation != null) {
            remove(number, escalation);
            escalation.endpoint().unescalate();
        }
    }

    private void remove(final int number, final Escalation escalation) {
        entries.remove(number);
        byCookie.remove(escalation.cookie());
        escalation.instance().escalated(-1);
        posix.close(escalation.fd());
    }

    void dropAll(final ShmInstance instance) {
        for (final Map.Entry<Integer, Escalation> entry : List.copyOf(entries.entrySet())) {
            if (entry.getValue().instance() == instance) {
                remove(entry.getKey(), entry.getValue());
            }
        }
    }

    void close() {
        for (final Escalation escalation : entries.values()) {
            posix.close(escalation.fd());
        }
    }
}
