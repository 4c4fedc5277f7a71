package joyride.core.tcp;

import joyride.api.counters.DropReason;
import joyride.api.socket.Endpoint;
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
        final Listener listener = from.listener;
        final TcpInstance instance = listener.socket.tcpInstance();
        final TcpSocket socket;
        final Endpoint endpoint;
        if (!listener.open || listener.full()) {
            instance.count(TcpCounter.LISTENDROP);
            stack.drop(DropReason.TCP_LISTEN_QUEUE);
            refuse(packet, third, instance, from);
            return false;
        }
        socket = new TcpSocket(listener, from.udpPorts & 0xffff);
        final TcpConnection connection = instance.newConnection(socket);
        connection.localHigh = from.localHigh;
        connection.localLow = from.localLow;
        connection.localPort = from.localPort;
        connection.remoteHigh = from.remoteHigh;
        connection.remoteLow = from.remoteLow;
        connection.remotePort = from.remotePort;
        connection.path = from.path;
        socket.takes(connection);
        endpoint = listener.socket.endpoint().incoming(socket);
        if (endpoint == null) {
            socket.unqueued();
            instance.count(TcpCounter.SC_ABORTED);
            stack.drop(DropReason.TCP_MEMORY);
            refuse(packet, third, instance, from);
            stack.pool().retire(connection);
            return false;
        }
        listener.queued++;
        socket.adopt(endpoint);
        instance.add(connection);
        sequence(connection, from);
        instance.count(TcpCounter.ACCEPTS);
        instance.host().mssReceived(connection, from.peerMss);
        connection.rcvWnd = Math.max(SocketBuffers.receiveSpace(connection), 0);
        connection.rcvAdv = connection.rcvNxt + Math.min(connection.rcvWnd, from.window);
        instance.guard().equip(connection);
        instance.host().timer(connection, TcpTimer.KEEP, instance.tunables().keepInit);
        instance.guard().input(connection, third);
        return true;
    }

    private static void sequence(final TcpConnection connection, final HalfOpen from) {
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
            connection.tsRecent = from.tsRecent;
            connection.tsRecentAge = (int) connection.instance.now();
        }
        if (from.sack) {
            connection.set(TcpControlBlock.SACK_PERMIT);
        }
        HandshakeEcn.apply(connection, from.ecn);
    }

    private void refuse(final Packet packet, final TcpSegment third, final TcpInstance instance, final HalfOpen from) {
        if (instance.tunables().syncacheRstOnSockFail != 0) {
            stack.resets().listening(packet, third, instance, from.md5Key);
        }
    }
}
