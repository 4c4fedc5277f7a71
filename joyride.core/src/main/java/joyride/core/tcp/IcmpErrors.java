package joyride.core.tcp;

import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpState;
import joyride.core.ip.Packet;

/** What ICMP errors mean to a connection (RFC 1122 §4.2.3.9, RFC 5461, FreeBSD's inetctlerrmap). */
final class IcmpErrors {
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V4_PARAMETER_PROBLEM = 12;
    private static final int V6_UNREACHABLE = 1;
    private static final int V6_TIME_EXCEEDED = 3;
    private static final int V6_PARAMETER_PROBLEM = 4;

    /** IP and TCP header, the way FreeBSD compares an MTU with a segment size. */
    private static final int V4_HEADERS = 40;

    private static final int V6_HEADERS = 60;

    private IcmpErrors() {}

    /** Whether the error ends an open (RFC 1122 §4.2.3.9 lets it): a refusal, or a way that loops. */
    static boolean isHard(final boolean v4, final int type, final int code) {
        return errno(v4, type, code) == Errno.ECONNREFUSED
                || code == 0 && type == (v4 ? V4_TIME_EXCEEDED : V6_TIME_EXCEEDED);
    }

    /** The error that a program sees; 0 for what is ignored. */
    static int errno(final boolean v4, final int type, final int code) {
        return v4 ? errno4(type, code) : errno6(type, code);
    }

    private static int errno4(final int type, final int code) {
        return switch (type) {
            case V4_UNREACHABLE ->
                switch (code) {
                    case 2, 3, 9, 10, 13 -> Errno.ECONNREFUSED;
                    case 4 -> 0;
                    default -> Errno.EHOSTUNREACH;
                };
            case V4_TIME_EXCEEDED -> code == 0 ? Errno.EHOSTUNREACH : 0;
            case V4_PARAMETER_PROBLEM -> Errno.ENOPROTOOPT;
            default -> 0;
        };
    }

    private static int errno6(final int type, final int code) {
        return switch (type) {
            case V6_UNREACHABLE ->
                switch (code) {
                    case 1, 4 -> Errno.ECONNREFUSED;
                    case 2 -> Errno.ENOPROTOOPT;
                    default -> Errno.EHOSTUNREACH;
                };
            case V6_TIME_EXCEEDED -> code == 0 ? Errno.EHOSTUNREACH : 0;
            // an unknown next header is IPv4's unreachable protocol (RFC 4443 §3.4)
            case V6_PARAMETER_PROBLEM -> code == 1 ? Errno.ECONNREFUSED : Errno.ENOPROTOOPT;
            default -> 0;
        };
    }

    /**
     * Does to the connection that {@code quoted} is of what the error says, if it quotes something in flight.
     *
     * @param udpPorts as {@link joyride.api.tcp.TcpSegment#udpPorts}
     * @return why nothing was done; null: something was
     */
    static DropReason apply(
            final ConnectionTable connections,
            final Packet quoted,
            final int udpPorts,
            final int type,
            final int code,
            final int mtu) {
        if (quoted.transportLength < 8) {
            return DropReason.ICMP_MALFORMED;
        }
        final int portWord = Memory.getIntBE(quoted.transport);
        final int seq = Memory.getIntBE(quoted.transport + 4);
        final TcpConnection connection = connections.find(
                quoted.destinationHigh,
                quoted.destinationLow,
                portWord & 0xffff,
                quoted.sourceHigh,
                quoted.sourceLow,
                portWord >>> 16);
        // RFC 5927 §4.1: only what quotes something in flight.
        if (connection == null
                || udpPorts != connection.udpPorts()
                || Seq.lt(seq, connection.sndUna)
                || Seq.geq(seq, connection.sndMax)) {
            return DropReason.ICMP_STALE;
        }
        final boolean v4 = IpAddress.isV4(quoted.destinationHigh, quoted.destinationLow);
        if (mtu > 0) {
            if (connection.instance.tunables().pathMtuDiscovery != 0) {
                lowerMtu(connection, mtu, v4);
                return null;
            }
            return DropReason.ICMP_UNWANTED;
        }
        final int errno = errno(v4, type, code);
        if (errno == 0) {
            return DropReason.ICMP_UNWANTED;
        }
        if (isHard(v4, type, code)
                && connection.state == TcpState.SYN_SENT
                && connection.instance.tunables().icmpMayRst != 0) {
            connection.instance.ends().drop(connection, errno);
        } else {
            connection.softError = errno;
        }
        return null;
    }

    private static void lowerMtu(final TcpConnection connection, final int mtu, final boolean v4) {
        final int least = v4 ? 296 : 1280;
        final int lower = Math.max(mtu, least);
        final int overhead = connection.encapsOverhead();
        if (lower < connection.path.mtu && lower - overhead < connection.maxSeg + (v4 ? V4_HEADERS : V6_HEADERS)) {
            connection.path = connection.path.narrowed(lower);
            if (connection.instance.tunables().hostcacheEnable != 0) {
                connection.instance.stack().hostCache().storeMtu(connection.remoteHigh, connection.remoteLow, lower);
            }
            connection.instance.count(TcpCounter.MTU_LOWERED);
            connection.instance.guard().mtuChanged(connection, lower - overhead);
        }
    }
}
