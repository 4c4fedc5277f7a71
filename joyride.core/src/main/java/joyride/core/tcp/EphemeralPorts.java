package joyride.core.tcp;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.share.Claims;

/**
 * Picks local ports for programs that name none (RFC 6056): from {@code net.inet.ip.portrange}, and on an address shared with the kernel from
 * the range that the kernel leaves to Joyride.
 */
final class EphemeralPorts {
    private final PortTable ports;
    private final ConnectionTable connections;
    private final TimeWaitTable timeWaits;
    private final Claims claims;
    private final RandomSource random;
    private int lastPort;

    EphemeralPorts(
            final PortTable ports,
            final ConnectionTable connections,
            final TimeWaitTable timeWaits,
            final Claims claims,
            final RandomSource random) {
        this.ports = ports;
        this.connections = connections;
        this.timeWaits = timeWaits;
        this.claims = claims;
        this.random = random;
    }

    /** A port for a bind to port 0; 0: none left. */
    int forBind(final long high, final long low, final TcpTunables tunables) {
        final boolean shared = claims.touchesShared(high, low);
        final int first = shared ? claims.first() : tunables.portFirst;
        final int last = shared ? claims.last() : tunables.portLast;
        final int port = ports.ephemeral(TcpHeader.PROTOCOL, high, low, first, last, firstTry(tunables, first));
        lastPort = port;
        return port;
    }

    /** Where the search for an ephemeral port begins: anywhere (RFC 6056), or after the last one given. */
    private RandomSource firstTry(final TcpTunables tunables, final int first) {
        return tunables.portRandomized != 0 ? random : () -> (long) Math.max(lastPort + 1 - first, 0) << 1;
    }

    /**
     * The local port of an active open.
     *
     * @param bound the port that the program bound; 0: pick one
     * @return the port, or a negative errno
     */
    int forConnect(
            final long localHigh,
            final long localLow,
            final int bound,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final TcpTunables tunables) {
        if (bound != 0) {
            return tupleFree(localHigh, localLow, bound, remoteHigh, remoteLow, remotePort, true)
                    ? bound
                    : -Errno.EADDRNOTAVAIL;
        }
        final boolean shared = claims.touchesShared(localHigh, localLow);
        final int first = shared ? claims.first() : tunables.portFirst;
        final int last = shared ? claims.last() : tunables.portLast;
        final int count = last - first + 1;
        if (count <= 0) {
            return -Errno.EADDRNOTAVAIL;
        }
        for (int pass = 0; pass < 2; pass++) {
            int port = first + firstTry(tunables, first).nextInt(count);
            for (int tried = 0; tried < count; tried++) {
                if (ports.isEphemeral(TcpHeader.PROTOCOL, localHigh, localLow, port)
                        && tupleFree(localHigh, localLow, port, remoteHigh, remoteLow, remotePort, pass == 1)) {
                    lastPort = port;
                    return port;
                }
                port = port == last ? first : port + 1;
            }
        }
        return -Errno.EADDRNOTAVAIL;
    }

    /** Whether no connection has the tuple; one in TIME_WAIT gives way where timestamps keep its segments apart (RFC 6191). */
    private boolean tupleFree(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final boolean recycle) {
        if (localPort == remotePort && localHigh == remoteHigh && localLow == remoteLow) {
            return false;
        }
        if (connections.find(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort) != null) {
            return false;
        }
        final TimeWait waiting = timeWaits.find(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort);
        if (waiting == null) {
            return true;
        }
        if (!recycle || !waiting.timestamps && !waiting.local) {
            return false;
        }
        waiting.instance.count(TcpCounter.TW_RECYCLED);
        timeWaits.end(waiting);
        return true;
    }
}
