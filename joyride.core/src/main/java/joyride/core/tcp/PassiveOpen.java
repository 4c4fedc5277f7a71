package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpState;
import joyride.core.share.Wildcards;

/** bind and listen: a port of the socket's own, and its queue (RFC 9293 §3.10.1). */
final class PassiveOpen {
    private PassiveOpen() {}

    /** @param alone whether {@code ::} is all of IPv6 and no more. @return 0, or why not: a positive errno */
    static int bind(final TcpSocket socket, final IpAddress address, final int port, final boolean alone) {
        if (socket.localPort() != 0 || socket.connection() != null || port < 0 || port > 65535) {
            return Errno.EINVAL;
        }
        final TcpInstance instance = socket.tcpInstance();
        final TcpStack stack = instance.stack();
        if (!address.isAny() && !stack.isLocal(address.high(), address.low())) {
            return Errno.EADDRNOTAVAIL;
        }
        final boolean six = alone && address.equals(IpAddress.ANY);
        return bind(socket, six ? Wildcards.IPV6_ALONE : address.high(), address.low(), port);
    }

    private static int bind(final TcpSocket socket, final long high, final long low, final int port) {
        final TcpInstance instance = socket.tcpInstance();
        final TcpStack stack = instance.stack();
        final int reuse = socket.options().reuseFlags();
        int chosen = port;
        if (port == 0) {
            chosen = stack.ephemeralPorts().forBind(high, low, instance.tunables());
            if (chosen == 0) {
                return Errno.EADDRINUSE;
            }
        } else {
            final int refused = stack.ports().check(TcpHeader.PROTOCOL, high, low, port, reuse);
            if (refused != 0) {
                return refused;
            }
        }
        socket.bound(stack.ports().bind(TcpHeader.PROTOCOL, high, low, chosen, reuse));
        return 0;
    }

    /** @return 0, or why not: a positive errno */
    static int listen(final TcpSocket socket, final int backlog) {
        final TcpInstance instance = socket.tcpInstance();
        final TcpStack stack = instance.stack();
        final int most = instance.tunables().soAcceptQueue;
        final int length = backlog <= 0 || backlog > most ? most : backlog;
        if (socket.listener() != null) {
            socket.listener().backlog = length;
            return 0;
        }
        if (socket.state() != TcpState.CLOSED || socket.remotePort() != 0) {
            return Errno.EINVAL;
        }
        if (socket.binding() == null) {
            final int error = bind(socket, socket.localAddress(), 0, false);
            if (error != 0) {
                return error;
            }
        }
        final PortTable.Binding binding = socket.binding();
        binding.flags = socket.options().reuseFlags();
        final int refused = stack.ports().listen(binding);
        if (refused != 0) {
            return refused;
        }
        final Listener listener = new Listener(socket, binding.high, binding.low, binding.port, length);
        socket.listening(listener);
        stack.listeners().add(listener);
        return 0;
    }
}
