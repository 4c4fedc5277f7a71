package joyride.core.tcp;

import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.socket.Errno;
import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.time.TimerWheel;

/** What the connections of one stack instance are to their variant. */
final class VariantHost implements TcpHost {
    /** Deadlines are 32 bits of a clock: of two that lie further apart none is the earlier. */
    private static final long LONGEST_DELAY = 1L << 30;

    private final TcpInstance instance;
    private final TcpStack stack;
    private final TcpTunables tunables;
    private final CounterBlock counters;
    private final TimerWheel timers;
    private final SackScoreboard.HoleCount holes = new SackScoreboard.HoleCount();

    VariantHost(final TcpInstance instance) {
        this.instance = instance;
        stack = instance.stack();
        tunables = instance.tunables();
        counters = instance.counters();
        timers = stack.timers();
    }

    @Override
    public long now() {
        return stack.now();
    }

    @Override
    public long nowMicros() {
        return stack.clock().nanoTime() / 1000;
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
        instance.drop(reason);
    }

    @Override
    public TcpOutput outputScratch() {
        return stack.scratch();
    }

    @Override
    public int transmit(final TcpControlBlock tcb, final TcpOutput output) {
        final TcpConnection connection = (TcpConnection) tcb;
        if (connection.fastOpenOf != null
                && (output.flags & TcpFlags.SYN) != 0
                && tcb.rxtShift == 0
                && !connection.fastOpenOf.socket.options().fastOpenNoCookie) {
            final long cookie =
                    connection.instance.fastOpenKeys().cookie(tcb.remoteHigh, tcb.remoteLow, stack.now(), tunables());
            FastOpenKeys.put(output, cookie);
        }
        final int wanted = output.length;
        final int error = stack.segments().transmit(connection, output);
        if (connection.trace != null && error == 0) {
            connection.trace.sent(stack.clock().nanoTime(), connection, output);
        }
        if (error == 0 && output.length < wanted) {
            stack.unsent(connection);
        }
        return error == Errno.ENOBUFS ? stack.unsent(connection) : error;
    }

    @Override
    public int largestUnit(final TcpControlBlock tcb) {
        final TcpConnection connection = (TcpConnection) tcb;
        // What goes in UDP or with a digest goes one by one.
        return tunables.tso == 0 || connection.encapsPort != 0 || connection.md5Key != null
                ? 0
                : SegmentOutput.largestUnit(connection.path);
    }

    @Override
    public void resetFor(final TcpControlBlock tcb, final TcpSegment segment) {
        stack.resets().answer((TcpConnection) tcb, segment);
    }

    @Override
    public int pathMtu(final TcpControlBlock tcb) {
        final TcpConnection connection = (TcpConnection) tcb;
        return connection.path.mtu - connection.encapsOverhead();
    }

    @Override
    public void acknowledgeLater(final TcpControlBlock tcb) {
        stack.acknowledgements().add((TcpConnection) tcb);
    }

    @Override
    public void timer(final TcpControlBlock tcb, final int which, final long delay) {
        if (delay == 0) {
            // The wheel's entry stays: it looks at the deadlines when it expires.
            tcb.stopTimer(which);
            return;
        }
        final long deadline = stack.now() + Math.min(delay, LONGEST_DELAY);
        tcb.deadline(which, (int) deadline);
        final TcpConnection connection = (TcpConnection) tcb;
        if (connection.alive) {
            connection.expireBy(timers, deadline);
        }
    }

    @Override
    public boolean pace(final TcpControlBlock tcb, final long nanos) {
        final TcpConnection connection = (TcpConnection) tcb;
        return !connection.alive || instance.pace(connection, nanos);
    }

    @Override
    public int initialSequence(final TcpControlBlock tcb) {
        return stack.sequences()
                .initialSequence(
                        tcb.localHigh, tcb.localLow, tcb.localPort, tcb.remoteHigh, tcb.remoteLow, tcb.remotePort);
    }

    @Override
    public void connected(final TcpControlBlock tcb) {
        final TcpConnection connection = (TcpConnection) tcb;
        connection.noLongerPending();
        final TcpSocket socket = connection.socket;
        if (socket != null) {
            socket.connected();
        }
    }

    @Override
    public void readable(final TcpControlBlock tcb) {
        ((TcpConnection) tcb).path.progress(stack.now());
        if (!tcb.programClosed) {
            ((TcpConnection) tcb).socket.endpoint().readable();
        }
    }

    @Override
    public void urgent(final TcpControlBlock tcb) {
        if (!tcb.programClosed) {
            ((TcpConnection) tcb).socket.endpoint().urgent(tcb.rcvNxtPosition + (tcb.rcvUp - tcb.rcvNxt) - 1);
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
        ((TcpConnection) tcb).path.progress(stack.now());
        SocketBuffers.acknowledged((TcpConnection) tcb, position);
    }

    @Override
    public int receiveSpace(final TcpControlBlock tcb) {
        return SocketBuffers.receiveSpace((TcpConnection) tcb);
    }

    @Override
    public int receiveBuffer(final TcpControlBlock tcb) {
        return SocketBuffers.receiveBuffer((TcpConnection) tcb);
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
        SocketBuffers.mssReceived(connection, offer, SegmentOutput.mssOf(connection), tunables);
        if (tunables.hostcacheEnable != 0
                && !connection.is(TcpControlBlock.LOCAL)
                && stack.hostCache().load(connection, tunables)) {
            count(TcpCounter.CACHEDRTT);
        }
    }

    @Override
    public int fastOpen(final TcpControlBlock tcb, final TcpOutput output) {
        if (tcb.is(TcpControlBlock.SIGNATURE)) {
            // With a digest there is no room for a cookie.
            return -1;
        }
        return stack.fastOpenCookies().offer(tcb, output, ((TcpConnection) tcb).socket.options().fastOpenNoCookie);
    }

    @Override
    public boolean awaitsData(final TcpControlBlock tcb) {
        return ((TcpConnection) tcb).socket.awaitsData();
    }

    /** Whether the SYN of an open that has not sent one may take data along. */
    boolean takesData(final TcpConnection connection) {
        return connection.is(TcpControlBlock.FASTOPEN) && fastOpen(connection, outputScratch()) > 0;
    }

    @Override
    public void fastOpenAnswered(
            final TcpControlBlock tcb, final TcpSegment segment, final boolean presented, final boolean taken) {
        stack.fastOpenCookies().answered(tcb, segment, presented, taken);
    }

    @Override
    public void fastOpenFailed(final TcpControlBlock tcb) {
        stack.fastOpenCookies().failed(tcb);
    }

    @Override
    public int mssToOffer(final TcpControlBlock tcb) {
        final int mss = SegmentOutput.mssOf((TcpConnection) tcb);
        return tcb.userMss > 0 ? Math.min(tcb.userMss, mss) : mss;
    }

    @Override
    public boolean acquireScoreboard(final TcpControlBlock tcb) {
        tcb.sack = stack.pool().scoreboard(holes);
        return true;
    }

    @Override
    public void releaseScoreboard(final TcpControlBlock tcb) {
        stack.pool().giveBack(tcb.sack);
        tcb.sack = null;
    }

    @Override
    public void acquireSendMap(final TcpControlBlock tcb) {
        tcb.sendMap = stack.pool().sendMap();
    }

    @Override
    public boolean growSendMap(final TcpControlBlock tcb) {
        final int limit = tunables.mapLimit;
        final boolean allowed = limit == 0 || stack.pool().lentEntries() + tcb.sendMap.capacity() <= limit;
        return allowed && tcb.sendMap.grow();
    }

    @Override
    public void releaseSendMap(final TcpControlBlock tcb) {
        stack.pool().giveBack(tcb.sendMap);
        tcb.sendMap = null;
    }

    @Override
    public boolean acquireReassembly(final TcpControlBlock tcb) {
        tcb.reassembly = stack.pool().reassembly();
        return true;
    }

    @Override
    public void releaseReassembly(final TcpControlBlock tcb) {
        stack.pool().giveBack(tcb.reassembly);
        tcb.reassembly = null;
        tcb.rcvSackCount = 0;
    }

    @Override
    public void drop(final TcpControlBlock tcb, final int errno) {
        instance.ends().drop((TcpConnection) tcb, errno);
    }

    @Override
    public void close(final TcpControlBlock tcb, final int errno) {
        instance.ends().close((TcpConnection) tcb, errno);
    }

    @Override
    public void timeWait(final TcpControlBlock tcb, final boolean acknowledge) {
        instance.ends().timeWait((TcpConnection) tcb, acknowledge);
    }
}
