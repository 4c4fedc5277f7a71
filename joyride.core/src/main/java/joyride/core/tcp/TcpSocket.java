package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;
import joyride.core.ip.Path;

/** A TCP socket: what a program's handle is about, over a connection, a listener, or neither. */
final class TcpSocket implements Socket {
    private final TcpStack stack;
    private final TcpInstance instance;
    private final SocketOptions options;
    private Endpoint endpoint;
    private long localHigh;
    private long localLow = IpAddress.ANY_V4.low();
    private long remoteHigh;
    private long remoteLow = IpAddress.ANY_V4.low();
    private int localPort;
    private int remotePort;
    private PortTable.Binding binding;
    private TcpConnection connection;
    private TimeWait timeWait;

    /** Of a listening socket. */
    private Listener listener;

    /** Of a connection not yet accepted: whose queue it is in. */
    private Listener queue;

    private boolean connecting;
    private boolean programClosed;
    private boolean closedTold;

    /** Neighbours in the instance's list. */
    TcpSocket nextOfInstance;

    TcpSocket previousOfInstance;

    TcpSocket(final TcpStack stack, final TcpInstance instance, final Endpoint endpoint) {
        this.stack = stack;
        this.instance = instance;
        this.endpoint = endpoint;
        options = new SocketOptions();
        instance.register(this);
    }

    /** An accepted connection's, with what it inherits from its listener. */
    TcpSocket(final Listener listener) {
        stack = listener.socket.stack;
        instance = listener.socket.instance;
        options = new SocketOptions(listener.socket.options);
        queue = listener;
        instance.register(this);
    }

    TcpInstance tcpInstance() {
        return instance;
    }

    @Override
    public StackInstance instance() {
        return instance.owner();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    TcpConnection connection() {
        return connection;
    }

    Listener listener() {
        return listener;
    }

    SocketOptions options() {
        return options;
    }

    @Override
    public IpAddress localAddress() {
        return new IpAddress(localHigh, localLow);
    }

    @Override
    public int localPort() {
        return localPort;
    }

    @Override
    public IpAddress remoteAddress() {
        return new IpAddress(remoteHigh, remoteLow);
    }

    @Override
    public int remotePort() {
        return remotePort;
    }

    @Override
    public String stateName() {
        return TcpState.name(state());
    }

    int state() {
        if (connection != null) {
            return connection.state;
        }
        if (listener != null) {
            return TcpState.LISTEN;
        }
        return timeWait != null ? TcpState.TIME_WAIT : TcpState.CLOSED;
    }

    int tos() {
        return options.tos;
    }

    int ttl() {
        return options.ttl >= 0 ? options.ttl : instance.tunables().ipTtl;
    }

    int receiveBuffer() {
        return options.receiveBuffer > 0 ? options.receiveBuffer : instance.tunables().recvSpace;
    }

    int sendBuffer() {
        return options.sendBuffer > 0 ? options.sendBuffer : instance.tunables().sendSpace;
    }

    // ------------------------------------------------------------------ opening

    @Override
    public int bind(final IpAddress address, final int port, final int flags) {
        if (localPort != 0 || connection != null || port < 0 || port > 65535) {
            return Errno.EINVAL;
        }
        if (!address.isAny() && !stack.isLocal(address.high(), address.low())) {
            return Errno.EADDRNOTAVAIL;
        }
        final int reuse = options.reuseFlags();
        int chosen = port;
        if (port == 0) {
            chosen = stack.ephemeral(address.high(), address.low(), instance.tunables());
            if (chosen == 0) {
                return Errno.EADDRINUSE;
            }
        } else {
            final int refused = stack.ports().check(TcpHeader.PROTOCOL, address.high(), address.low(), port, reuse);
            if (refused != 0) {
                return refused;
            }
        }
        binding = stack.ports().bind(TcpHeader.PROTOCOL, address.high(), address.low(), chosen, reuse);
        localHigh = address.high();
        localLow = address.low();
        localPort = chosen;
        return 0;
    }

    @Override
    public int listen(final int backlog) {
        final int most = instance.tunables().soAcceptQueue;
        final int length = backlog <= 0 || backlog > most ? most : backlog;
        if (listener != null) {
            listener.backlog = length;
            return 0;
        }
        if (connection != null || timeWait != null || remotePort != 0) {
            return Errno.EINVAL;
        }
        if (binding == null) {
            final int error = bind(new IpAddress(localHigh, localLow), 0, 0);
            if (error != 0) {
                return error;
            }
        }
        binding.flags = options.reuseFlags();
        final int refused = stack.ports().listen(binding);
        if (refused != 0) {
            return refused;
        }
        listener = new Listener(this, localHigh, localLow, localPort, length);
        stack.listeners().add(listener);
        return 0;
    }

    @Override
    public int connect(final IpAddress address, final int port) {
        if (listener != null) {
            return Errno.EOPNOTSUPP;
        }
        if (connection != null) {
            return TcpState.haveEstablished(connection.state) ? Errno.EISCONN : Errno.EALREADY;
        }
        if (address.isMulticast() || port <= 0 || port > 65535) {
            return port == 0 ? Errno.EADDRNOTAVAIL : Errno.ENETUNREACH;
        }
        final boolean anyLocal = localHigh == 0 && (localLow == 0 || localLow == IpAddress.ANY_V4.low());
        final Path path = stack.path(anyLocal ? 0 : localHigh, anyLocal ? 0 : localLow, address.high(), address.low());
        if (path == null) {
            return Errno.ENETUNREACH;
        }
        final int chosen = stack.connectPort(
                path.sourceHigh,
                path.sourceLow,
                binding == null ? 0 : localPort,
                address.high(),
                address.low(),
                port,
                instance.tunables());
        if (chosen <= 0) {
            return chosen == 0 ? Errno.EADDRNOTAVAIL : -chosen;
        }
        localHigh = path.sourceHigh;
        localLow = path.sourceLow;
        localPort = chosen;
        remoteHigh = address.high();
        remoteLow = address.low();
        remotePort = port;
        connecting = true;
        open(path);
        return 0;
    }

    private void open(final Path path) {
        final TcpConnection opened = instance.newConnection(this);
        connection = opened;
        opened.localHigh = localHigh;
        opened.localLow = localLow;
        opened.localPort = localPort;
        opened.remoteHigh = remoteHigh;
        opened.remoteLow = remoteLow;
        opened.remotePort = remotePort;
        opened.path = path;
        instance.add(opened);
        final TcpTunables tunables = instance.tunables();
        if (tunables.rfc1323 == 1 || tunables.rfc1323 == 2) {
            opened.set(TcpControlBlock.REQ_SCALE);
        }
        if (tunables.rfc1323 == 1 || tunables.rfc1323 == 3) {
            opened.set(TcpControlBlock.REQ_TSTMP);
        }
        if (tunables.sackEnable != 0) {
            opened.set(TcpControlBlock.SACK_PERMIT);
        }
        opened.iss = instance.initialSequence(opened);
        opened.sndUna = opened.iss;
        opened.sndNxt = opened.iss;
        opened.sndMax = opened.iss;
        opened.sndUp = opened.iss;
        opened.sndRecover = opened.iss;
        opened.sndUnaPosition = -1;
        opened.state = TcpState.SYN_SENT;
        instance.count(TcpCounter.CONNATTEMPT);
        instance.equip(opened);
        instance.timer(opened, TcpTimer.KEEP, opened.keepInit > 0 ? opened.keepInit : instance.tunables().keepInit);
        instance.output(opened);
    }

    /** A handshake was completed by a peer: sets the socket up around its connection. */
    void adopt(final TcpConnection accepted, final Endpoint programSide) {
        connection = accepted;
        endpoint = programSide;
        copyTuple(accepted);
    }

    void copyTuple(final TcpConnection from) {
        localHigh = from.localHigh;
        localLow = from.localLow;
        localPort = from.localPort;
        remoteHigh = from.remoteHigh;
        remoteLow = from.remoteLow;
        remotePort = from.remotePort;
    }

    void endpoint(final Endpoint programSide) {
        endpoint = programSide;
    }

    /** Options and rings into a fresh control block. */
    void apply(final TcpConnection fresh) {
        fresh.sndHiwat = sendBuffer();
        fresh.rcvHiwat = receiveBuffer();
        fresh.sndAutosize = options.sendBuffer <= 0;
        fresh.rcvAutosize = options.receiveBuffer <= 0;
        if (fresh.is(TcpControlBlock.LOCAL)) {
            // Segments of the internal loopback are larger than FreeBSD's buffers: room for two of them.
            final int two = 2 * stack.mssOf(fresh.path);
            fresh.sndHiwat = fresh.sndAutosize ? Math.max(fresh.sndHiwat, two) : fresh.sndHiwat;
            fresh.rcvHiwat = fresh.rcvAutosize ? Math.max(fresh.rcvHiwat, two) : fresh.rcvHiwat;
        }
        if (endpoint != null) {
            fresh.sendRing = endpoint.sendRing();
            fresh.receiveRing = endpoint.receiveRing();
            fresh.sendRing.limit(fresh.sndHiwat);
        }
        options.apply(fresh);
    }

    // ------------------------------------------------------------------ what the program does

    @Override
    public void written() {
        if (connection != null) {
            instance.output(connection);
        }
    }

    @Override
    public void consumed() {
        final TcpConnection c = connection;
        if (c == null || c.state < TcpState.ESTABLISHED || TcpState.haveReceivedFin(c.state)) {
            return;
        }
        // Below what any variant announces nothing needs to be looked at.
        final int gain = SocketBuffers.receiveSpace(c) - Math.max(c.rcvAdv - c.rcvNxt, 0);
        if (gain >= Math.min(2 * c.maxSeg, c.rcvHiwat >> 1) || c.is(TcpControlBlock.RXWIN0SENT)) {
            instance.output(c);
        }
    }

    @Override
    public void shutdownSend() {
        final TcpConnection c = connection;
        if (c == null || c.sendClosed) {
            return;
        }
        closeSending(c);
    }

    /** tcp_usrclosed: the FIN's place is fixed now, whatever the program writes later. */
    private void closeSending(final TcpConnection c) {
        if (!c.sendClosed) {
            c.refreshProduced();
            c.sendClosed = true;
        }
        switch (c.state) {
            case TcpState.SYN_SENT, TcpState.SYN_RECEIVED -> c.set(TcpControlBlock.NEEDFIN);
            case TcpState.ESTABLISHED -> c.state = TcpState.FIN_WAIT_1;
            case TcpState.CLOSE_WAIT -> c.state = TcpState.LAST_ACK;
            default -> {}
        }
        if (c.programClosed && c.state == TcpState.FIN_WAIT_2 && !c.timerActive(TcpTimer.MSL2)) {
            instance.timer(c, TcpTimer.MSL2, orphanWait(c));
        }
        instance.output(c);
    }

    /** How long FIN_WAIT_2 lasts without a program. */
    private static long orphanWait(final TcpConnection c) {
        final TcpTunables tunables = c.instance.tunables();
        if (tunables.fastFinWait2Recycle != 0) {
            return tunables.finWait2Timeout;
        }
        final int count = c.keepCnt > 0 ? c.keepCnt : tunables.keepCnt;
        return (long) count * (c.keepIntvl > 0 ? c.keepIntvl : tunables.keepIntvl);
    }

    @Override
    public void shutdownReceive() {
        final TcpConnection c = connection;
        if (c != null && !c.receiveClosed) {
            c.receiveClosed = true;
            if (c.reassembly != null) {
                c.reassembly.clear();
            }
        }
    }

    @Override
    public void close() {
        if (programClosed) {
            return;
        }
        programClosed = true;
        leaveQueue();
        if (listener != null) {
            closeListener();
        }
        final TcpConnection c = connection;
        if (c != null) {
            closeConnection(c);
        } else {
            if (timeWait != null) {
                timeWait.socket = null;
                timeWait = null;
            }
            done();
        }
    }

    private void closeConnection(final TcpConnection c) {
        final boolean unread = c.receiveRing.produced() > c.receiveRing.consumed();
        c.programClosed = true;
        if (c.state < TcpState.ESTABLISHED && c.state != TcpState.SYN_RECEIVED) {
            instance.finish(c, 0);
        } else if (options.linger == 0 || unread) {
            // RFC 2525 §2.17: the peer must learn that its data was lost.
            instance.drop(c, 0);
        } else {
            if (c.reassembly != null) {
                c.reassembly.clear();
            }
            closeSending(c);
        }
    }

    @Override
    public void abort() {
        if (programClosed && connection == null) {
            return;
        }
        programClosed = true;
        leaveQueue();
        if (listener != null) {
            closeListener();
        }
        if (connection != null) {
            connection.programClosed = true;
            instance.drop(connection, 0);
        } else {
            if (timeWait != null) {
                timeWait.socket = null;
                timeWait = null;
            }
            done();
        }
    }

    private void closeListener() {
        listener.open = false;
        stack.listeners().remove(listener);
        stack.syncache().forget(listener);
        listener = null;
    }

    /** The transport had no room for it. */
    void unqueued() {
        queue = null;
        closedTold = true;
        instance.unregister(this);
    }

    private void leaveQueue() {
        if (queue != null) {
            queue.queued--;
            queue = null;
        }
    }

    @Override
    public void accepted() {
        leaveQueue();
    }

    // ------------------------------------------------------------------ what happens to the connection

    void connected() {
        if (connecting) {
            connecting = false;
            if (!programClosed) {
                endpoint.connected();
            }
        }
    }

    /** @param errno 0: an orderly end */
    void connectionEnded(final TcpConnection ended, final int errno) {
        connection = null;
        if (programClosed) {
            done();
            return;
        }
        releaseBinding();
        if (errno != 0) {
            endpoint.failed(errno);
        } else if (ended.sendClosed) {
            endpoint.sendClosed();
        }
    }

    void enteredTimeWait(final TimeWait entry, final TcpConnection ended) {
        connection = null;
        if (programClosed) {
            done();
        } else {
            timeWait = entry;
            entry.socket = this;
        }
    }

    void timeWaitEnded() {
        timeWait = null;
    }

    void instanceEnded(final int errno) {
        leaveQueue();
        if (listener != null) {
            closeListener();
        }
        if (timeWait != null) {
            timeWait.socket = null;
            timeWait = null;
        }
        if (programClosed) {
            done();
        } else {
            releaseBinding();
            endpoint.failed(errno);
        }
    }

    private void releaseBinding() {
        if (binding != null) {
            stack.ports().release(binding);
            binding = null;
        }
    }

    /** Nothing of TCP stands behind the socket any more. */
    private void done() {
        releaseBinding();
        if (!closedTold) {
            closedTold = true;
            instance.unregister(this);
            if (endpoint != null) {
                endpoint.closed();
            }
        }
    }

    // ------------------------------------------------------------------ options

    @Override
    public int setOption(final SocketOption option, final long value) {
        final int error = options.set(option, value, instance.tunables());
        if (error != 0 || connection == null) {
            return error;
        }
        return instance.option(connection, options, option, value);
    }

    @Override
    public long getOption(final SocketOption option) {
        return options.get(option, this);
    }

    @Override
    public int congestionControl(final String name) {
        if (!stack.hasCongestionControl(name)) {
            return Errno.ENOENT;
        }
        options.congestionControl = name;
        if (connection != null) {
            connection.wantedCc = name;
            instance.switchCongestionControl(connection, stack.congestionControlFor(connection));
        }
        return 0;
    }

    @Override
    public String congestionControl() {
        if (connection != null) {
            return connection.cc.name();
        }
        return options.congestionControl != null
                ? options.congestionControl
                : instance.owner().congestionControl();
    }

    @Override
    public int tcpInfo(final long address, final int room) {
        return TcpInfo.write(this, address, room);
    }

    /** Bytes received that the program has not read, or waiting connections of a listener. */
    long receiveQueue() {
        if (listener != null) {
            return listener.queued;
        }
        return connection == null || programClosed
                ? 0
                : connection.receiveRing.produced() - connection.receiveRing.consumed();
    }

    /** Bytes written that the peer has not acknowledged. */
    long sendQueue() {
        if (listener != null) {
            return listener.backlog;
        }
        return connection == null ? 0 : Math.max(connection.sndProduced - Math.max(connection.sndUnaPosition, 0), 0);
    }
}
