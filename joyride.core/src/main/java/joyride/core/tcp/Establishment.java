package joyride.core.tcp;

import joyride.api.counters.DropReason;
import joyride.api.socket.Endpoint;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.core.ip.Packet;

/** The end of a passive handshake: what was half open becomes a connection with a socket in its listener's queue. */
final class Establishment {
    private final TcpStack stack;

    Establishment(final TcpStack stack) {
        this.stack = stack;
    }

    /**
     * A handshake was completed: makes the connection and gives it the segment that did it.
     *
     * @return whether there was room
     */
    boolean complete(final HalfOpen from, final Packet packet, final TcpSegment third) {
        final TcpInstance instance = from.listener.socket.tcpInstance();
        final TcpConnection connection = make(from, packet, third, true);
        if (connection == null) {
            return false;
        }
        instance.guard().input(connection, third);
        return true;
    }

    /**
     * A SYN with the right cookie (RFC 7413 §4.2.2): the connection is offered to its listener now, with the data of the SYN.
     *
     * @return whether there was room
     */
    boolean fastOpen(final HalfOpen from, final Packet packet, final TcpSegment syn) {
        final TcpConnection connection = make(from, packet, syn, false);
        if (connection == null) {
            return false;
        }
        connection.fastOpenOf = from.listener;
        from.listener.fastOpenPending++;
        connection.set(TcpControlBlock.FASTOPEN);
        connection.sndNxt = from.iss;
        connection.sndMax = from.iss;
        connection.sndUp = from.iss;
        connection.sndWnd = syn.window;
        connection.maxSndWnd = syn.window;
        connection.sndCwnd = Reno.initialWindow(connection);
        final int length = Math.min(syn.length, Math.min(connection.rcvWnd, from.window));
        if (length > 0) {
            syn.copyTo(connection.receiveRing, 0, 0, length);
            connection.rcvNxt += length;
            connection.rcvNxtPosition = length;
            connection.bytesReceived = length;
            connection.set(TcpControlBlock.SYN_DATA);
            connection.receiveRing.publish(length);
            connection.instance.count(TcpCounter.RCVPACK);
            connection.instance.count(TcpCounter.RCVBYTE, length);
            connection.instance.host().readable(connection);
        }
        connection.instance.guard().output(connection);
        return true;
    }

    /** @return null: there is no room, and the peer was told if it is to know */
    private TcpConnection make(
            final HalfOpen from, final Packet packet, final TcpSegment third, final boolean answered) {
        final Listener listener = from.listener;
        final TcpInstance instance = listener.socket.tcpInstance();
        final TcpSocket socket;
        final Endpoint endpoint;
        if (!listener.open || listener.full()) {
            instance.count(TcpCounter.LISTENDROP);
            stack.drop(DropReason.TCP_LISTEN_QUEUE);
            refuse(packet, third, instance, from, answered);
            return null;
        }
        socket = new TcpSocket(listener, from.udpPorts & 0xffff);
        final TcpConnection connection = instance.newConnection(socket);
        connection.localHigh = from.localHigh;
        connection.localLow = from.localLow;
        connection.localPort = (char) from.localPort;
        connection.remoteHigh = from.remoteHigh;
        connection.remoteLow = from.remoteLow;
        connection.remotePort = (char) from.remotePort;
        connection.path = from.path;
        socket.takes(connection);
        endpoint = listener.socket.endpoint().incoming(socket);
        if (endpoint == null) {
            socket.unqueued();
            instance.count(TcpCounter.SC_ABORTED);
            stack.drop(DropReason.TCP_MEMORY);
            refuse(packet, third, instance, from, answered);
            stack.pool().retire(connection);
            return null;
        }
        listener.queued++;
        socket.adopt(endpoint);
        instance.add(connection);
        sequence(connection, from, answered);
        instance.count(TcpCounter.ACCEPTS);
        instance.host().mssReceived(connection, from.peerMss);
        connection.rcvWnd = Math.max(SocketBuffers.receiveSpace(connection), 0);
        connection.rcvAdv = connection.rcvNxt + Math.min(connection.rcvWnd, from.window);
        instance.guard().equip(connection);
        instance.host().timer(connection, TcpTimer.KEEP, instance.tunables().keepInit);
        return connection;
    }

    private static void sequence(final TcpConnection connection, final HalfOpen from, final boolean answered) {
        connection.state = TcpState.SYN_RECEIVED;
        connection.iss = from.iss;
        connection.irs = from.irs;
        connection.sndUna = from.iss;
        connection.sndNxt = from.iss + 1;
        connection.sndMax = from.iss + 1;
        connection.sndUp = from.iss + 1;
        connection.sndRecover = from.iss + 1;
        connection.sndWl1 = from.irs;
        connection.sndWl2 = from.iss;
        connection.rcvNxt = from.irs + 1;
        connection.rcvUp = from.irs + 1;
        connection.lastAckSent = from.irs + 1;
        connection.sndUnaPosition = -1;
        connection.rcvNxtPosition = 0;
        connection.rxtShift = from.retransmissions;
        if (from.peerScale >= 0) {
            connection.set(TcpControlBlock.REQ_SCALE | TcpControlBlock.RCVD_SCALE);
            connection.requestedSndScale = (byte) from.peerScale;
            connection.sndScale = (byte) from.peerScale;
            connection.requestRScale = (byte) from.scale;
        }
        if (from.timestamps) {
            connection.set(TcpControlBlock.REQ_TSTMP | TcpControlBlock.RCVD_TSTMP);
            connection.tsOffset = from.tsOffset;
            connection.tsRecent = from.tsRecent;
            connection.tsRecentAge = (int) connection.instance.now();
        }
        if (from.sack) {
            connection.set(TcpControlBlock.SACK_PERMIT);
        }
        HandshakeEcn.apply(connection, from.ecn, answered);
    }

    /** A peer that knows of the connection is told; a SYN may still find room once its handshake is complete. */
    private void refuse(
            final Packet packet,
            final TcpSegment third,
            final TcpInstance instance,
            final HalfOpen from,
            final boolean answered) {
        if (answered && instance.tunables().syncacheRstOnSockFail != 0) {
            stack.resets().listening(packet, third, instance, from.md5Key);
        }
    }
}
