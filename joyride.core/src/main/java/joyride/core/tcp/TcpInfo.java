package joyride.core.tcp;

import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;

/**
 * Linux's {@code struct tcp_info}, up to {@code tcpi_received_ce}: what {@code iperf3}, {@code ss} and their like read. What is not kept for a connection
 * (segments in and out, what was sent twice in bytes, rates, times) is 0; there is no limit of the rate.
 */
final class TcpInfo {
    private static final int LENGTH = 252;

    /** Linux's number of each state. */
    private static final int[] STATES = {7, 10, 2, 3, 1, 8, 4, 11, 9, 5, 6};

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
        final TcpConnection c = socket.connection();
        if (c == null) {
            return;
        }
        final boolean loss = c.rxtShift > 0;
        to[1] = (byte) (loss ? 4 : c.is(TcpControlBlock.FASTRECOVERY) ? 3 : 0);
        to[2] = (byte) c.rxtShift;
        to[4] = (byte) c.rxtShift;
        to[5] = (byte) options(c);
        to[6] = (byte) (c.sndScale & 15 | (c.rcvScale & 15) << 4);
        final int now = (int) c.instance.now();
        final int mss = c.segmentSize();
        final boolean millis = c.rttUnit == TcpControlBlock.UNIT_MILLIS;
        final int rtt = millis ? c.srtt * 1000 >> 5 : c.srtt >> 5;
        put(to, 8, c.rxtCur * 1000);
        put(to, 12, c.instance.tunables().delackTime * 1000);
        put(to, 16, mss);
        put(to, 20, mss);
        put(to, 24, (c.sndMax - c.sndUna) / mss);
        put(to, 28, (c.sendMap != null ? c.sendMap.sackedBytes : c.sack == null ? 0 : c.sack.sackedBytes) / mss);
        put(to, 32, (c.sendMap != null ? c.sendMap.lostBytes : c.sack == null ? 0 : c.sack.lostBytes) / mss);
        put(to, 36, c.sack == null ? 0 : c.sack.rexmitBytes / mss);
        put(to, 44, now - c.sndTime);
        put(to, 52, now - c.rcvTime);
        put(to, 56, now - c.ackTime);
        put(to, 60, c.path.mtu);
        put(to, 64, c.rcvHiwat);
        put(to, 68, rtt);
        put(to, 72, millis ? c.rttvar * 1000 >> 4 : c.rttvar >> 4);
        put(to, 76, c.sndSsthresh / mss);
        put(to, 80, c.sndCwnd / mss);
        put(to, 84, c.maxSeg);
        put(to, 88, 3);
        put(to, 96, c.rcvWnd);
        put(to, 100, c.rexmitPackets);
        Arrays.fill(to, 104, 120, (byte) -1);
        putLong(to, 120, c.sndUnaPosition);
        putLong(to, 128, c.bytesReceived);
        put(to, 144, (int) (c.sndProduced - c.sndUnaPosition) - (c.sndMax - c.sndUna));
        put(to, 196, told(c, c.sentCe));
        put(to, 228, c.sndWnd);
        put(to, 232, c.rcvWnd);
        put(to, 248, told(c, c.receivedCe));
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
