package joyride.core.warmup;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** Programs that open connections to each other, talk and close, in this process and without any transport's code. */
class SyntheticPrograms implements PolledTransport {
    private static final int MESSAGES = 40;

    private final IpAddress address;
    private final int port;
    private final int most;
    private final Arena arena;
    private final List<SyntheticSocket> clients = new ArrayList<>();
    private final List<SyntheticSocket> servers = new ArrayList<>();
    private final List<SyntheticSocket> free = new ArrayList<>();
    private StackInstance instance;
    private long lives;
    private int failure;
    private boolean detached;

    /** @param most connections at a time */
    SyntheticPrograms(final IpAddress address, final int port, final int most, final Arena arena) {
        this.address = address;
        this.port = port;
        this.most = most;
        this.arena = arena;
    }

    SyntheticSocket create(final Arena memory) {
        return new SyntheticSocket(this, new PlainRing(memory), new PlainRing(memory));
    }

    /** The same by other classes: see {@link Foils}. */
    static final class Other extends SyntheticPrograms {
        Other(final IpAddress address, final int port, final int most, final Arena arena) {
            super(address, port, most, arena);
        }

        @Override
        SyntheticSocket create(final Arena memory) {
            return new SyntheticSocket.Other(this, new PlainRing.Other(memory), new PlainRing.Other(memory));
        }
    }

    StackInstance instance() {
        return instance;
    }

    /** Connections that were opened, talked and closed, each end counted. */
    long lives() {
        return lives;
    }

    /** Of a connection that failed; 0: none did. */
    int failure() {
        return failure;
    }

    boolean isDetached() {
        return detached;
    }

    void failed(final int errno) {
        failure = errno;
    }

    private SyntheticSocket newSocket() {
        return free.isEmpty() ? create(arena) : free.removeLast();
    }

    Endpoint accept(final Socket accepted) {
        final SyntheticSocket server = newSocket();
        server.begin(true);
        server.socket(accepted);
        servers.add(server);
        return server;
    }

    private static void check(final int errno) {
        if (errno != 0) {
            throw new IllegalStateException("the synthetic listener failed with errno " + errno);
        }
    }

    @Override
    public void attach(final TransportHost host) {
        instance = host.createInstance("synthetic");
        final SyntheticSocket listener = newSocket();
        listener.begin(true);
        final Socket socket = instance.openStream(listener);
        listener.socket(socket);
        check(socket.bind(address, port, 0));
        check(socket.listen(128));
    }

    @Override
    public void detach() {
        detached = true;
    }

    @Override
    public int poll() {
        if (instance.ended()) {
            return 0;
        }
        while (clients.size() < most) {
            final SyntheticSocket client = newSocket();
            client.begin(false);
            final Socket socket = instance.openStream(client);
            client.socket(socket);
            clients.add(client);
            final int errno = socket.connect(address, port);
            if (errno != 0 && errno != Errno.EINPROGRESS) {
                failure = errno;
                return 1;
            }
        }
        for (int i = 0; i < clients.size(); i++) {
            clients.get(i).run(MESSAGES);
        }
        for (int i = 0; i < servers.size(); i++) {
            servers.get(i).run(0);
        }
        return clients.size();
    }

    private void bury(final List<SyntheticSocket> sockets) {
        for (int i = sockets.size() - 1; i >= 0; i--) {
            if (sockets.get(i).isClosed()) {
                free.add(sockets.remove(i));
                lives++;
            }
        }
    }

    @Override
    public void flush() {
        bury(clients);
        bury(servers);
    }
}
