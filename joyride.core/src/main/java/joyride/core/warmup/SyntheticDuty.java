package joyride.core.warmup;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import joyride.api.memory.Kernels;
import joyride.api.net.IpPrefix;
import joyride.api.socket.Endpoint;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;

/**
 * A private engine, in virtual time, with programs that open connections, talk and close over its loopback: what gets core,
 * a variant and a congestion control compiled before they get connections, and shows whether they work at all. On one thread,
 * never an event loop's.
 */
public final class SyntheticDuty implements AutoCloseable {
    private static final int CLIENTS = 8;
    private static final int MESSAGES = 40;
    private static final int PORT = 7;
    private static final long TURN_NANOS = 20_000;
    private static final IpPrefix NETWORK = IpPrefix.parse("127.0.0.1/8");

    private final CounterStore counters = new CounterStore();
    private final Arena arena = Arena.ofShared();
    private final List<SyntheticSocket> clients = new ArrayList<>();
    private final List<SyntheticSocket> servers = new ArrayList<>();
    private final List<SyntheticSocket> free = new ArrayList<>();
    private final Engine engine;
    private StackInstance instance;
    private long now;
    private long random = 0x9e3779b97f4a7c15L;
    private long lives;
    private int failure;
    private boolean detached;

    /**
     * @param kernels those of the service, so that they are compiled in its callers
     * @param variant to run on
     * @param control null: NewReno
     */
    public SyntheticDuty(final Kernels kernels, final TcpVariant variant, final CongestionControl control) {
        engine = new Engine(() -> now, this::nextRandom, kernels, counters);
        engine.network().addAddress(engine.network().loopback(), NETWORK);
        engine.defaults(variant.name(), control == null ? "newreno" : control.name());
        engine.transport().variant(variant.name(), variant);
        if (control != null) {
            engine.transport().congestionControl(control.name(), control);
        }
        engine.attachTransport(new Programs());
        listen();
    }

    private long nextRandom() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }

    private void listen() {
        final SyntheticSocket listener = newSocket();
        listener.begin(true);
        final Socket socket = instance.openStream(listener);
        listener.socket(socket);
        check(socket.bind(NETWORK.address(), PORT, 0));
        check(socket.listen(128));
    }

    private static void check(final int errno) {
        if (errno != 0) {
            throw new IllegalStateException("the synthetic listener failed with errno " + errno);
        }
    }

    private SyntheticSocket newSocket() {
        if (!free.isEmpty()) {
            return free.removeLast();
        }
        return new SyntheticSocket(this, new PlainRing(arena), new PlainRing(arena));
    }

    /**
     * Runs until {@code enough} or an error.
     *
     * @return null, or what went wrong: one line
     */
    public String run(final BooleanSupplier enough) {
        try {
            while (!enough.getAsBoolean() && failure == 0 && !detached && !instance.ended()) {
                for (int i = 0; i < 1000 && failure == 0; i++) {
                    now += TURN_NANOS;
                    engine.turn();
                }
            }
        } catch (final RuntimeException | LinkageError e) {
            return "threw " + e;
        }
        if (instance.ended()) {
            return "ended its instance: " + engine.instanceViews().getLast().state();
        }
        if (detached) {
            return "threw, as the log says";
        }
        return failure == 0 ? null : "let a connection fail with errno " + failure;
    }

    /** Connections that were opened, talked and closed. */
    public long lives() {
        return lives;
    }

    void failed(final int errno) {
        failure = errno;
    }

    Endpoint accept(final Socket accepted) {
        final SyntheticSocket server = newSocket();
        server.begin(true);
        server.socket(accepted);
        servers.add(server);
        return server;
    }

    private int programs() {
        while (clients.size() < CLIENTS) {
            final SyntheticSocket client = newSocket();
            client.begin(false);
            final Socket socket = instance.openStream(client);
            client.socket(socket);
            clients.add(client);
            final int errno = socket.connect(NETWORK.address(), PORT);
            if (errno != 0 && errno != joyride.api.socket.Errno.EINPROGRESS) {
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
    public void close() {
        engine.close();
        counters.close();
        arena.close();
    }

    private final class Programs implements IpcTransport {
        @Override
        public void attach(final TransportHost host) {
            instance = host.createInstance("synthetic");
        }

        @Override
        public void detach() {
            detached = true;
        }

        @Override
        public int poll() {
            return programs();
        }

        @Override
        public void flush() {
            bury(clients);
            bury(servers);
        }

        @Override
        public void arm() {}

        @Override
        public void disarm() {}

        @Override
        public int[] wakeDescriptors() {
            return new int[0];
        }

        @Override
        public int wakeGeneration() {
            return 0;
        }
    }
}
