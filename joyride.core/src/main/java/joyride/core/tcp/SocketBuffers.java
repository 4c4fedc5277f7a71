package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;

/** Socket buffers over the program's rings: limits, autosizing, and what may be advertised. */
final class SocketBuffers {
    private SocketBuffers() {}

    /** Rings and first limits of a fresh control block. @param endpoint null: there are no rings yet */
    static void open(final TcpConnection fresh, final Endpoint endpoint, final TcpSocket socket) {
        fresh.sndHiwat = socket.sendBuffer();
        fresh.rcvHiwat = socket.receiveBuffer();
        fresh.sndAutosize = socket.options().sendBuffer <= 0;
        fresh.rcvAutosize = socket.options().receiveBuffer <= 0;
        if (fresh.is(TcpControlBlock.LOCAL)) {
            // Segments of the internal loopback are larger than FreeBSD's buffers: room for two of them.
            final int two = 2 * SegmentOutput.mssOf(fresh);
            fresh.sndHiwat = fresh.sndAutosize ? Math.max(fresh.sndHiwat, two) : fresh.sndHiwat;
            fresh.rcvHiwat = fresh.rcvAutosize ? Math.max(fresh.rcvHiwat, two) : fresh.rcvHiwat;
        }
        if (endpoint != null) {
            fresh.sendRing = endpoint.sendRing();
            fresh.receiveRing = endpoint.receiveRing();
            fresh.sendRing.limit(fresh.sndHiwat);
        }
    }

    /**
     * Bytes from rcvNxt on that may be advertised: free space, rounded up to what the window field can say, as FreeBSD does, and as far as
     * memory stands behind it.
     */
    static int receiveSpace(final TcpConnection connection) {
        if (connection.receiveClosed || connection.programClosed) {
            return connection.rcvHiwat;
        }
        final long next = connection.rcvNxtPosition;
        final long space = connection.receiveRing.consumed() + connection.rcvHiwat - next;
        final long unit = 1L << connection.rcvScale;
        final long edge = next + (space + unit - 1 & -unit);
        if (edge > connection.rcvReserved) {
            connection.rcvReserved =
                    Math.max(connection.rcvReserved, connection.receiveRing.reserve(next, (int) (edge - next)));
        }
        return (int) Math.max(Math.min(edge, connection.rcvReserved) - next, 0);
    }

    /** Bytes that the program's unread data and the window can take together, as of the last {@link #receiveSpace}. */
    static int receiveBuffer(final TcpConnection connection) {
        if (connection.receiveClosed || connection.programClosed) {
            return connection.rcvHiwat;
        }
        final long memory = connection.rcvReserved - connection.receiveRing.consumed();
        return (int) Math.max(Math.min(connection.rcvHiwat, memory), 0);
    }

    /**
     * The stream position that must be read for a window update to be due by FreeBSD's rule (two segments, and a quarter of the buffer where it is large; or
     * half of the buffer), while what was advertised is less than a segment; else never.
     */
    static long hearAt(final TcpConnection connection) {
        final int left = Math.max(connection.rcvAdv - connection.rcvNxt, 0);
        if (left >= Math.max(SegmentOutput.mssOf(connection), connection.maxSeg)) {
            return Long.MAX_VALUE;
        }
        final int buffer = connection.rcvHiwat;
        final int two = 2 * connection.segmentSize();
        final boolean small = buffer <= 4 * two || two + left <= buffer / 8;
        final int quarter = Math.min(buffer / 4, TcpControlBlock.MAX_WINDOW << connection.rcvScale);
        final int gain = Math.min(small ? two : Math.max(two, quarter), (buffer + 1) / 2);
        return Math.max(connection.rcvNxtPosition + left + gain - buffer, 0);
    }

    static void acknowledged(final TcpConnection connection, final long position) {
        if (connection.socket == null) {
            return;
        }
        connection.sendRing.release(position);
        if (!connection.sendClosed) {
            connection.socket.endpoint().writable();
        }
    }

    /** Dynamic right-sizing: half a round trip's bytes above 3/8 of the buffer make it half as large again. */
    static void receiveAutosize(final TcpConnection connection, final int bytes, final TcpTunables tunables) {
        if (tunables.recvBufAuto == 0 || !connection.rcvAutosize || connection.srtt == 0 || connection.rfbufTs == 0) {
            connection.rfbufCnt += bytes;
            return;
        }
        final int halfRound =
                connection.rttUnit == TcpControlBlock.UNIT_MILLIS ? connection.srtt >> 6 : connection.srtt / 64_000;
        if ((int) connection.instance.now() - connection.rfbufTs <= halfRound) {
            connection.rfbufCnt += bytes;
            return;
        }
        final int limit = Math.min(tunables.recvBufMax, tunables.socketBufferLimit());
        if (connection.rfbufCnt > connection.rcvHiwat / 8 * 3 && connection.rcvHiwat < limit) {
            connection.rcvHiwat = Math.min(connection.rcvHiwat + connection.rcvHiwat / 2, limit);
            tell(connection);
        }
        connection.rfbufTs = 0;
        connection.rfbufCnt = 0;
    }

    /** The program's side hears of the receive buffer's size. */
    static void tell(final TcpConnection connection) {
        if (connection.socket != null && !connection.programClosed) {
            connection.socket.endpoint().receiveLimit(connection.rcvHiwat);
        }
    }

    /** Grows while the buffer, not the network, limits. */
    static void sendAutosize(final TcpConnection connection, final int window, final TcpTunables tunables) {
        if (tunables.sendBufAuto == 0 || !connection.sndAutosize || connection.sendClosed) {
            return;
        }
        final int limit = Math.min(tunables.sendBufMax, tunables.socketBufferLimit());
        final int hiwat = connection.sndHiwat;
        final int lowat = tunables.sendLowWater();
        final long used = connection.sndProduced - Math.max(connection.sndUnaPosition, 0);
        if (hiwat < limit
                && connection.sndWnd / 4L * 5 >= hiwat - lowat
                && used >= hiwat / 8 * 7L - lowat
                && used < limit
                && window >= used - (connection.sndNxt - connection.sndUna)) {
            sendLimit(connection, Math.min(hiwat + Math.max(tunables.sendBufInc, connection.maxSeg), limit));
        }
    }

    private static void sendLimit(final TcpConnection connection, final int bytes) {
        connection.sndHiwat = bytes;
        connection.sendRing.limit(bytes);
        if (connection.state >= joyride.api.tcp.TcpState.ESTABLISHED && connection.socket != null) {
            connection.socket.endpoint().writable();
        }
    }

    /** tcp_mss: segment size by the peer's offer (no less than {@code minmss}: tiny segments cost the sender most) and the path, buffers of full segments. */
    static void mssReceived(
            final TcpConnection connection, final int offer, final int pathMss, final TcpTunables tunables) {
        final boolean v4 = IpAddress.isV4(connection.remoteHigh, connection.remoteLow);
        int mss = offer == 0 ? v4 ? tunables.mssDefault : tunables.v6MssDefault : Math.max(offer, tunables.minMss);
        connection.peerMss = offer;
        mss = Math.min(mss, pathMss);
        if (connection.userMss > 0) {
            mss = Math.min(mss, connection.userMss);
        }
        connection.maxSeg = mss;
        connection.rcvHiwat = roundUp(connection.rcvHiwat, mss, tunables.socketBufferLimit());
        connection.sndHiwat = roundUp(connection.sndHiwat, mss, tunables.socketBufferLimit());
        sendLimit(connection, connection.sndHiwat);
        tell(connection);
    }

    private static int roundUp(final int bytes, final int unit, final int limit) {
        return bytes <= unit ? bytes : (int) Math.min((bytes + unit - 1L) / unit * unit, limit);
    }

    /** Whether the peer may have to hear of what the program read: below what any variant announces nothing needs to be looked at. */
    static boolean worthAnUpdate(final TcpConnection c) {
        final int left = Math.max(c.rcvAdv - c.rcvNxt, 0);
        final int gain = receiveSpace(c) - left;
        return gain >= Math.min(2 * c.maxSeg, c.rcvHiwat >> 1)
                || c.is(TcpControlBlock.RXWIN0SENT)
                || left < c.maxSeg && gain > 0 && 2 * gain >= receiveBuffer(c);
    }
}
