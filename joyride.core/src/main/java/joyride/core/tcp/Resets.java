package joyride.core.tcp;

import joyride.api.counters.CounterBlock;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;
import joyride.core.ip.RateLimit;
import joyride.core.time.TurnClock;

/** Answers by RST (RFC 9293 §3.10.7.1), only so many a second. */
final class Resets {
    private final IpOutput ip;
    private final SegmentOutput segments;
    private final TurnClock clock;
    private final RateLimit closedLimit;
    private final RateLimit openLimit;
    private final TcpTunables service;
    private final CounterBlock counters;
    private final PortTable ports;
    private final TcpOutput scratch;

    /** Where the last one went: a scan of ports asks for it again and again. */
    private Path lastPath;

    /**
     * @param service the service's settings, for ports that no instance has
     * @param counters what is counted for those
     */
    Resets(
            final IpOutput ip,
            final SegmentOutput segments,
            final TurnClock clock,
            final RandomSource random,
            final PortTable ports,
            final TcpOutput scratch,
            final TcpTunables service,
            final CounterBlock counters) {
        this.ip = ip;
        this.segments = segments;
        this.clock = clock;
        this.ports = ports;
        this.scratch = scratch;
        this.service = service;
        this.counters = counters;
        closedLimit = new RateLimit(random);
        openLimit = new RateLimit(random);
    }

    /** RST to a segment for a port that nobody has (RFC 9293 §3.10.7.1), if closed ports answer (net.inet.tcp.blackhole). */
    void closed(final Packet packet, final TcpSegment answered) {
        final boolean syn = (answered.flags & TcpFlags.SYN) != 0;
        if ((answered.flags & TcpFlags.RST) != 0
                || (service.blackhole >= 2 || service.blackhole == 1 && syn) && hides(packet, service)) {
            return;
        }
        final PortTable.Binding bound =
                ports.find(TcpHeader.PROTOCOL, packet.destinationHigh, packet.destinationLow, answered.destinationPort);
        final byte[] key = bound == null || bound.socket == null
                ? null
                : bound.socket.options().md5Keys.find(packet.sourceHigh, packet.sourceLow);
        if (closedLimit.allow(clock.millis(), service.icmpLim, service.icmpLimJitter)) {
            counters.increment(TcpCounter.SNDRST.ordinal());
            answer(packet, answered, service, key);
        } else {
            counters.increment(TcpCounter.RST_LIMITED.ordinal());
        }
    }

    private boolean hides(final Packet packet, final TcpTunables tunables) {
        return tunables.blackholeLocal != 0 || !ip.isLocal(packet.sourceHigh, packet.sourceLow);
    }

    /** RST to a segment for a listener that it has no use for. @param key of TCP-MD5; null: none */
    void listening(final Packet packet, final TcpSegment answered, final TcpInstance instance, final byte[] key) {
        final TcpTunables tunables = instance.tunables();
        if ((answered.flags & TcpFlags.RST) != 0 || tunables.blackhole >= 3 && hides(packet, tunables)) {
            return;
        }
        if (open(instance)) {
            answer(packet, answered, tunables, key);
        }
    }

    /** Whether one more may go from a port that is open; counts it. */
    private boolean open(final TcpInstance instance) {
        final boolean allowed = openLimit.allow(clock.millis(), instance.tunables().icmpLim, service.icmpLimJitter);
        instance.count(allowed ? TcpCounter.SNDRST : TcpCounter.RST_LIMITED);
        return allowed;
    }

    private void answer(final Packet packet, final TcpSegment answered, final TcpTunables tunables, final byte[] key) {
        Path path = lastPath;
        if (path == null
                || path.destinationLow != packet.sourceLow
                || path.destinationHigh != packet.sourceHigh
                || path.sourceLow != packet.destinationLow
                || path.sourceHigh != packet.destinationHigh) {
            path = ip.path(packet.destinationHigh, packet.destinationLow, packet.sourceHigh, packet.sourceLow);
            lastPath = path;
        }
        if (path != null) {
            // A socket that is bound and does not listen yet still says what its packets look like.
            final PortTable.Binding bound = ports.find(
                    TcpHeader.PROTOCOL, packet.destinationHigh, packet.destinationLow, answered.destinationPort);
            final TcpSocket socket = bound == null ? null : bound.socket;
            final int tos = socket == null ? 0 : socket.tos();
            final boolean v4 = IpAddress.isV4(packet.sourceHigh, packet.sourceLow);
            final int ttl = socket == null ? v4 ? tunables.ipTtl : tunables.ip6HopLimit : socket.ttl(v4);
            reset(path, answered.destinationPort, answered.sourcePort, answered, tos, ttl, key);
        }
    }

    /** RST to a segment for a connection in TIME_WAIT, that came in other UDP ports than its own. */
    void answer(final TimeWait entry, final TcpSegment answered) {
        if ((answered.flags & TcpFlags.RST) == 0 && open(entry.instance)) {
            reset(entry.path, entry.localPort, entry.remotePort, answered, entry.tos, entry.ttl, entry.md5Key);
        }
    }

    /** RST to a segment that its connection does not take. */
    void answer(final TcpConnection connection, final TcpSegment answered) {
        if ((answered.flags & TcpFlags.RST) == 0 && open(connection.instance)) {
            reset(
                    connection.path,
                    connection.localPort,
                    connection.remotePort,
                    answered,
                    connection.tos,
                    connection.ttl,
                    connection.md5Key);
        }
    }

    private void reset(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpSegment answered,
            final int tos,
            final int ttl,
            final byte[] key) {
        scratch.clear();
        scratch.window = 0;
        if ((answered.flags & TcpFlags.ACK) != 0) {
            scratch.flags = TcpFlags.RST;
            scratch.seq = answered.ack;
            scratch.ack = 0;
        } else {
            scratch.flags = TcpFlags.RST | TcpFlags.ACK;
            scratch.seq = 0;
            scratch.ack = answered.seq
                    + answered.length
                    + ((answered.flags & TcpFlags.SYN) != 0 ? 1 : 0)
                    + ((answered.flags & TcpFlags.FIN) != 0 ? 1 : 0);
        }
        segments.send(path, localPort, remotePort, scratch, tos, ttl, answered.udpPorts, key);
    }
}
