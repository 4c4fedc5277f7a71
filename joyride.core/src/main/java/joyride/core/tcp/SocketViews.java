package joyride.core.tcp;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;

/** Sockets as the console sees them. */
final class SocketViews {
    private SocketViews() {}

    static List<SocketView> of(final Collection<TcpInstance> instances) {
        final List<SocketView> views = new ArrayList<>();
        for (final TcpInstance instance : instances) {
            for (TcpSocket socket = instance.firstSocket(); socket != null; socket = socket.nextOfInstance) {
                views.add(of(instance, socket));
            }
        }
        return views;
    }

    /** @param id of the instance; 0: any. @param connection {@code LOCAL REMOTE} as shown. @return null: there is none */
    static TcpSocket find(final Collection<TcpInstance> instances, final long id, final String connection) {
        for (final TcpInstance instance : instances) {
            if (id != 0 && id != instance.owner().id()) {
                continue;
            }
            for (TcpSocket socket = instance.firstSocket(); socket != null; socket = socket.nextOfInstance) {
                final String shown = endpoint(socket.localAddress(), socket.localPort()) + " "
                        + endpoint(socket.remoteAddress(), socket.remotePort());
                if (socket.connection() != null && shown.equals(connection)) {
                    return socket;
                }
            }
        }
        return null;
    }

    private static SocketView of(final TcpInstance instance, final TcpSocket socket) {
        final TcpConnection c = socket.connection();
        final Endpoint endpoint = socket.endpoint();
        return new SocketView(
                instance.owner().id(),
                "tcp",
                endpoint(socket.localAddress(), socket.localPort()),
                endpoint(socket.remoteAddress(), socket.remotePort()),
                socket.stateName(),
                c == null || c.variant == null ? "" : c.variant.name(),
                c == null ? "" : c.cc.name(),
                receiveQueue(socket),
                sendQueue(socket),
                c == null ? 0 : c.sndCwnd,
                c == null ? 0 : micros(c),
                true,
                endpoint == null ? "" : endpoint.note(),
                endpoint == null ? "" : endpoint.processes());
    }

    /** Bytes received that the program has not read, or waiting connections of a listener. */
    private static long receiveQueue(final TcpSocket socket) {
        if (socket.listener() != null) {
            return socket.listener().queued;
        }
        final TcpConnection c = socket.connection();
        return c == null || c.programClosed ? 0 : c.receiveRing.produced() - c.receiveRing.consumed();
    }

    /** Bytes written that the peer has not acknowledged, or the longest queue of a listener. */
    private static long sendQueue(final TcpSocket socket) {
        if (socket.listener() != null) {
            return socket.listener().backlog;
        }
        final TcpConnection c = socket.connection();
        return c == null ? 0 : Math.max(c.sndProduced - Math.max(c.sndUnaPosition, 0), 0);
    }

    /** A connection without a socket of a program: half open, or in TIME_WAIT. */
    static SocketView of(
            final TcpInstance instance,
            final IpAddress local,
            final int localPort,
            final IpAddress remote,
            final int remotePort,
            final int state) {
        return new SocketView(
                instance.owner().id(),
                "tcp",
                endpoint(local, localPort),
                endpoint(remote, remotePort),
                TcpState.name(state),
                "",
                "",
                0,
                0,
                0,
                0,
                true,
                "",
                "");
    }

    private static long micros(final TcpControlBlock tcb) {
        return tcb.rttUnit == TcpControlBlock.UNIT_MILLIS ? tcb.srtt * 1000L >> 5 : tcb.srtt >> 5;
    }

    private static String endpoint(final IpAddress address, final int port) {
        final String host = address.isAny() ? "*" : address.isV4() ? address.toString() : "[" + address + "]";
        return host + ":" + (port == 0 ? "*" : Integer.toString(port));
    }
}
