package joyride.core.tcp;

import java.lang.System.Logger.Level;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.ip.Packet;
import joyride.core.ip.RateLimit;
import joyride.core.time.TurnClock;

/** Logs segments for closed ports where net.inet.tcp.log_in_vain asks for it, few a second: whoever scans ports must not fill the disk. */
final class VainLog {
    private static final System.Logger LOG = System.getLogger(VainLog.class.getName());
    private static final int MOST = 10;

    private final TurnClock clock;
    private final RateLimit limit;
    private final TcpTunables tunables;

    VainLog(final TurnClock clock, final RandomSource random, final TcpTunables tunables) {
        this.clock = clock;
        this.tunables = tunables;
        limit = new RateLimit(random);
    }

    void log(final Packet packet, final TcpSegment segment) {
        final boolean syn = (segment.flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.SYN;
        if ((syn || tunables.logInVain >= 2) && limit.allow(clock.millis(), MOST, 0)) {
            LOG.log(
                    Level.INFO,
                    "TCP: [%s]:%d to [%s]:%d tcpflags 0x%x: connection attempt to closed port"
                            .formatted(
                                    new IpAddress(packet.sourceHigh, packet.sourceLow),
                                    segment.sourcePort,
                                    new IpAddress(packet.destinationHigh, packet.destinationLow),
                                    segment.destinationPort,
                                    segment.flags));
        }
    }
}
