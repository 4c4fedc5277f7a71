package joyride.core.tcp;

import java.util.Locale;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTunables;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.time.TimerWheel;

/** TCP of one stack instance: its sockets, its connections, its numbers, its end. */
final class TcpInstance {
    private final TcpStack stack;
    private final Instance owner;
    private final TcpTunables tunables;
    private final CounterBlock counters;
    private final CounterBlock drops;
    private final TimerWheel timers;
    private TcpConnection[] connections = new TcpConnection[16];
    private int connectionCount;
    private TcpSocket sockets;
    private final VariantHost host;
    private final VariantGuard guard;
    private final ConnectionEnds ends;
    private final Succession succession;
    private final FastOpenKeys fastOpenKeys;
    private boolean endPending;
    private int endErrno;
    private boolean ended;

    TcpInstance(final TcpStack stack, final Instance owner, final CounterStore store) {
        this.stack = stack;
        this.owner = owner;
        tunables = owner.tunables();
        counters = store.block("tcp", description());
        drops = owner.counters();
        timers = stack.timers();
        host = new VariantHost(this);
        guard = new VariantGuard(this);
        ends = new ConnectionEnds(this);
        succession = new Succession(this);
        fastOpenKeys = new FastOpenKeys(stack.random());
        stack.tunnels().follow(tunables);
    }

    static CounterStore.Description description() {
        final TcpCounter[] all = TcpCounter.values();
        final String[] names = new String[all.length];
        final String[] descriptions = new String[all.length];
        for (int i = 0; i < all.length; i++) {
            names[i] = all[i].name().toLowerCase(Locale.ROOT);
            descriptions[i] = all[i].description();
        }
        return new CounterStore.Description(names, descriptions);
    }

    Instance owner() {
        return owner;
    }

    TcpStack stack() {
        return stack;
    }

    CounterBlock counters() {
        return counters;
    }

    TcpTunables tunables() {
        return tunables;
    }

    /** The turn's time, ms. */
    long now() {
        return stack.now();
    }

    TimerWheel timers() {
        return timers;
    }

    void count(final TcpCounter counter) {
        counters.increment(counter.ordinal());
    }

    void count(final TcpCounter counter, final int amount) {
        counters.add(counter.ordinal(), amount);
    }

    void drop(final DropReason reason) {
        drops.drop(reason);
    }

    /** Calls into its variants. */
    VariantGuard guard() {
        return guard;
    }

    ConnectionEnds ends() {
        return ends;
    }

    Succession succession() {
        return succession;
    }

    /** Cookies for its clients. */
    FastOpenKeys fastOpenKeys() {
        return fastOpenKeys;
    }

    VariantHost host() {
        return host;
    }

    boolean ended() {
        return ended;
    }

    int connectionCount() {
        return connectionCount;
    }

    TcpConnection connection(final int index) {
        return connections[index];
    }

    // ------------------------------------------------------------------ sockets

    TcpSocket open(final Endpoint endpoint) {
        return new TcpSocket(this, endpoint);
    }

    void register(final TcpSocket socket) {
        socket.nextOfInstance = sockets;
        if (sockets != null) {
            sockets.previousOfInstance = socket;
        }
        sockets = socket;
        owner.socketCount(1);
    }

    void unregister(final TcpSocket socket) {
        if (socket.previousOfInstance != null) {
            socket.previousOfInstance.nextOfInstance = socket.nextOfInstance;
        } else {
            sockets = socket.nextOfInstance;
        }
        if (socket.nextOfInstance != null) {
            socket.nextOfInstance.previousOfInstance = socket.previousOfInstance;
        }
        socket.nextOfInstance = null;
        socket.previousOfInstance = null;
        owner.socketCount(-1);
    }

    TcpSocket firstSocket() {
        return sockets;
    }

    // ------------------------------------------------------------------ connections

    /** A fresh control block, in no table yet; sequence numbers and addresses are the caller's to set. */
    TcpConnection newConnection(final TcpSocket socket) {
        final TcpConnection connection = stack.pool().take();
        connection.instance = this;
        connection.host = host;
        connection.socket = socket;
        connection.maxSeg = tunables.mssDefault;
        connection.rttMin = tunables.rexmitMin;
        // Of 16ths: until a round trip is known, four times this is the timeout that is backed off from (RFC 6298 §2.1,
        // §5.5).
        connection.rttvar = tunables.rexmitInitial * 4;
        connection.rxtCur = tunables.rexmitInitial;
        connection.sndCwnd = TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT;
        connection.sndSsthresh = TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT;
        connection.requestRScale = (byte) windowScale();
        final int now = (int) stack.now();
        connection.rcvTime = now;
        connection.sndTime = now;
        connection.ackTime = now;
        return connection;
    }

    /** Puts a connection whose tuple is set into the tables and gives it a variant and a congestion control. */
    void add(final TcpConnection connection) {
        if (connectionCount == connections.length) {
            connections = java.util.Arrays.copyOf(connections, 2 * connectionCount);
        }
        connection.index = connectionCount;
        connections[connectionCount++] = connection;
        connection.alive = true;
        stack.connections().add(connection);
        stack.ports().connectionAdded(connection.localHigh, connection.localLow, connection.localPort);
        if (tunables.tsOffsetPerConn != 0) {
            connection.tsOffset = timestampOffset(
                    connection.localHigh,
                    connection.localLow,
                    connection.localPort,
                    connection.remoteHigh,
                    connection.remoteLow,
                    connection.remotePort);
        }
        connection.tos = (short) connection.socket.tos();
        connection.ttl = (short) connection.socket.ttl(IpAddress.isV4(connection.remoteHigh, connection.remoteLow));
        if (connection.path.loopback) {
            connection.set(TcpControlBlock.LOCAL);
            connection.rttMin = Math.max(tunables.rexmitMin, tunables.rexmitMinLocal);
        }
        connection.socket.apply(connection);
    }

    void remove(final TcpConnection connection) {
        final TcpConnection last = connections[--connectionCount];
        connections[connection.index] = last;
        last.index = connection.index;
        connections[connectionCount] = null;
        connection.alive = false;
        stack.connections().remove(connection);
        connection.part();
        connection.expireNever(timers);
        unpace(connection);
    }

    /** It sends at {@code nanos} after the turn's time, not earlier. @return false: too many wait already */
    boolean pace(final TcpConnection connection, final long nanos) {
        if (connection.pace == null) {
            if (stack.pool().paced() >= tunables.pacingLimit) {
                return false;
            }
            connection.pace = stack.pool().pace(connection);
        }
        stack.pacing().arm(connection.pace, nanos);
        return true;
    }

    /** It waits no more for its time to send. */
    void unpace(final TcpConnection connection) {
        if (connection.pace != null) {
            stack.pacing().cancel(connection.pace);
            stack.pool().giveBack(connection.pace);
            connection.pace = null;
        }
    }

    int timestampOffset(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort) {
        return tunables.tsOffsetPerConn == 0
                ? 0
                : stack.sequences().timestampOffset(localHigh, localLow, localPort, remoteHigh, remoteLow, remotePort);
    }

    /** The shift to offer: the smallest that covers kern.ipc.maxsockbuf (RFC 7323 §2). */
    int windowScale() {
        int scale = 0;
        while (scale < TcpControlBlock.MAX_WINDOW_SHIFT
                && (long) TcpControlBlock.MAX_WINDOW << scale < tunables.maxSockBuf) {
            scale++;
        }
        return scale;
    }

    // ------------------------------------------------------------------ the instance's end

    void end(final int errno) {
        if (!ended && !endPending) {
            endPending = true;
            endErrno = errno;
            outside();
        }
    }

    /** No call into variant code is under way: an end that waited happens. */
    void outside() {
        if (endPending && !guard.inside()) {
            endNow();
        }
    }

    private void endNow() {
        endPending = false;
        ended = true;
        while (connectionCount > 0) {
            final TcpConnection connection = connections[connectionCount - 1];
            if (TcpState.haveReceivedSyn(connection.state)) {
                ends.sendReset(connection);
            }
            // Its code is not to be trusted any more: no fini.
            connection.variant = null;
            connection.cc = stack.variants().fallback();
            ends.finish(connection, endErrno);
        }
        TcpSocket socket = sockets;
        while (socket != null) {
            final TcpSocket following = socket.nextOfInstance;
            socket.instanceEnded(endErrno);
            socket = following;
        }
        stack.forget(this);
    }
}
