package joyride.core.tcp;

import joyride.api.memory.Memory;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;

/** Linux's {@code struct tcp_info}, as far as its first 104 bytes: what {@code iperf3} and its like read. */
final class TcpInfo {
    private static final int LENGTH = 104;

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
    }

    /** TCPI_OPT_TIMESTAMPS 1, SACK 2, WSCALE 4, ECN 8. */
    private static int options(final TcpConnection c) {
        int options = c.hasTimestamps() ? 1 : 0;
        if (c.is(TcpControlBlock.SACK_PERMIT) && c.state >= TcpState.ESTABLISHED) {
            options |= 2;
        }
        if (c.is(TcpControlBlock.REQ_SCALE) && c.is(TcpControlBlock.RCVD_SCALE)) {
            options |= 4;
        }
        return c.is(TcpControlBlock.ECN_PERMIT) ? options | 8 : options;
    }

    private static void put(final byte[] to, final int at, final int value) {
        to[at] = (byte) value;
        to[at + 1] = (byte) (value >>> 8);
        to[at + 2] = (byte) (value >>> 16);
        to[at + 3] = (byte) (value >>> 24);
    }
}
