package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.socket.Errno;
import joyride.linux.Descriptors;
import joyride.linux.Epoll;
import joyride.linux.EventDescriptor;
import joyride.linux.Messages;
import joyride.linux.Processes;
import joyride.linux.Sockets;
import joyride.linux.TimerDescriptor;
import joyride.linux.UnixSockets;

/**
 * The attach socket and everything else that the transport waits for, in one epoll set: connections of processes, the
 * instances' doorbells, a timer. Never blocks; the work of one call is bounded by one batch of events. On the event loop.
 */
final class AttachServer {
    private static final int LISTENER = 0;
    private static final int CONNECTION = 1;
    private static final int DOORBELL = 2;
    private static final int TIMER = 3;
    private static final int ESCALATED = 4;
    private static final int MOST_CONNECTIONS = 8192;
    private static final int ACCEPTS_A_TURN = 16;
    private static final int MESSAGES_A_TURN = 16;
    private static final int ENOENT = 2;
    private static final int ENFILE = 23;
    private static final int EMFILE = 24;

    private final ShmTransport transport;
    private final Path path;
    private final Messages messages = new Messages(Closer::close);
    private final Epoll epoll;
    private final Arena arena = Arena.ofShared();
    private final AttachMessage in = new AttachMessage(arena);
    private final AttachMessage out = new AttachMessage(arena);
    private final Escalations escalations;
    private final long[] work = new long[Epoll.MOST_EVENTS];
    private final int[] bits = new int[Epoll.MOST_EVENTS];
    private final int own;
    private final int timer;
    private final int listener;
    /** By a number that is never used twice, so that a late event of a closed one finds nothing. */
    private final Map<Integer, AttachConnection> connections = new HashMap<>();

    private int lastNumber;
    /** Given up for a moment when there is no other. */
    private int spare;

    /** @throws IllegalStateException in one line if the socket cannot be had */
    AttachServer(final ShmTransport transport, final Path path) {
        this(transport, path, listen(path, transport.settings()));
    }

    private AttachServer(final ShmTransport transport, final Path path, final int listener) {
        this(transport, path, listener, new Epoll(), TimerDescriptor.open(), EventDescriptor.open());
        epoll.add(listener, Epoll.IN, tag(LISTENER, 0));
        epoll.add(timer, Epoll.IN | Epoll.ET, tag(TIMER, 0));
    }

    private AttachServer(
            final ShmTransport transport,
            final Path path,
            final int listener,
            final Epoll epoll,
            final int timer,
            final int spare) {
        this.transport = transport;
        this.path = path;
        this.listener = listener;
        this.epoll = epoll;
        this.timer = timer;
        this.spare = spare;
        own = Processes.effectiveUser();
        escalations = new Escalations(messages, epoll, tag(ESCALATED, 0));
    }

    private static int listen(final Path path, final ShmSettings settings) {
        removeStale(path);
        final int fd = UnixSockets.listen(path.toString(), 0600, 64);
        if (fd < 0) {
            throw new IllegalStateException("cannot listen on " + path + ": errno " + -fd
                    + "; set a path where the service may write (joyride.ipc.shm path, or JOYRIDE_RUN)");
        }
        Doors.open(path, settings);
        return fd;
    }

    private static long tag(final int kind, final int index) {
        return (long) kind << 32 | index;
    }

    private static void removeStale(final Path path) {
        final int probe = UnixSockets.connect(path.toString());
        if (probe >= 0 || probe == -Errno.EAGAIN) {
            if (probe >= 0) {
                Descriptors.close(probe);
            }
            throw new IllegalStateException("a live service listens on " + path
                    + " already; stop it, or set another path (joyride.ipc.shm path, or JOYRIDE_RUN)");
        }
        if (probe == -Errno.ECONNREFUSED && isSpecial(path)) {
            delete(path);
        } else if (probe != -ENOENT && Files.exists(path)) {
            throw new IllegalStateException(
                    path + " is not a socket of Joyride's (errno " + -probe + "); remove it, or set another path");
        }
    }

    /** Whether it is neither file nor directory nor link: a socket, then. */
    private static boolean isSpecial(final Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        } catch (final IOException e) {
            return false;
        }
    }

    private static void delete(final Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot remove the stale socket " + path, e);
        }
    }

    Escalations escalations() {
        return escalations;
    }

    int epoll() {
        return epoll.descriptor();
    }

    void setTimer(final long nanos) {
        TimerDescriptor.set(timer, nanos);
    }

    /** Makes the doorbell of an instance: an eventfd whose every write shows in the set. */
    int doorbell() {
        final int fd = EventDescriptor.open();
        if (fd >= 0) {
            epoll.add(fd, Epoll.IN | Epoll.ET, tag(DOORBELL, 0));
        }
        return fd;
    }

    /** Takes what came in. @return how much */
    int poll() {
        final int count = epoll.poll();
        int done = 0;
        for (int i = 0; i < count; i++) {
            final int kind = (int) (epoll.data(i) >>> 32);
            if (kind == LISTENER || kind == CONNECTION || kind == ESCALATED) {
                work[done] = epoll.data(i);
                bits[done++] = epoll.bits(i);
            }
        }
        for (int i = 0; i < done; i++) {
            dispatch((int) (work[i] >>> 32), (int) work[i], bits[i]);
        }
        return done;
    }

    private void dispatch(final int kind, final int number, final int events) {
        if (kind == LISTENER) {
            accept();
        } else if (kind == CONNECTION) {
            final AttachConnection connection = connections.get(number);
            if (connection != null) {
                serve(connection);
            }
        } else {
            escalations.event(number, events);
        }
    }

    private void accept() {
        for (int i = 0; i < ACCEPTS_A_TURN; i++) {
            int fd = Sockets.accept(listener);
            if (fd == -EMFILE || fd == -ENFILE) {
                fd = acceptBeyondLimit();
            }
            if (fd < 0) {
                return;
            }
            if (connections.size() >= MOST_CONNECTIONS) {
                refuse(fd, "the service has " + MOST_CONNECTIONS + " processes attached already");
                Closer.hangUp(fd);
            } else if (!permitted(fd)) {
                refuse(fd, "not permitted: ask for user " + peerUser(fd) + " in 'users' of joyride.ipc.shm");
                Closer.hangUp(fd);
            } else {
                serve(add(fd));
            }
        }
    }

    /** Without a descriptor left, the one kept for this serves to say so: the program goes on with the kernel at once. */
    private int acceptBeyondLimit() {
        Descriptors.close(spare);
        final int fd = Sockets.accept(listener);
        if (fd >= 0) {
            refuse(fd, "the service is at its limit of open files; raise its RLIMIT_NOFILE");
            Closer.hangUp(fd);
        }
        spare = EventDescriptor.open();
        return -EMFILE;
    }

    private static String peerUser(final int fd) {
        final int[] peer = UnixSockets.peer(fd);
        return peer == null ? "?" : Integer.toUnsignedString(peer[1]);
    }

    private boolean permitted(final int fd) {
        final int[] peer = UnixSockets.peer(fd);
        if (peer == null) {
            return false;
        }
        final ShmSettings settings = transport.settings();
        if (peer[1] == own || peer[1] == 0 || settings.permits(peer[1])) {
            return true;
        }
        if (settings.groups().isEmpty()) {
            return false;
        }
        return settings.groups().contains(peer[2])
                || Arrays.stream(UnixSockets.peerGroups(fd)).anyMatch(settings.groups()::contains);
    }

    private AttachConnection add(final int fd) {
        final AttachConnection connection = new AttachConnection(++lastNumber, fd);
        connections.put(connection.number, connection);
        epoll.add(fd, Epoll.IN | Epoll.RDHUP, tag(CONNECTION, connection.number));
        return connection;
    }

    /** The process is gone, or must go. */
    private void drop(final AttachConnection connection) {
        if (connections.remove(connection.number) != null) {
            Closer.hangUp(connection.fd, epoll);
            if (connection.process != null) {
                connection.instance.processes().detach(connection.process);
            }
        }
    }

    /** Closes the connections of an instance that ended. */
    void dropAll(final ShmInstance instance) {
        for (final AttachConnection connection : List.copyOf(connections.values())) {
            if (connection.instance == instance) {
                drop(connection);
            }
        }
        escalations.dropAll(instance);
    }

    private void serve(final AttachConnection connection) {
        for (int i = 0; i < MESSAGES_A_TURN && connections.containsKey(connection.number); i++) {
            in.clear();
            final int received = messages.receive(connection.fd, in.at, MESSAGE_SIZEOF);
            if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
                return;
            }
            if (received <= 0) {
                drop(connection);
            } else {
                if (!understood(connection, received)) {
                    drop(connection);
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
            drop(connection);
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
        } else {
            refuse(connection.fd, "message type " + type + " is unknown");
            drop(connection);
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
                drop(connection);
                return;
            }
            connection.process = connection.instance.processes().attach(peer[0]);
            if (connection.process == null) {
                refuse(connection.fd, "the application has " + JR_PROCESSES + " processes attached already");
                drop(connection);
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
        final AttachConnection forked = add(fd);
        forked.instance = connection.instance;
        forked.process = child;
        answer(connection, out.begin(JR_MSG_FORKED).value(child.number).process(child.number));
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
            drop(connection);
        }
    }

    private void refuse(final int fd, final String why) {
        out.begin(JR_MSG_REFUSED).status(-Errno.EACCES).text(why);
        messages.send(fd, out.at, MESSAGE_SIZEOF, -1, -1);
    }

    /** Closes everything; programs see the service gone. */
    void close() {
        for (final AttachConnection connection : connections.values()) {
            Closer.hangUp(connection.fd);
        }
        escalations.close();
        Descriptors.close(listener);
        Descriptors.close(timer);
        Descriptors.close(spare);
        epoll.close();
        messages.close();
        delete(path);
        arena.close();
    }

    // ---- left to a successor

    /** Frees what is its own alone: descriptors pass on, and nobody hears of it. */
    void letGo() {
        epoll.letGo();
        messages.close();
        arena.close();
    }

    void save(final BooksWriter to, final List<ShmInstance> instances) {
        to.text(path.toString()).descriptor(listener).descriptor(epoll.descriptor());
        to.descriptor(timer).descriptor(spare).number(lastNumber).number(connections.size());
        for (final AttachConnection connection : new TreeMap<>(connections).values()) {
            to.number(connection.number).descriptor(connection.fd);
            to.number(connection.process == null ? -1 : instances.indexOf(connection.instance));
            to.number(connection.process == null ? 0 : connection.process.number);
        }
        escalations.save(to, instances);
    }

    /** @throws IllegalStateException in one line why not; then nothing was kept */
    static AttachServer restore(
            final ShmTransport transport, final BooksReader from, final List<ShmInstance> instances) {
        final String path = from.text();
        final AttachServer server = new AttachServer(
                transport,
                Path.of(path),
                from.descriptor(),
                new Epoll(from.descriptor()),
                from.descriptor(),
                from.descriptor());
        try {
            server.restore(from, instances);
            return server;
        } catch (final RuntimeException e) {
            server.letGo();
            throw e;
        }
    }

    private void restore(final BooksReader from, final List<ShmInstance> instances) {
        lastNumber = from.number();
        for (int left = from.number(0, MOST_CONNECTIONS); left > 0; left--) {
            final int number = from.number();
            final int fd = from.descriptor();
            final int index = from.number(-1, instances.size() - 1);
            final int process = from.number(0, JR_PROCESSES - 1);
            final AttachConnection connection = new AttachConnection(number, fd);
            connections.put(number, connection);
            if (index >= 0) {
                connection.instance = instances.get(index);
                if (!connection.instance.processes().attached(process)) {
                    throw new IllegalStateException("process " + process + " is connected and not attached");
                }
                connection.process = connection.instance.processes().at(process);
            }
        }
        escalations.restore(from, instances);
    }

    Path path() {
        return path;
    }
}
