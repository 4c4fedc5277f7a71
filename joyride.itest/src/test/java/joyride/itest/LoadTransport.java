package joyride.itest;

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

/**
 * An application inside the framework: clients that send requests without pause to a server that echoes, every byte checked.
 * Runs on the event loop, as transports do; its results are read from the test's thread.
 */
final class LoadTransport implements PolledTransport {
    private final IpAddress server;
    private final IpAddress target;
    private final int port;
    private final int clients;

    private final Arena arena = Arena.ofShared();
    private final List<Connection> connections = new ArrayList<>();
    private final List<Connection> accepted = new ArrayList<>();
    private StackInstance instance;
    private volatile long requests;
    private volatile int established;
    private volatile String failure;

    /** A hundred clients over the internal loopback. */
    LoadTransport() {
        this("127.77.0.1", "127.77.0.1", 7007, 100);
    }

    /** @param server where the server listens @param target where the clients connect to */
    LoadTransport(String server, String target, int port, int clients) {
        this.server = IpAddress.parse(server);
        this.target = IpAddress.parse(target);
        this.port = port;
        this.clients = clients;
    }

    /** Requests answered, right. */
    long requests() {
        return requests;
    }

    /** Connections that were opened, ever. */
    int established() {
        return established;
    }

    /** What went wrong first, or null. */
    String failure() {
        return failure;
    }

    long instance() {
        return instance.id();
    }

    private void fail(String what) {
        if (failure == null) {
            failure = what;
        }
    }

    @Override
    public void attach(TransportHost host) {
        instance = host.createInstance("load");
        Connection listener = new Connection(true);
        listener.socket = instance.openStream(listener);
        require("bind", listener.socket.bind(server, port, 0));
        require("listen", listener.socket.listen(clients));
        for (int i = 0; i < clients; i++) {
            Connection client = new Connection(false);
            client.socket = instance.openStream(client);
            require("connect", client.socket.connect(target, port));
            connections.add(client);
        }
    }

    private void require(String what, int errno) {
        if (errno != 0 && errno != Errno.EINPROGRESS) {
            fail(what + ": errno " + errno);
        }
    }

    @Override
    public void detach() {
        instance.end("the test is over");
    }

    @Override
    public int poll() {
        if (!accepted.isEmpty()) {
            connections.addAll(accepted);
            accepted.clear();
        }
        int done = 0;
        for (Connection connection : connections) {
            done += connection.run();
        }
        return done;
    }

    /** One program's end of a connection. */
    private final class Connection implements Endpoint {
        private final boolean server;
        private final LoadRing receive = new LoadRing(arena);
        private final LoadRing send = new LoadRing(arena);
        private Socket socket;
        private boolean ready;
        private long outstanding;
        private long owed;
        private long round;

        Connection(boolean server) {
            this.server = server;
        }

        int run() {
            if (!ready) {
                return 0;
            }
            ready = false;
            int count = receive.check();
            if (count < 0) {
                fail("a byte is wrong");
                return 0;
            }
            if (count > 0) {
                socket.consumed();
            }
            return server ? answer(count) : ask(count);
        }

        private int answer(int count) {
            owed += count;
            int sent = send.fill((int) owed);
            owed -= sent;
            if (sent > 0) {
                socket.written();
            }
            return count + sent;
        }

        private int ask(int count) {
            outstanding -= count;
            if (outstanding > 0) {
                return count;
            }
            if (outstanding < 0) {
                fail("more bytes came back than were sent");
            }
            requests++;
            round++;
            outstanding = send.fill(round % 16 == 0 ? 30_000 : 100);
            socket.written();
            return 1;
        }

        @Override
        public LoadRing receiveRing() {
            return receive;
        }

        @Override
        public LoadRing sendRing() {
            return send;
        }

        @Override
        public void readable() {
            ready = true;
        }

        @Override
        public void writable() {
            ready = true;
        }

        @Override
        public void connected() {
            established++;
            ready = true;
        }

        @Override
        public void endOfStream() {
            fail("a connection ended");
        }

        @Override
        public void sendClosed() {
            fail("a connection was closed for sending");
        }

        @Override
        public void failed(int errno) {
            if (!instance.ended()) {
                fail("a connection failed with errno " + errno);
            }
        }

        @Override
        public void closed() {}

        @Override
        public void receiveLimit(int bytes) {}

        @Override
        public Endpoint incoming(Socket incoming) {
            Connection connection = new Connection(true);
            connection.socket = incoming;
            accepted.add(connection);
            incoming.accepted();
            return connection;
        }
    }
}
