package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.core.ip.Path;
import joyride.core.share.Wildcards;

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

    @Override
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public void exchange(final Endpoint successor) {
        endpoint = successor;
        if (connection != null) {
            connection.sendRing = successor.sendRing();
            connection.receiveRing = successor.receiveRing();
        }
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

    /** The port that the program bound; 0: none. */
    int boundPort() {
        return binding == null ? 0 : localPort;
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
        return PassiveOpen.bind(this, address, port, (flags & V6_ONLY) != 0);
    }

    /** Its name from now on. */
    void bound(final PortTable.Binding to) {
        binding = to;
        to.socket = this;
        // To a program all wildcards of IPv6 are "::".
        localHigh = Wildcards.isWildcard(to.high, to.low) ? 0 : to.high;
        localLow = to.low;
        localPort = to.port;
    }

    PortTable.Binding binding() {
        return binding;
    }

    @Override
    public int listen(final int backlog) {
        return PassiveOpen.listen(this, backlog);
    }

    void listening(final Listener with) {
        listener = with;
    }

    @Override
    public int connect(final IpAddress address, final int port) {
        return ActiveOpen.connect(this, address, port);
    }

    /** The tuple of an active open, and its connection. */
    TcpConnection open(final Path path, final int chosen, final IpAddress address, final int port) {
        localHigh = path.sourceHigh;
        localLow = path.sourceLow;
        localPort = chosen;
        remoteHigh = address.high();
        remoteLow = address.low();
        remotePort = port;
        connecting = true;
        connection = instance.newConnection(this);
        connection.localHigh = localHigh;
        connection.localLow = localLow;
        connection.localPort = localPort;
        connection.remoteHigh = remoteHigh;
        connection.remoteLow = remoteLow;
        connection.remotePort = remotePort;
        connection.path = path;
        return connection;
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

    /** Options and rings into a fresh control block. */
    void apply(final TcpConnection fresh) {
        SocketBuffers.open(fresh, endpoint, this);
        options.apply(fresh);
    }

    // ------------------------------------------------------------------ what the program does

    @Override
    public void written() {
        if (connection != null) {
            instance.guard().output(connection);
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
            instance.guard().output(c);
        }
    }

    @Override
    public void shutdownSend() {
        final TcpConnection c = connection;
        if (c == null || c.sendClosed) {
            return;
        }
        Closing.closeSending(c);
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
            Closing.close(c, options.linger == 0);
        } else {
            if (timeWait != null) {
                timeWait.socket = null;
                timeWait = null;
            }
            done();
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
            instance.ends().drop(connection, 0);
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
        if (option == SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT && state() != TcpState.CLOSED) {
            return Errno.EINVAL;
        }
        final int error = options.set(option, value, instance.tunables());
        if (error != 0 || connection == null) {
            if (option == SocketOption.TCP_FASTOPEN && error == 0 && value != 0 && state() == TcpState.CLOSED) {
                // What the program writes before it connects may go with the SYN.
                endpoint.sendRing().limit(sendBuffer());
            }
            return error;
        }
        return instance.guard().option(connection, options, option, value);
    }

    @Override
    public long getOption(final SocketOption option) {
        return options.get(option, this);
    }

    @Override
    public int md5Key(final IpAddress peer, final int prefix, final byte[] key) {
        final int error = options.md5Keys.set(peer, prefix, key);
        if (error == 0 && connection != null) {
            options.apply(connection);
        }
        return error;
    }

    @Override
    public int congestionControl(final String name) {
        if (!stack.variants().hasCongestionControl(name)) {
            return Errno.ENOENT;
        }
        options.congestionControl = name;
        if (connection != null) {
            connection.wantedCc = name;
            instance.succession()
                    .switchCongestionControl(connection, stack.variants().congestionControlFor(connection));
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
}
