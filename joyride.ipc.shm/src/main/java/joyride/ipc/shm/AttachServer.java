package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.io.IOException;
import java.io.UncheckedIOException;
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
    private static final int ENOENT = 2;
    private static final int ENFILE = 23;
    private static final int EMFILE = 24;

    private final ShmTransport transport;
    private final Path path;
    private final Messages messages = new Messages(Closer::close);
    private final Conversation conversation;
    private final Epoll epoll;
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
        conversation = new Conversation(this, transport, messages, escalations);
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
                conversation.serve(connection);
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
                conversation.refuse(fd, "the service has " + MOST_CONNECTIONS + " processes attached already");
                Closer.hangUp(fd);
            } else if (!permitted(fd)) {
                conversation.refuse(
                        fd, "not permitted: ask for user " + peerUser(fd) + " in 'users' of joyride.ipc.shm");
                Closer.hangUp(fd);
            } else {
                conversation.serve(add(fd));
            }
        }
    }

    /** Without a descriptor left, the one kept for this serves to say so: the program goes on with the kernel at once. */
    private int acceptBeyondLimit() {
        Descriptors.close(spare);
        final int fd = Sockets.accept(listener);
        if (fd >= 0) {
            conversation.refuse(fd, "the service is at its limit of open files; raise its RLIMIT_NOFILE");
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

    /** Another process speaks by {@code fd}. */
    AttachConnection add(final int fd) {
        final AttachConnection connection = new AttachConnection(++lastNumber, fd);
        connections.put(connection.number, connection);
        epoll.add(fd, Epoll.IN | Epoll.RDHUP, tag(CONNECTION, connection.number));
        return connection;
    }

    /** The process is gone, or must go. */
    void drop(final AttachConnection connection) {
        if (connections.remove(connection.number) != null) {
            Closer.hangUp(connection.fd, epoll);
            if (connection.process != null) {
                connection.instance.processes().detach(connection.process);
            }
        }
    }

    /** Whether it was not dropped. */
    boolean has(final AttachConnection connection) {
        return connections.containsKey(connection.number);
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
        conversation.close();
    }

    // ---- left to a successor

    /** Frees what is its own alone: descriptors pass on, and nobody hears of it. */
    void letGo() {
        epoll.letGo();
        messages.close();
        conversation.close();
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
