package joyride.core.tcp;

import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;

/**
 * Linux's {@code struct tcp_info}, up to {@code tcpi_received_ce}: what {@code iperf3}, {@code ss} and their like read. What is not kept for a connection
 * (segments in and out, busy times, the receiver's round trip, how often something was reordered) is 0; there is no limit of the rate. Counts of segments are
 * those that the bytes fill, a part of one counted whole.
 */
final class TcpInfo {
    private static final int LENGTH = 252;

    /** Linux's number of each state. */
    private static final int[] STATES = {7, 10, 2, 3, 1, 8, 4, 11, 9, 5, 6};

    // Of tcpi_ca_state.
    private static final int OPEN = 0;
    private static final int DISORDER = 1;
    private static final int CWR = 2;
    private static final int RECOVERY = 3;
    private static final int LOSS = 4;

    private static final int BYTE = 255;

    private TcpInfo() {}

    static int write(final TcpSocket socket, final long address, final int room) {
        final int length = Math.min(room, LENGTH);
        if (length <= 0) {
            return 0;
        }
        final byte[] bytes = new byte[LENGTH];
        fill(bytes, socket);
        Memory.copyIn(bytes, 0, address, length);
        return length;
    }

    private static void fill(final byte[] to, final TcpSocket socket) {
        to[0] = (byte) STATES[socket.state()];
        final Listener listener = socket.listener();
        if (listener != null) {
            // As Linux: the accept queue, and its limit.
            put(to, 24, listener.queued);
            put(to, 28, listener.backlog);
        }
        final TcpConnection c = socket.connection();
        if (c == null) {
            return;
        }
        final int now = (int) c.instance.now();
        // The count of timeouts in a row counts, in the persist state, probes, and one is always under way.
        final boolean persisting = c.timerActive(TcpTimer.PERSIST);
        final int unanswered = persisting ? Math.max(c.rxtShift - 1, 0) : 0;
        to[1] = (byte) congestion(c, persisting);
        to[2] = (byte) (persisting ? 0 : c.rxtShift);
        to[3] = (byte) (persisting ? unanswered : Math.min(keepaliveProbes(c, now), BYTE));
        to[4] = (byte) (persisting ? unanswered : c.rxtShift);
        to[5] = (byte) options(c);
        to[6] = (byte) (c.sndScale & 15 | (c.rcvScale & 15) << 4);
        times(to, c, now);
        sending(to, c);
        put(to, 60, c.path.mtu);
        put(to, 64, c.rcvHiwat);
        put(to, 84, c.maxSeg);
        put(to, 88, 3);
        put(to, 96, c.rcvWnd);
        Arrays.fill(to, 104, 120, (byte) -1);
        putLong(to, 128, c.bytesReceived);
        put(to, 196, told(c, c.sentCe));
        put(to, 216, c.dsackPackets);
        put(to, 224, c.oooPackets);
        put(to, 228, c.sndWnd);
        put(to, 232, Math.max(c.rcvAdv - c.rcvNxt, 0));
        put(to, 248, told(c, c.receivedCe));
    }

    private static void times(final byte[] to, final TcpConnection c, final int now) {
        final boolean millis = c.rttUnit == TcpControlBlock.UNIT_MILLIS;
        put(to, 8, c.rxtCur * 1000);
        put(to, 12, c.instance.tunables().delackTime * 1000);
        put(to, 44, now - c.sndTime);
        put(to, 52, now - c.rcvTime);
        put(to, 56, now - c.ackTime);
        put(to, 68, millis ? c.srtt * 1000 >> 5 : c.srtt >> 5);
        put(to, 72, millis ? c.rttvar * 1000 >> 4 : c.rttvar >> 4);
        put(to, 148, c.rttLow == 0 ? -1 : millis ? c.rttLow * 1000 : c.rttLow);
    }

    private static void sending(final byte[] to, final TcpConnection c) {
        c.refreshProduced();
        final int mss = c.segmentSize();
        final SendMap map = c.sendMap;
        final SackScoreboard sack = c.sack;
        put(to, 16, mss);
        put(to, 20, mss);
        put(to, 24, segments(c.sndMax - c.sndUna, mss));
        put(to, 28, segments(sackedBytes(c), mss));
        put(to, 32, segments(map != null ? map.lostBytes : sack == null ? 0 : sack.lostBytes, mss));
        put(to, 36, map != null ? again(map) : segments(sack == null ? 0 : sack.rexmitBytes, mss));
        put(to, 76, c.sndSsthresh / mss);
        put(to, 80, c.sndCwnd / mss);
        put(to, 100, c.rexmitPackets);
        // Neither SYN nor FIN is a byte of the program's.
        putLong(to, 120, Math.max(Math.min(c.sndUnaPosition, c.sndProduced), 0));
        final int outstanding = c.sndMax - c.sndUna;
        put(to, 144, (int) Math.max(c.sndProduced - c.sndUnaPosition - outstanding, 0));
        putLong(to, 160, map == null ? 0 : map.goodput);
        putLong(to, 200, c.bytesSent + c.bytesAgain);
        putLong(to, 208, c.bytesAgain);
    }

    private static int segments(final int bytes, final int mss) {
        return (bytes + mss - 1) / mss;
    }

    private static int sackedBytes(final TcpConnection c) {
        if (c.sendMap != null) {
            return c.sendMap.sackedBytes;
        }
        return c.sack == null ? 0 : c.sack.sackedBytes;
    }

    /** Segments that were lost, sent again, and are in flight. */
    private static int again(final SendMap map) {
        int segments = 0;
        for (int i = 0; i < map.count(); i++) {
            final int mark = map.mark[map.slot(i)];
            segments += (mark & (SendMap.RESENT | SendMap.SACKED | SendMap.LOST)) == SendMap.RESENT ? 1 : 0;
        }
        return segments;
    }

    private static int congestion(final TcpConnection c, final boolean persisting) {
        if (c.rxtShift > 0 && !persisting) {
            return LOSS;
        }
        if (c.is(TcpControlBlock.FASTRECOVERY)) {
            return RECOVERY;
        }
        if (c.is(TcpControlBlock.CONGRECOVERY)) {
            return CWR;
        }
        return sackedBytes(c) > 0 || c.dupAcks > 0 ? DISORDER : OPEN;
    }

    /** How often a peer that is silent was asked whether it is there, without an answer. */
    private static long keepaliveProbes(final TcpConnection c, final int now) {
        final TcpTunables tunables = c.instance.tunables();
        if (!TcpState.haveEstablished(c.state)
                || c.state > TcpState.CLOSING
                || tunables.alwaysKeepalive == 0 && !c.is(TcpControlBlock.KEEPALIVE)
                || c.timerActive(TcpTimer.REXMT)) {
            return 0;
        }
        final long idle = c.times.keepIdle > 0 ? c.times.keepIdle : tunables.keepIdle;
        final long interval = c.times.keepInterval > 0 ? c.times.keepInterval : tunables.keepIntvl;
        final long silent = now - c.rcvTime & 0xffff_ffffL;
        return silent < idle ? 0 : 1 + (silent - idle) / interval;
    }

    /** Counts of accurate ECN begin at 5 (RFC 9768 §3.2.1). */
    private static int told(final TcpConnection c, final int count) {
        return c.is(TcpControlBlock.ACE_PERMIT) ? Math.max(count - HandshakeEcn.FIRST_COUNT, 0) : count;
    }

    /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8, SYN_DATA 32. */
    private static int options(final TcpConnection c) {
        int options = c.hasTimestamps() ? 1 : 0;
        if (c.is(TcpControlBlock.SACK_PERMIT) && c.state >= TcpState.ESTABLISHED) {
            options |= 2;
        }
        if (c.is(TcpControlBlock.REQ_SCALE) && c.is(TcpControlBlock.RCVD_SCALE)) {
            options |= 4;
        }
        if (c.is(TcpControlBlock.SYN_DATA)) {
            options |= 32;
        }
        return (c.flags & (TcpControlBlock.ECN_PERMIT | TcpControlBlock.ACE_PERMIT)) != 0 ? options | 8 : options;
    }

    private static void putLong(final byte[] to, final int at, final long value) {
        put(to, at, (int) value);
        put(to, at + 4, (int) (value >>> 32));
    }

    private static void put(final byte[] to, final int at, final int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >>> 8);
        to[at + 2] = (byte) (value >>> 16);
        to[at + 3] = (byte) (value >>> 24);
    }
}
