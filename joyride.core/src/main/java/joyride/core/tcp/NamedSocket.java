package joyride.core.tcp;

import joyride.api.net.IpAddress;
import joyride.core.share.Wildcards;

/**
 * A socket's addresses: its connection's, else those that it was bound to or that its last connection had. A class that {@link TcpSocket} extends,
 * not one that it has: there are as many as sockets.
 */
abstract class NamedSocket {
    /** Null: it has none. */
    TcpConnection connection;

    /** Its addresses while it has no connection. */
    private SocketName name = SocketName.NONE;

    private PortTable.Binding binding;

    abstract TcpStack stack();

    final TcpConnection connection() {
        return connection;
    }

    public final IpAddress localAddress() {
        final TcpConnection c = connection;
        return c != null ? new IpAddress(c.localHigh, c.localLow) : new IpAddress(name.localHigh, name.localLow);
    }

    public final int localPort() {
        return connection != null ? connection.localPort : name.localPort;
    }

    public final IpAddress remoteAddress() {
        final TcpConnection c = connection;
        return c != null ? new IpAddress(c.remoteHigh, c.remoteLow) : new IpAddress(name.remoteHigh, name.remoteLow);
    }

    public final int remotePort() {
        return connection != null ? connection.remotePort : name.remotePort;
    }

    /** Of IPv4, as far as is known. */
    final boolean isV4() {
        final IpAddress known = remotePort() != 0 ? remoteAddress() : localAddress();
        return known.isV4();
    }

    final PortTable.Binding binding() {
        return binding;
    }

    /** The port that the program bound; 0: none. */
    final int boundPort() {
        return binding == null ? 0 : binding.port;
    }

    /** Its name from now on. */
    final void bound(final PortTable.Binding to) {
        binding = to;
        to.socket = (TcpSocket) this;
        ownName();
        // To a program all wildcards of IPv6 are "::".
        name.localHigh = Wildcards.isWildcard(to.high, to.low) ? 0 : to.high;
        name.localLow = to.low;
        name.localPort = to.port;
    }

    /** Its connection has gone and the program has not: it may still ask for the addresses. */
    final void keepName(final TcpConnection ended) {
        ownName();
        name.take(ended);
    }

    private void ownName() {
        if (name == SocketName.NONE) {
            name = stack().pool().name();
        }
    }

    /** The port that it bound is others' to bind. */
    final void releasePort() {
        if (binding != null) {
            stack().ports().release(binding);
            binding = null;
        }
    }

    /** Nobody asks any more: port and name go. */
    final void unname() {
        releasePort();
        if (name != SocketName.NONE) {
            stack().pool().giveBack(name);
            name = SocketName.NONE;
        }
    }
}
