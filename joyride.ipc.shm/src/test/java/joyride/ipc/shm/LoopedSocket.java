package joyride.ipc.shm;

import java.util.EnumMap;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;

/** A socket whose peer is another one of the same network: bytes go straight from ring to ring, within a window. */
final class LoopedSocket implements Socket {
    private static final String VARIANT = "freebsd";

    static final int WINDOW = 65536;
    private static final int SEND_LIMIT = 131072;

    final LoopedInstance core;
    Endpoint endpoint;
    final Map<SocketOption, Long> options = new EnumMap<>(SocketOption.class);
    LoopedSocket peer;
    IpAddress localAddress = IpAddress.ANY_V4;
    IpAddress remoteAddress = IpAddress.ANY_V4;
    int localPort;
    int remotePort;
    boolean listening;
    boolean connecting;
    boolean finSent;
    boolean finWanted;
    boolean closed;
    boolean aborted;
    boolean gone;
    int window = WINDOW;
    int accepted;
    int writes;
    int reads;
    String congestion = "cubic";

    LoopedSocket(final LoopedInstance core, final Endpoint endpoint) {
        this.core = core;
        this.endpoint = endpoint;
    }

    /** Where the peer has more than the window takes, any reading that opens it lets the peer go on. */
    @Override
    public long hearAt() {
        final boolean waits = peer != null
                && peer.endpoint != null
                && peer.endpoint.sendRing().produced()
                        > peer.endpoint.sendRing().released();
        return waits ? Math.max(endpoint.receiveRing().produced() - WINDOW + 1, 0) : Long.MAX_VALUE;
    }

    @Override
    public int connect(final IpAddress address, final int port, final int flags) {
        return connect(address, port);
    }

    @Override
    public boolean awaitsData() {
        return false;
    }

    void pump() {
        if (gone || listening || core.ended()) {
            return;
        }
        if (connecting) {
            establish();
        }
        if (peer != null) {
            move();
        }
    }

    private void establish() {
        connecting = false;
        final LoopedSocket listener = core.network.listener(remotePort);
        if (listener == null) {
            endpoint.failed(Errno.ECONNREFUSED);
            return;
        }
        final LoopedSocket other = new LoopedSocket(listener.core, null);
        other.localAddress = remoteAddress;
        other.localPort = remotePort;
        other.remoteAddress = localAddress;
        other.remotePort = localPort;
        final Endpoint side = listener.endpoint.incoming(other);
        if (side == null) {
            endpoint.failed(Errno.ECONNRESET);
            return;
        }
        other.endpoint = side;
        core.network.sockets.add(other);
        peer = other;
        other.peer = this;
        endpoint.sendRing().limit(SEND_LIMIT);
        side.sendRing().limit(SEND_LIMIT);
        endpoint.connected();
    }

    private void move() {
        final SendRing from = endpoint.sendRing();
        final ReceiveRing to = peer.endpoint.receiveRing();
        long position = from.released();
        final long until = from.produced();
        if (!peer.gone) {
            to.consumed();
            final long room = to.reserve(to.consumed(), peer.window);
            while (position < until && to.produced() < room) {
                final int piece = from.contiguous(position, (int) Math.min(until - position, room - to.produced()));
                to.write(to.produced(), from.address(position), piece);
                to.publish(to.produced() + piece);
                position += piece;
                peer.endpoint.readable();
            }
        } else {
            position = until;
        }
        if (position != from.released()) {
            from.release(position);
            endpoint.writable();
        }
        if (finWanted && !finSent && position == from.produced()) {
            finSent = true;
            if (!peer.gone) {
                peer.endpoint.endOfStream();
            }
        }
        if (closed && finSent) {
            vanish();
            endpoint.closed();
        }
    }

    /** As if it had never been, for its core. */
    void vanish() {
        gone = true;
        if (peer != null && !peer.gone && aborted) {
            peer.endpoint.failed(Errno.ECONNRESET);
        }
    }

    @Override
    public StackInstance instance() {
        return core;
    }

    @Override
    public IpAddress localAddress() {
        return localAddress;
    }

    @Override
    public int localPort() {
        return localPort;
    }

    @Override
    public IpAddress remoteAddress() {
        return remoteAddress;
    }

    @Override
    public int remotePort() {
        return remotePort;
    }

    @Override
    public String stateName() {
        return peer == null ? "CLOSED" : "ESTABLISHED";
    }

    @Override
    public int bind(final IpAddress address, final int port, final int flags) {
        if (core.network.listener(port) != null) {
            return Errno.EADDRINUSE;
        }
        localAddress = address;
        localPort = port;
        return 0;
    }

    @Override
    public int listen(final int backlog) {
        listening = true;
        return 0;
    }

    @Override
    public int connect(final IpAddress address, final int port) {
        remoteAddress = address;
        remotePort = port;
        localAddress = IpAddress.parse("127.77.0.1");
        localPort = 49152 + core.network.sockets.size();
        connecting = true;
        return 0;
    }

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void exchange(final Endpoint successor) {
        endpoint = successor;
    }

    @Override
    public void written() {
        writes++;
    }

    @Override
    public void writtenUrgent(final long end) {
        writes++;
    }

    @Override
    public void consumed() {
        reads++;
    }

    @Override
    public void shutdownSend() {
        finWanted = true;
    }

    @Override
    public void shutdownReceive() {}

    @Override
    public void close() {
        closed = true;
        finWanted = true;
        if (peer == null) {
            vanish();
            endpoint.closed();
        }
    }

    @Override
    public void abort() {
        aborted = true;
        closed = true;
        vanish();
        endpoint.closed();
    }

    @Override
    public void accepted() {
        accepted++;
    }

    @Override
    public int setOption(final SocketOption option, final long value) {
        options.put(option, value);
        return 0;
    }

    @Override
    public long getOption(final SocketOption option) {
        return options.getOrDefault(option, 0L);
    }

    @Override
    public int md5Key(final IpAddress peer, final int prefix, final byte[] key) {
        return 0;
    }

    @Override
    public int congestionControl(final String name) {
        if (!name.equals("cubic") && !name.equals("newreno")) {
            return Errno.ENOENT;
        }
        congestion = name;
        return 0;
    }

    @Override
    public String congestionControl() {
        return congestion;
    }

    @Override
    public int setCongestionOption(final byte[] option) {
        return Errno.ENOENT;
    }

    @Override
    public int getCongestionOption(final byte[] option) {
        return Errno.ENOENT;
    }

    @Override
    public int variant(final String name) {
        return name.equals(VARIANT) ? 0 : Errno.ENOENT;
    }

    @Override
    public String variant() {
        return VARIANT;
    }

    @Override
    public int tcpInfo(final long address, final int room) {
        return 0;
    }
}
