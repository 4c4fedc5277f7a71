package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpVariant;
import joyride.core.ip.Path;
import joyride.core.share.Wildcards;

/** A TCP socket: what a program's handle is about, over a connection, a listener, or neither. */
final class TcpSocket implements Socket {
    private final TcpInstance instance;
    private SocketOptions options;
    private Endpoint endpoint;

    /** Its addresses while it has no connection. */
    private SocketName name = SocketName.NONE;

    private PortTable.Binding binding;
    private TcpConnection connection;
    private TimeWait timeWait;

    /** Of a listening socket. */
    private Listener listener;

    /** Of a connection not yet accepted: whose queue it is in. */
    private Listener queue;

    private boolean connecting;

    /** It opens, and its SYN waits for data. */
    private boolean awaitsData;

    private boolean programClosed;
    private boolean closedTold;

    /** Neighbours in the instance's list. */
    TcpSocket nextOfInstance;

    TcpSocket previousOfInstance;

    TcpSocket(final TcpInstance instance, final Endpoint endpoint) {
        this.instance = instance;
        this.endpoint = endpoint;
        options = SocketOptions.DEFAULTS;
        instance.register(this);
    }

    /** An accepted connection's, with what it inherits from its listener. @param encapsPort UDP port of the peer; 0: plain TCP */
    TcpSocket(final Listener listener, final int encapsPort) {
        instance = listener.socket.instance;
        options = stack().optionSets().inherited(listener.socket.options, encapsPort, instance.tunables());
        queue = listener;
        instance.register(this);
    }

    private TcpStack stack() {
        return instance.stack();
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
        final TcpConnection c = connection;
        return c != null ? new IpAddress(c.localHigh, c.localLow) : new IpAddress(name.localHigh, name.localLow);
    }

    @Override
    public int localPort() {
        return connection != null ? connection.localPort : name.localPort;
    }

    @Override
    public IpAddress remoteAddress() {
        final TcpConnection c = connection;
        return c != null ? new IpAddress(c.remoteHigh, c.remoteLow) : new IpAddress(name.remoteHigh, name.remoteLow);
    }

    @Override
    public int remotePort() {
        return connection != null ? connection.remotePort : name.remotePort;
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
        return binding == null ? 0 : binding.port;
    }

    int tos() {
        return options.tos;
    }

    /** @param v4 whether of IPv4: the hop limit of IPv6 has a default of its own */
    int ttl(final boolean v4) {
        if (options.ttl >= 0) {
            return options.ttl;
        }
        return v4 ? instance.tunables().ipTtl : instance.tunables().ip6HopLimit;
    }

    private boolean isV4() {
        final IpAddress known = remotePort() != 0 ? remoteAddress() : localAddress();
        return known.isV4();
    }

    int ttl() {
        return ttl(isV4());
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
        ownName();
        // To a program all wildcards of IPv6 are "::".
        name.localHigh = Wildcards.isWildcard(to.high, to.low) ? 0 : to.high;
        name.localLow = to.low;
        name.localPort = to.port;
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
        return ActiveOpen.connect(this, address, port, false);
    }

    @Override
    public int connect(final IpAddress address, final int port, final int flags) {
        if ((flags & FAST_OPEN) == 0) {
            return connect(address, port);
        }
        if (instance.tunables().fastOpenClientEnable == 0) {
            return Errno.EOPNOTSUPP;
        }
        if (connection == null) {
            options = stack().optionSets().with(options, SocketOption.TCP_FASTOPEN, 1, instance.tunables());
        }
        return ActiveOpen.connect(this, address, port, true);
    }

    @Override
    public boolean awaitsData() {
        return awaitsData;
    }

    /** Its SYN waits for data, or does no more. */
    void awaitsData(final boolean waits) {
        awaitsData = waits;
    }

    /** The tuple of an active open, and its connection. */
    TcpConnection open(final Path path, final int chosen, final IpAddress address, final int port) {
        connecting = true;
        connection = instance.newConnection(this);
        connection.localHigh = path.sourceHigh;
        connection.localLow = path.sourceLow;
        connection.localPort = chosen;
        connection.remoteHigh = address.high();
        connection.remoteLow = address.low();
        connection.remotePort = port;
        connection.path = path;
        return connection;
    }

    /** A handshake was completed by a peer: its addresses are the socket's from now on. {@link #adopt} follows, or {@link #unqueued}. */
    void takes(final TcpConnection accepted) {
        connection = accepted;
    }

    void adopt(final Endpoint programSide) {
        endpoint = programSide;
    }

    private void ownName() {
        if (name == SocketName.NONE) {
            name = stack().pool().name();
        }
    }

    /** Its connection has gone and the program has not: it may still ask for the addresses. */
    private void leave(final TcpConnection ended) {
        awaitsData = false;
        connection = null;
        if (!programClosed) {
            ownName();
            name.take(ended);
        }
    }

    /** Options and rings into a fresh control block. */
    void apply(final TcpConnection fresh) {
        SocketBuffers.open(fresh, endpoint, this);
        options.apply(fresh);
    }

    // ------------------------------------------------------------------ what the program does

    @Override
    public void written() {
        if (connection == null) {
            return;
        }
        if (awaitsData) {
            awaitsData = false;
            ActiveOpen.depart(instance, connection);
        } else {
            instance.guard().output(connection);
        }
    }

    @Override
    public void writtenUrgent(final long end) {
        if (connection != null) {
            connection.refreshProduced();
            if (!connection.sendClosed && end <= connection.sndProduced && end > connection.sndUnaPosition) {
                connection.sndUp = connection.sndUna + (int) (end - connection.sndUnaPosition);
                connection.set(TcpControlBlock.URGENT);
            }
            written();
        }
    }

    @Override
    public void consumed() {
        final TcpConnection c = connection;
        if (c == null || c.state < TcpState.ESTABLISHED || TcpState.haveReceivedFin(c.state)) {
            return;
        }
        // Below what any variant announces nothing needs to be looked at.
        final int left = Math.max(c.rcvAdv - c.rcvNxt, 0);
        final int gain = SocketBuffers.receiveSpace(c) - left;
        if (gain >= Math.min(2 * c.maxSeg, c.rcvHiwat >> 1)
                || c.is(TcpControlBlock.RXWIN0SENT)
                || left < c.maxSeg && gain > 0 && 2 * gain >= SocketBuffers.receiveBuffer(c)) {
            instance.guard().output(c);
        }
    }

    @Override
    public long hearAt() {
        final TcpConnection c = connection;
        return c == null || c.state < TcpState.ESTABLISHED || TcpState.haveReceivedFin(c.state) || c.receiveClosed
                ? Long.MAX_VALUE
                : SocketBuffers.hearAt(c);
    }

    @Override
    public void shutdownSend() {
        final TcpConnection c = connection;
        if (c == null || c.sendClosed) {
            return;
        }
        if (awaitsData) {
            written();
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
        stack().listeners().remove(listener);
        stack().syncache().forget(listener);
        listener = null;
    }

    /** The transport had no room for it. */
    void unqueued() {
        connection = null;
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
        leave(ended);
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
        leave(ended);
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
            stack().ports().release(binding);
            binding = null;
        }
    }

    /** Nothing of TCP stands behind the socket any more. */
    private void done() {
        releaseBinding();
        if (name != SocketName.NONE) {
            stack().pool().giveBack(name);
            name = SocketName.NONE;
        }
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
        final OptionSets sets = stack().optionSets();
        options = sets.with(options, option, value, instance.tunables());
        final int error = sets.error();
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
        final OptionSets sets = stack().optionSets();
        options = sets.with(options, peer, prefix, key);
        final int error = sets.error();
        if (error == 0 && connection != null) {
            options.apply(connection);
        }
        return error;
    }

    @Override
    public int congestionControl(final String name) {
        if (!stack().variants().hasCongestionControl(name)) {
            return Errno.ENOENT;
        }
        options = stack().optionSets().with(options, name);
        if (connection != null) {
            connection.wantedCc = name;
            instance.succession()
                    .switchCongestionControl(connection, stack().variants().congestionControlFor(connection));
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

    private CongestionControl algorithm() {
        return connection != null
                ? connection.cc
                : stack().variants().congestionControl(options.congestionControl, instance);
    }

    @Override
    public int setCongestionOption(final byte[] option) {
        final int refused = instance.guard().congestionOption(algorithm(), connection, option);
        if (refused == 0) {
            options = stack().optionSets().withCongestionOption(options, option);
        }
        return refused;
    }

    @Override
    public int getCongestionOption(final byte[] option) {
        if (connection == null) {
            for (final byte[] set : options.congestionOptions) {
                if (set.length == option.length && OptionSets.sameName(set, option)) {
                    System.arraycopy(set, 0, option, 0, set.length);
                    return 0;
                }
            }
        }
        return algorithm().getOption(connection, instance.tunables(), option);
    }

    @Override
    public int variant(final String name) {
        final TcpVariant wanted = stack().variants().variant(name);
        if (wanted == null) {
            return Errno.ENOENT;
        }
        if (connection != null && connection.variant != wanted) {
            final int refused = instance.succession().choose(connection, wanted);
            if (refused != 0) {
                return refused;
            }
        }
        options = stack().optionSets().withVariant(options, name);
        return 0;
    }

    @Override
    public String variant() {
        if (connection != null && connection.variant != null) {
            return connection.variant.name();
        }
        return options.variant != null ? options.variant : instance.owner().variant();
    }

    @Override
    public int tcpInfo(final long address, final int room) {
        return TcpInfo.write(this, address, room);
    }
}
