package joyride.nic.memif;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.Epoll;
import joyride.linux.EventFd;
import joyride.linux.Sockets;
import joyride.linux.SystemError;
import joyride.linux.UnixSockets;

/** Makes links with whoever is at the other end of the socket, one after the other, on a thread of its own. */
final class Conversation implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Conversation.class.getName());

    private static final int OWNER_ONLY = 0600;
    private static final int BACKLOG = 4;
    private static final int RETRY_MILLIS = 100;
    private static final int LOOK_MILLIS = 200;
    private static final int LET_GO_MILLIS = 5;
    private static final int STOP = 1;
    private static final int SOCKET = 2;
    private static final int EADDRINUSE = 98;

    private final String name;
    private final MemifSettings settings;
    private final MemifQueue queue;
    private final MemifCounts counts;
    private final NicEvents events;
    private final Epoll wake;
    private final EventFd control;
    private final EventFd stop = new EventFd();
    private final Epoll waiting = new Epoll();
    private int listener = -1;
    private Thread thread;
    private volatile boolean stopping;
    private volatile String peer = "";

    Conversation(
            final String name,
            final MemifSettings settings,
            final MemifQueue queue,
            final MemifCounts counts,
            final NicEvents events,
            final Epoll wake,
            final EventFd control) {
        this.name = name;
        this.settings = settings;
        this.queue = queue;
        this.counts = counts;
        this.events = events;
        this.wake = wake;
        this.control = control;
    }

    void start() throws NicException {
        waiting.add(stop.descriptor(), Epoll.IN, STOP);
        if (settings.server()) {
            listener = listen();
            if (listener < 0) {
                final Path folder = Path.of(settings.socket()).getParent();
                final String why = name + ": no socket at " + settings.socket() + ": "
                        + (Files.isDirectory(folder) ? SystemError.text(-listener) : "there is no directory " + folder);
                // Perhaps the port in service, which then goes first.
                throw listener == -EADDRINUSE
                        ? NicException.busy(why + "; another server listens there, set another device")
                        : new NicException(why);
            }
        }
        thread = Thread.ofPlatform().daemon().name("memif " + name).start(this::run);
    }

    /** A socket that nobody listens at any more is replaced. */
    private int listen() {
        final int fd = UnixSockets.listen(settings.socket(), OWNER_ONLY, BACKLOG);
        if (fd != -EADDRINUSE) {
            return fd;
        }
        if (UnixSockets.probe(settings.socket()) == 0) {
            return fd;
        }
        remove();
        return UnixSockets.listen(settings.socket(), OWNER_ONLY, BACKLOG);
    }

    private void remove() {
        try {
            Files.deleteIfExists(Path.of(settings.socket()));
        } catch (final IOException e) {
            LOG.log(System.Logger.Level.WARNING, "{0}: {1}", name, e);
        }
    }

    private void run() {
        while (!stopping) {
            final int fd = settings.server() ? accept() : connect();
            if (fd < 0) {
                continue;
            }
            try (Handshake handshake = new Handshake(fd, name, settings, counts)) {
                talk(fd, handshake);
            } catch (final NicException e) {
                LOG.log(System.Logger.Level.WARNING, "{0}: memif link ended: {1}", name, e.getMessage());
                pause(RETRY_MILLIS);
            } finally {
                Descriptors.close(fd);
            }
        }
    }

    private int accept() {
        waiting.add(listener, Epoll.IN, SOCKET);
        waiting.await(-1);
        waiting.remove(listener);
        final int fd = Sockets.accept(listener);
        if (fd >= 0) {
            Descriptors.setNonBlocking(fd);
        }
        return fd;
    }

    private int connect() {
        final int fd = UnixSockets.connect(settings.socket());
        if (fd < 0) {
            pause(RETRY_MILLIS);
        }
        return fd;
    }

    private void pause(final int millis) {
        if (!stopping) {
            waiting.await(millis);
        }
    }

    /** Until the peer goes, breaks a rule, or the port is closed. */
    private void talk(final int fd, final Handshake handshake) throws NicException {
        waiting.add(fd, Epoll.IN | Epoll.RDHUP, SOCKET);
        MemifLink link = null;
        try {
            handshake.begin();
            while (!stopping) {
                final int ready = waiting.await(LOOK_MILLIS);
                if (stopping) {
                    handshake.disconnect("the port is closed");
                    return;
                }
                if (link != null && link.violation() != null) {
                    counts.add(MemifCounter.VIOLATIONS, 1);
                    throw new NicException(link.violation());
                }
                if (ready > 0 && !handshake.take()) {
                    return;
                }
                if (link == null && handshake.link() != null) {
                    link = handshake.link();
                    raise(link);
                }
            }
        } catch (final NicException e) {
            handshake.disconnect(e.getMessage());
            throw e;
        } finally {
            waiting.remove(fd);
            if (link != null) {
                lower(link);
            }
        }
    }

    private void raise(final MemifLink link) {
        wake.add(link.event(), Epoll.IN, 0);
        peer = link.peer() + (link.transmitter().offload() ? ", units pass whole" : "");
        counts.add(MemifCounter.LINKS, 1);
        queue.offer(link);
        LOG.log(System.Logger.Level.INFO, "{0}: memif link to {1}", name, peer);
        events.changed();
    }

    /** The memory goes when the loop has let go of it. */
    private void lower(final MemifLink link) {
        queue.offer(null);
        peer = "";
        events.changed();
        while (queue.uses(link) && !stopping) {
            pause(LET_GO_MILLIS);
        }
        wake.remove(link.event());
        while (queue.uses(link)) {
            // The port is being closed, which makes the queue let go before it waits for this thread.
            Thread.onSpinWait();
        }
    }

    /** For {@code joyride:interfaces}. */
    String describe() {
        final String other = peer;
        return (settings.server() ? "server" : "client") + " at " + settings.socket()
                + (other.isEmpty() ? ", not connected" : ", connected to " + other);
    }

    /** The queue is in no loop's hands any more. */
    @Override
    public void close() {
        stopping = true;
        stop.signal();
        if (thread != null) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (final InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (listener >= 0) {
            Descriptors.close(listener);
            remove();
        }
        wake.close();
        control.close();
        waiting.close();
        stop.close();
    }
}
