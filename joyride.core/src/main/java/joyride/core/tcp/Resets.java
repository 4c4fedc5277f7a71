package joyride.core.tcp;

import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;
import joyride.core.time.TurnClock;

/** Answers by RST (RFC 9293 §3.10.7.1), only so many a second. */
final class Resets {
    private final IpOutput ip;
    private final SegmentOutput segments;
    private final TurnClock clock;
    private final ResetLimit limit;
    private final PortTable ports;
    private final TcpOutput scratch;

    /** Where the last one went: a scan of ports asks for it again and again. */
    private Path lastPath;

    Resets(
            final IpOutput ip,
            final SegmentOutput segments,
            final TurnClock clock,
            final RandomSource random,
            final PortTable ports,
            final TcpOutput scratch) {
        this.ip = ip;
        this.segments = segments;
        this.clock = clock;
        this.ports = ports;
        this.scratch = scratch;
        limit = new ResetLimit(random);
    }

    /** RST to a segment that no connection takes (RFC 9293 §3.10.7.1). */
    void answer(final Packet packet, final TcpSegment answered, final TcpTunables tunables) {
        final PortTable.Binding bound =
                ports.find(TcpHeader.PROTOCOL, packet.destinationHigh, packet.destinationLow, answered.destinationPort);
        final byte[] key = bound == null || bound.socket == null
                ? null
                : bound.socket.options().md5Keys.find(packet.sourceHigh, packet.sourceLow);
        answer(packet, answered, tunables, key);
    }

    /** @param key of TCP-MD5; null: none */
    void answer(final Packet packet, final TcpSegment answered, final TcpTunables tunables, final byte[] key) {
        if ((answered.flags & TcpFlags.RST) != 0 || !limit.allows(clock.millis(), tunables.icmpLim)) {
            return;
        }
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
            final int ttl = socket == null ? tunables.ipTtl : socket.ttl();
            reset(path, answered.destinationPort, answered.sourcePort, answered, tos, ttl, key);
        }
    }

    /** RST to a segment for a connection in TIME_WAIT, that came in other UDP ports than its own. */
    void answer(final TimeWait entry, final TcpSegment answered) {
        if ((answered.flags & TcpFlags.RST) != 0) {
            return;
        }
        if (!limit.allows(clock.millis(), entry.instance.tunables().icmpLim)) {
            entry.instance.count(TcpCounter.RST_LIMITED);
            return;
        }
        entry.instance.count(TcpCounter.SNDRST);
        reset(entry.path, entry.localPort, entry.remotePort, answered, entry.tos, entry.ttl, entry.md5Key);
    }

    /** RST to a segment that its connection does not take. */
    void answer(final TcpConnection connection, final TcpSegment answered, final TcpTunables tunables) {
        if ((answered.flags & TcpFlags.RST) != 0) {
            return;
        }
        if (!limit.allows(clock.millis(), tunables.icmpLim)) {
            connection.instance.count(TcpCounter.RST_LIMITED);
        } else {
            connection.instance.count(TcpCounter.SNDRST);
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
