package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.lang.foreign.Arena;
import joyride.api.socket.Errno;
import joyride.linux.Messages;
import joyride.linux.Sockets;
import joyride.linux.UnixSockets;

/** What processes say on their attach connections, and the answers. What cannot be understood ends the connection. On the event loop. */
final class Conversation {
    private static final int MESSAGES_A_TURN = 16;

    private final AttachServer server;
    private final ShmTransport transport;
    private final Messages messages;
    private final Escalations escalations;
    private final Arena arena = Arena.ofShared();
    private final AttachMessage in = new AttachMessage(arena);
    private final AttachMessage out = new AttachMessage(arena);

    Conversation(
            final AttachServer server,
            final ShmTransport transport,
            final Messages messages,
            final Escalations escalations) {
        this.server = server;
        this.transport = transport;
        this.messages = messages;
        this.escalations = escalations;
    }

    /** Takes what it said, so much a turn. */
    void serve(final AttachConnection connection) {
        for (int i = 0; i < MESSAGES_A_TURN && server.has(connection); i++) {
            in.clear();
            final int received = messages.receive(connection.fd, in.at, MESSAGE_SIZEOF);
            if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
                return;
            }
            if (received <= 0) {
                server.drop(connection);
            } else {
                if (!understood(connection, received)) {
                    server.drop(connection);
                } else {
                    handle(connection);
                }
                messages.closeRest();
            }
        }
    }

    private boolean understood(final AttachConnection connection, final int length) {
        if (in.magic() != JR_HELLO_MAGIC) {
            refuse(
                    connection.fd,
                    "this is not the protocol of libjoyride.so: magic 0x" + Integer.toHexString(in.magic()));
            return false;
        }
        if (in.version() != JR_ABI_VERSION) {
            refuse(
                    connection.fd,
                    "libjoyride.so speaks version " + Integer.toUnsignedString(in.version()) + ", this service "
                            + JR_ABI_VERSION + "; use the service's own");
            return false;
        }
        if (length != MESSAGE_SIZEOF || messages.truncated()) {
            refuse(connection.fd, "a message of " + length + " bytes, they have " + MESSAGE_SIZEOF);
            return false;
        }
        return true;
    }

    private void handle(final AttachConnection connection) {
        final int type = in.type();
        if (type == JR_MSG_HELLO) {
            hello(connection);
        } else if (connection.process == null) {
            refuse(connection.fd, "message " + type + " before HELLO");
            server.drop(connection);
        } else if (type == JR_MSG_CHILD) {
            child(connection);
        } else if (type == JR_MSG_WAITER) {
            waiter(connection);
        } else if (type == JR_MSG_FORK) {
            fork(connection);
        } else if (type == JR_MSG_ESCALATE) {
            answer(connection, out.begin(JR_MSG_ESCALATED).status(escalations.add(connection, in)));
        } else if (type == JR_MSG_FIND) {
            find(connection);
        } else if (type == JR_MSG_OWNER) {
            answer(connection, out.begin(JR_MSG_OWNED).status(owner(connection)));
        } else {
            refuse(connection.fd, "message type " + type + " is unknown");
            server.drop(connection);
        }
    }

    private void hello(final AttachConnection connection) {
        final int[] peer = UnixSockets.peer(connection.fd);
        if (connection.process != null) {
            // A new program in the same process, by exec: what the old one held stays, its threads are gone.
            connection.instance.processes().renew(connection.process);
        } else {
            try {
                connection.instance = transport.instanceFor(in.text(), peer[0], peer[1]);
            } catch (final IllegalStateException e) {
                refuse(connection.fd, e.getMessage());
                server.drop(connection);
                return;
            }
            connection.process = connection.instance.processes().attach(peer[0]);
            if (connection.process == null) {
                refuse(connection.fd, "the application has " + JR_PROCESSES + " processes attached already");
                server.drop(connection);
                return;
            }
        }
        transport.runs(connection.instance, in.text(), peer[0], peer[1]);
        welcome(connection, connection.instance.memory().fd, connection.instance.doorbell());
    }

    private void welcome(final AttachConnection connection, final int memory, final int doorbell) {
        out.begin(JR_MSG_WELCOME).value(connection.instance.memory().size).process(connection.process.number);
        answer(connection, out, memory, doorbell);
    }

    private void child(final AttachConnection connection) {
        connection.process.pid((int) in.value());
        welcome(connection, -1, -1);
    }

    private void waiter(final AttachConnection connection) {
        final long number = in.value();
        final int fd = messages.take(0);
        final int waker = fd < 0 ? -1 : Waker.of(fd);
        if (number < 0 || number >= JR_WAITERS || waker < 0) {
            if (fd >= 0) {
                Closer.close(fd);
            }
            connection.instance.violation("process " + connection.process.pid() + " named waiter " + number + " (of "
                    + JR_WAITERS + ") with a descriptor that is neither a timer nor an end of a unix socketpair");
            return;
        }
        connection.instance.readiness().register((int) number, connection.process.number, waker);
    }

    private void fork(final AttachConnection connection) {
        final int fd = messages.take(0);
        if (fd < 0 || !PassedSocket.isEndOfPair(fd, Sockets.SOCK_SEQPACKET)) {
            if (fd >= 0) {
                Closer.close(fd);
            }
            answer(connection, out.begin(JR_MSG_FORKED).status(-Errno.EINVAL));
            return;
        }
        final ShmProcess child = connection.instance.ended()
                ? null
                : connection.instance.processes().fork(connection.process);
        if (child == null) {
            Closer.close(fd);
            answer(connection, out.begin(JR_MSG_FORKED).status(-Errno.EAGAIN));
            return;
        }
        final AttachConnection forked = server.add(fd);
        forked.instance = connection.instance;
        forked.process = child;
        answer(connection, out.begin(JR_MSG_FORKED).value(child.number).process(child.number));
    }

    /** Signals for a socket are wanted, or no more. @return 0, or a negative errno */
    private int owner(final AttachConnection connection) {
        final int held = messages.take(0);
        final int rung = messages.take(1);
        final ShmEndpoint endpoint =
                connection.instance.sockets().held(in.process(), (int) in.value(), connection.process.number);
        if (endpoint == null) {
            for (final int fd : new int[] {held, rung}) {
                if (fd >= 0) {
                    Closer.close(fd);
                }
            }
            return -Errno.EBADF;
        }
        return -connection.instance.signals().set(endpoint, (int) (in.value() >>> Integer.SIZE), held, rung);
    }

    private void find(final AttachConnection connection) {
        final int fd = messages.take(0);
        final ShmEndpoint endpoint = fd < 0 ? null : escalations.find(connection.instance, UnixSockets.cookie(fd));
        if (fd >= 0) {
            Closer.close(fd);
        }
        out.begin(JR_MSG_FOUND);
        if (endpoint == null) {
            out.status(-Errno.ENOENT);
        } else {
            endpoint.hold(connection.process.number);
            out.process(endpoint.slot).value(endpoint.generation());
        }
        answer(connection, out);
    }

    private void answer(final AttachConnection connection, final AttachMessage message) {
        answer(connection, message, -1, -1);
    }

    private void answer(
            final AttachConnection connection, final AttachMessage message, final int first, final int second) {
        if (messages.send(connection.fd, message.at, MESSAGE_SIZEOF, first, second) < 0) {
            server.drop(connection);
        }
    }

    /** Says why a program is not served. */
    void refuse(final int fd, final String why) {
        out.begin(JR_MSG_REFUSED).status(-Errno.EACCES).text(why);
        messages.send(fd, out.at, MESSAGE_SIZEOF, -1, -1);
    }

    void close() {
        arena.close();
    }
}
