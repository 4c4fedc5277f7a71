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

/** A TCP socket: what a program's handle is about, over a connection, a listener, or neither. */
final class TcpSocket extends NamedSocket implements Socket {
    private final TcpInstance instance;
    private SocketOptions options;
    private Endpoint endpoint;

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

    @Override
    TcpStack stack() {
        return instance.stack();
    }

    /** Where its connection is, then the connection. */
    @Override
    public int readAhead(final int step) {
        final TcpConnection c = connection;
        return c == null ? 0 : step == 0 ? c.flags : step == 1 ? c.readAhead(0) : 0;
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

    Listener listener() {
        return listener;
    }

    SocketOptions options() {
        return options;
    }

    /** For its next connection; who calls applies them to the one that it has. */
    void options(final SocketOptions next) {
        options = next;
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

    /** @param v4 whether of IPv4: the hop limit of IPv6 has a default of its own */
    int ttl(final boolean v4) {
        if (options.ttl >= 0) {
            return options.ttl;
        }
        return v4 ? instance.tunables().ipTtl : instance.tunables().ip6HopLimit;
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
        connection.localPort = (char) chosen;
        connection.remoteHigh = address.high();
        connection.remoteLow = address.low();
        connection.remotePort = (char) port;
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

    /** Its connection has gone and the program has not: it may still ask for the addresses. */
    private void leave(final TcpConnection ended) {
        awaitsData = false;
        connection = null;
        if (!programClosed) {
            keepName(ended);
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
        if (SocketBuffers.worthAnUpdate(c)) {
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
        releasePort();
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
            releasePort();
            endpoint.failed(errno);
        }
    }

    /** Nothing of TCP stands behind the socket any more. */
    private void done() {
        unname();
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
        return SocketSettings.set(this, option, value);
    }

    @Override
    public long getOption(final SocketOption option) {
        return options.get(option, this);
    }

    @Override
    public int md5Key(final IpAddress peer, final int prefix, final byte[] key) {
        return SocketSettings.md5Key(this, peer, prefix, key);
    }

    @Override
    public int congestionControl(final String name) {
        return SocketSettings.congestionControl(this, name);
    }

    @Override
    public String congestionControl() {
        return SocketSettings.congestionControl(this);
    }

    @Override
    public int setCongestionOption(final byte[] option) {
        return SocketSettings.congestionOption(this, option);
    }

    @Override
    public int getCongestionOption(final byte[] option) {
        return SocketSettings.readCongestionOption(this, option);
    }

    @Override
    public int variant(final String name) {
        return SocketSettings.variant(this, name);
    }

    @Override
    public String variant() {
        return SocketSettings.variant(this);
    }

    @Override
    public int tcpInfo(final long address, final int room) {
        return TcpInfo.write(this, address, room);
    }
}
