package joyride.core.tcp;

import java.util.Locale;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;
import joyride.api.tcp.TcpVariant;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.time.TimerWheel;

/**
 * TCP of one stack instance: what its variant sees as {@link TcpHost}, its connections, and the guard around every call into
 * variant and congestion control code.
 */
final class TcpInstance implements TcpHost {
    private final TcpStack stack;
    private final Instance owner;
    private final TcpTunables tunables;
    private final CounterBlock counters;
    private final CounterBlock drops;
    private final TimerWheel timers;
    private TcpConnection[] connections = new TcpConnection[16];
    private int connectionCount;
    private TcpSocket sockets;
    private int socketCount;

    /** A call into variant code is under way: the instance's end waits for its return. */
    private boolean inside;

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

    CounterBlock counters() {
        return counters;
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
        return new TcpSocket(stack, this, endpoint);
    }

    void register(final TcpSocket socket) {
        socket.nextOfInstance = sockets;
        if (sockets != null) {
            sockets.previousOfInstance = socket;
        }
        sockets = socket;
        socketCount++;
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
        socketCount--;
        owner.socketCount(-1);
    }

    TcpSocket firstSocket() {
        return sockets;
    }

    // ------------------------------------------------------------------ connections

    /** A fresh control block, in no table yet; sequence numbers and addresses are the caller's to set. */
    TcpConnection newConnection(final TcpSocket socket) {
        final TcpConnection connection = stack.takeFromPool();
        connection.instance = this;
        connection.host = this;
        connection.socket = socket;
        connection.maxSeg = tunables.mssDefault;
        connection.rttMin = tunables.rexmitMin;
        connection.rttvar = 0;
        connection.rxtCur = tunables.rexmitInitial;
        connection.sndCwnd = TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT;
        connection.sndSsthresh = TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT;
        connection.requestRScale = windowScale();
        final int now = (int) timers.now();
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
        stack.ports().connectionAdded(connection.localPort);
        if (tunables.tsOffsetPerConn != 0) {
            connection.tsOffset = timestampOffset(
                    connection.localHigh,
                    connection.localLow,
                    connection.localPort,
                    connection.remoteHigh,
                    connection.remoteLow,
                    connection.remotePort);
        }
        connection.tos = connection.socket.tos();
        connection.ttl = connection.socket.ttl();
        if (connection.path.loopback) {
            connection.set(TcpControlBlock.LOCAL);
            connection.rttMin = Math.max(tunables.rexmitMin, tunables.rexmitMinLocal);
        }
        connection.socket.apply(connection);
    }

    /** Gives the connection the variant and the congestion control that are in service. */
    void equip(final TcpConnection connection) {
        connection.cc = stack.congestionControlFor(connection);
        connection.cc.init(connection);
        final TcpVariant variant = stack.variantFor(this);
        if (variant == null) {
            return;
        }
        final boolean outer = enter();
        try {
            if (variant.init(connection) == 0) {
                connection.variant = variant;
            }
        } catch (final Throwable thrown) {
            failed("init", thrown);
        } finally {
            leave(outer);
        }
    }

    private void remove(final TcpConnection connection) {
        final TcpConnection last = connections[--connectionCount];
        connections[connection.index] = last;
        last.index = connection.index;
        connections[connectionCount] = null;
        connection.alive = false;
        stack.connections().remove(connection);
        timers.cancel(connection.expiry);
    }

    // ------------------------------------------------------------------ calls into the variant, guarded

    /** Takes a segment for a connection. */
    void input(final TcpConnection connection, final TcpSegment segment) {
        final TcpVariant variant = connection.variant;
        if (variant == null) {
            drop(DropReason.TCP_NO_VARIANT);
            return;
        }
        final boolean outer = enter();
        try {
            variant.segmentArrived(connection, segment);
        } catch (final Throwable thrown) {
            failed("segment input", thrown);
        } finally {
            leave(outer);
        }
    }

    void output(final TcpConnection connection) {
        final TcpVariant variant = connection.variant;
        if (variant == null || !connection.alive) {
            return;
        }
        final boolean outer = enter();
        try {
            variant.output(connection);
        } catch (final Throwable thrown) {
            failed("output", thrown);
        } finally {
            leave(outer);
        }
    }

    void expired(final TcpConnection connection) {
        if (connection.variant == null) {
            return; // its next variant arms the wheel again
        }
        final boolean outer = enter();
        try {
            final long now = timers.now();
            for (int which = 0; which < TcpTimer.COUNT && connection.alive; which++) {
                final long deadline = connection.deadline[which];
                if (deadline != 0 && deadline <= now) {
                    connection.deadline[which] = 0;
                    connection.variant.timer(connection, which);
                }
            }
        } catch (final Throwable thrown) {
            failed("timer", thrown);
        } finally {
            leave(outer);
        }
        if (connection.alive) {
            rearm(connection);
        }
    }

    /** Puts the connection's earliest deadline on the wheel. */
    void rearm(final TcpConnection connection) {
        long earliest = Long.MAX_VALUE;
        for (int which = 0; which < TcpTimer.COUNT; which++) {
            final long deadline = connection.deadline[which];
            if (deadline != 0 && deadline < earliest) {
                earliest = deadline;
            }
        }
        if (earliest != Long.MAX_VALUE) {
            timers.arm(connection.expiry, earliest);
        }
    }

    boolean enter() {
        final boolean outer = inside;
        inside = true;
        return outer;
    }

    void leave(final boolean outer) {
        inside = outer;
        if (!outer && endPending) {
            endNow();
        }
    }

    void failed(final String where, final Throwable thrown) {
        owner.fail(where, thrown);
    }

    // ------------------------------------------------------------------ the instance's end

    void end(final int errno) {
        if (!ended && !endPending) {
            endPending = true;
            endErrno = errno;
            if (!inside) {
                endNow();
            }
        }
    }

    private void endNow() {
        endPending = false;
        ended = true;
        while (connectionCount > 0) {
            final TcpConnection connection = connections[connectionCount - 1];
            if (TcpState.haveReceivedSyn(connection.state)) {
                sendReset(connection);
            }
            // Its code is not to be trusted any more: no fini.
            connection.variant = null;
            connection.cc = stack.fallback();
            finish(connection, endErrno);
        }
        TcpSocket socket = sockets;
        while (socket != null) {
            final TcpSocket following = socket.nextOfInstance;
            socket.instanceEnded(endErrno);
            socket = following;
        }
        stack.forget(this);
    }

    // ------------------------------------------------------------------ TcpHost

    @Override
    public long now() {
        return timers.now();
    }

    @Override
    public long nowMicros() {
        return stack.nowMicros();
    }

    @Override
    public RandomSource random() {
        return stack.random();
    }

    @Override
    public TcpTunables tunables() {
        return tunables;
    }

    @Override
    public void count(final TcpCounter counter) {
        counters.increment(counter.ordinal());
    }

    @Override
    public void count(final TcpCounter counter, final long amount) {
        counters.add(counter.ordinal(), amount);
    }

    @Override
    public void drop(final DropReason reason) {
        drops.drop(reason);
    }

    @Override
    public TcpOutput outputScratch() {
        return stack.scratch();
    }

    @Override
    public int transmit(final TcpControlBlock tcb, final TcpOutput output) {
        return stack.transmit((TcpConnection) tcb, output);
    }

    @Override
    public void resetFor(final TcpControlBlock tcb, final TcpSegment segment) {
        stack.answerReset((TcpConnection) tcb, segment, tunables);
    }

    @Override
    public int pathMtu(final TcpControlBlock tcb) {
        return ((TcpConnection) tcb).path.mtu;
    }

    @Override
    public void timer(final TcpControlBlock tcb, final int which, final long delay) {
        if (delay == 0) {
            // The wheel's entry stays: it looks at the deadlines when it expires.
            tcb.deadline[which] = 0;
            return;
        }
        final long deadline = timers.now() + delay;
        tcb.deadline[which] = deadline;
        final TcpConnection connection = (TcpConnection) tcb;
        if (connection.alive && (!connection.expiry.isArmed() || connection.expiry.deadline() > deadline)) {
            timers.arm(connection.expiry, deadline);
        }
    }

    @Override
    public int initialSequence(final TcpControlBlock tcb) {
        return stack.sequences()
                .initialSequence(
                        tcb.localHigh,
                        tcb.localLow,
                        tcb.localPort,
                        tcb.remoteHigh,
                        tcb.remoteLow,
                        tcb.remotePort,
                        nowMicros());
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

    @Override
    public void connected(final TcpControlBlock tcb) {
        final TcpSocket socket = ((TcpConnection) tcb).socket;
        if (socket != null) {
            socket.connected();
        }
    }

    @Override
    public void readable(final TcpControlBlock tcb) {
        if (!tcb.programClosed) {
            ((TcpConnection) tcb).socket.endpoint().readable();
        }
    }

    @Override
    public void endOfStream(final TcpControlBlock tcb) {
        if (!tcb.programClosed) {
            ((TcpConnection) tcb).socket.endpoint().endOfStream();
        }
    }

    @Override
    public void acknowledged(final TcpControlBlock tcb, final long position) {
        SocketBuffers.acknowledged((TcpConnection) tcb, position);
    }

    @Override
    public int receiveSpace(final TcpControlBlock tcb) {
        return SocketBuffers.receiveSpace((TcpConnection) tcb);
    }

    @Override
    public void receiveAutosize(final TcpControlBlock tcb, final TcpSegment segment, final int bytes) {
        SocketBuffers.receiveAutosize((TcpConnection) tcb, bytes, tunables);
    }

    @Override
    public void sendAutosize(final TcpControlBlock tcb, final int window) {
        SocketBuffers.sendAutosize((TcpConnection) tcb, window, tunables);
    }

    @Override
    public void mssReceived(final TcpControlBlock tcb, final int offer) {
        final TcpConnection connection = (TcpConnection) tcb;
        SocketBuffers.mssReceived(connection, offer, stack.mssOf(connection.path), tunables);
        if (tunables.hostcacheEnable != 0
                && !connection.is(TcpControlBlock.LOCAL)
                && stack.hostCache().load(connection, timers.now(), tunables)) {
            count(TcpCounter.CACHEDRTT);
        }
    }

    @Override
    public int mssToOffer(final TcpControlBlock tcb) {
        final int mss = stack.mssOf(((TcpConnection) tcb).path);
        return tcb.userMss > 0 ? Math.min(tcb.userMss, mss) : mss;
    }

    @Override
    public boolean acquireScoreboard(final TcpControlBlock tcb) {
        tcb.sack = ((TcpConnection) tcb).scoreboard();
        return true;
    }

    @Override
    public void releaseScoreboard(final TcpControlBlock tcb) {
        tcb.sack = null;
    }

    @Override
    public boolean acquireReassembly(final TcpControlBlock tcb) {
        tcb.reassembly = ((TcpConnection) tcb).queue();
        return true;
    }

    @Override
    public void releaseReassembly(final TcpControlBlock tcb) {
        tcb.reassembly = null;
    }

    @Override
    public void drop(final TcpControlBlock tcb, final int errno) {
        final TcpConnection connection = (TcpConnection) tcb;
        if (!connection.alive) {
            return;
        }
        if (TcpState.haveReceivedSyn(connection.state)) {
            count(TcpCounter.DROPS);
            sendReset(connection);
        } else {
            count(TcpCounter.CONNDROPS);
        }
        finish(connection, errno == Errno.ETIMEDOUT && tcb.softError != 0 ? tcb.softError : errno);
    }

    @Override
    public void close(final TcpControlBlock tcb, final int errno) {
        final TcpConnection connection = (TcpConnection) tcb;
        if (connection.alive) {
            finish(connection, errno);
        }
    }

    private void sendReset(final TcpConnection connection) {
        final TcpOutput output = stack.scratch();
        output.clear();
        output.flags = TcpFlags.RST | TcpFlags.ACK;
        output.seq = connection.sndMax;
        output.ack = connection.rcvNxt;
        output.window = 0;
        count(TcpCounter.SNDRST);
        stack.send(
                connection.path, connection.localPort, connection.remotePort, output, connection.tos, connection.ttl);
    }

    @Override
    public void timeWait(final TcpControlBlock tcb, final boolean acknowledge) {
        final TcpConnection connection = (TcpConnection) tcb;
        if (!connection.alive) {
            return;
        }
        final TimeWait entry = stack.timeWaits()
                .enter(connection, Math.min(connection.rcvWnd >>> connection.rcvScale, TcpControlBlock.MAX_WINDOW));
        if (acknowledge) {
            stack.timeWaits().acknowledge(entry);
        }
        final TcpSocket socket = connection.socket;
        if (socket != null) {
            socket.enteredTimeWait(entry, connection);
        }
        discard(connection);
    }

    /** The end of a connection but for its port, which the caller keeps or gives back. */
    private void discard(final TcpConnection connection) {
        count(TcpCounter.CLOSED);
        if (tunables.hostcacheEnable != 0
                && connection.rttUpdated >= 4
                && connection.rttUnit == TcpControlBlock.UNIT_MILLIS
                && !connection.is(TcpControlBlock.LOCAL)) {
            stack.hostCache()
                    .store(
                            connection,
                            timers.now(),
                            connection.sndSsthresh < TcpControlBlock.MAX_WINDOW << TcpControlBlock.MAX_WINDOW_SHIFT);
        }
        remove(connection);
        try {
            if (connection.variant != null) {
                connection.variant.fini(connection, true);
            }
            connection.cc.destroy(connection);
        } catch (final Throwable thrown) {
            failed("the end of a connection", thrown);
        }
        connection.state = TcpState.CLOSED;
        connection.socket = null;
        stack.retire(connection);
    }

    /** Ends a connection and tells the program. */
    void finish(final TcpConnection connection, final int errno) {
        final TcpSocket socket = connection.socket;
        stack.ports().connectionRemoved(connection.localPort);
        discard(connection);
        if (socket != null) {
            socket.connectionEnded(connection, errno);
        }
    }

    // ------------------------------------------------------------------ hand-over

    /**
     * Moves a connection to {@code newcomer} as FreeBSD does: the newcomer's init runs while the old one is still attached.
     *
     * @return null, or why it kept what it has
     */
    String switchVariant(final TcpConnection connection, final TcpVariant newcomer) {
        final TcpVariant old = connection.variant;
        final boolean outer = enter();
        try {
            if (newcomer != null) {
                final Object previous = connection.variantPrivate;
                final String refusal = takeUp(connection, newcomer);
                if (refusal != null) {
                    connection.variantPrivate = previous;
                    if (old != null) {
                        old.switchFailed(connection);
                    }
                    return refusal;
                }
                final Object fresh = connection.variantPrivate;
                if (old != null) {
                    connection.variantPrivate = previous;
                    old.fini(connection, false);
                    connection.variantPrivate = fresh;
                }
            } else if (old != null) {
                old.fini(connection, false);
                connection.variantPrivate = null;
            }
            connection.variant = newcomer;
            count(TcpCounter.SWITCHED);
        } catch (final Throwable thrown) {
            failed("hand-over", thrown);
            return "exception: " + thrown;
        } finally {
            leave(outer);
        }
        if (newcomer != null && connection.alive) {
            if (old == null && connection.deadline[TcpTimer.REXMT] != 0) {
                // Without a variant, what was in flight was dropped here: waiting for the backed-off timer gains
                // nothing.
                connection.deadline[TcpTimer.REXMT] = timers.now() + 1;
            }
            rearm(connection);
            output(connection);
        }
        return null;
    }

    /** Asks a newcomer to take a connection up; one that throws does not. @return null, or why not */
    private static String takeUp(final TcpConnection connection, final TcpVariant newcomer) {
        try {
            int errno = newcomer.handoffOk(connection);
            if (errno == 0) {
                errno = newcomer.init(connection);
            }
            return errno == 0
                    ? null
                    : newcomer.name() + " does not take a connection in " + TcpState.name(connection.state) + " (errno "
                            + errno + ")";
        } catch (final RuntimeException | LinkageError thrown) {
            return newcomer.name() + " threw " + thrown;
        }
    }

    /** An option of a live connection changed. */
    int option(
            final TcpConnection connection, final SocketOptions options, final SocketOption option, final long value) {
        options.apply(connection);
        switch (option) {
            case SO_SNDBUF -> {
                connection.sndHiwat = options.sendBuffer;
                connection.sndAutosize = false;
                connection.sendRing.limit(connection.sndHiwat);
            }
            case SO_RCVBUF -> {
                connection.rcvHiwat = options.receiveBuffer;
                connection.rcvAutosize = false;
            }
            case IP_TOS -> connection.tos = options.tos;
            case IP_TTL -> connection.ttl = options.ttl;
            case TCP_MAXSEG -> connection.maxSeg = Math.min(connection.maxSeg, options.maxSegment);
            default -> {}
        }
        final TcpVariant variant = connection.variant;
        if (variant == null) {
            return 0;
        }
        final boolean outer = enter();
        try {
            return variant.setOption(connection, option, value);
        } catch (final Throwable thrown) {
            failed("option", thrown);
            return Errno.ECONNRESET;
        } finally {
            leave(outer);
        }
    }

    void mtuChanged(final TcpConnection connection, final int mtu) {
        final TcpVariant variant = connection.variant;
        if (variant == null) {
            return;
        }
        final boolean outer = enter();
        try {
            variant.mtuChanged(connection, mtu);
        } catch (final Throwable thrown) {
            failed("path MTU change", thrown);
        } finally {
            leave(outer);
        }
    }

    /** cwnd, ssthresh and flags stay; private state starts afresh. */
    void switchCongestionControl(final TcpConnection connection, final CongestionControl newcomer) {
        final boolean outer = enter();
        try {
            connection.cc.destroy(connection);
            connection.ccPrivate = null;
            connection.cc = newcomer;
            newcomer.init(connection);
            count(TcpCounter.CC_SWITCHED);
        } catch (final Throwable thrown) {
            failed("congestion control", thrown);
        } finally {
            leave(outer);
        }
    }
}
