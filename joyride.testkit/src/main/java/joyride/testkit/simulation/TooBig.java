package joyride.testkit.simulation;

import static joyride.testkit.simulation.Octets.put16;
import static joyride.testkit.simulation.Octets.put32;
import static joyride.testkit.simulation.Octets.putAddress;
import static joyride.testkit.simulation.Octets.sum;

import joyride.api.net.IpAddress;

/** ICMP's word that a packet was too long (RFC 1191, RFC 8201), as bytes. */
final class TooBig {
    private static final int ICMP = 1;
    private static final int ICMP6 = 58;
    private static final int TCP = 6;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int MESSAGE = 8;
    private static final int QUOTED_TCP = 20;

    private TooBig() {}

    /**
     * A packet with such a message about a segment of the host's.
     *
     * @param from who says it, and whom the segment was for
     * @param seq the segment's number, {@code mtu} what is said to fit
     */
    static byte[] about(
            final IpAddress from,
            final IpAddress host,
            final int hostPort,
            final int port,
            final int seq,
            final int mtu) {
        final boolean six = !host.isV4();
        final int ip = six ? IPV6 : IPV4;
        final byte[] packet = new byte[2 * ip + MESSAGE + QUOTED_TCP];
        header(packet, 0, packet.length, six ? ICMP6 : ICMP, from, host);
        packet[ip] = (byte) (six ? 2 : 3);
        packet[ip + 1] = (byte) (six ? 0 : 4);
        put32(packet, ip + 4, six ? mtu : mtu & 0xffff);
        final int quoted = ip + MESSAGE;
        header(packet, quoted, 1500, TCP, host, from);
        final int tcp = quoted + ip;
        put16(packet, tcp, hostPort);
        put16(packet, tcp + 2, port);
        put32(packet, tcp + 4, seq);
        packet[tcp + 12] = 5 << 4;
        packet[tcp + 13] = 16;
        final int length = packet.length - ip;
        final int pseudo = six ? sum(packet, 8, 32, ICMP6 + length) : 0;
        put16(packet, ip + 2, ~sum(packet, ip, length, pseudo));
        return packet;
    }

    private static void header(
            final byte[] packet,
            final int at,
            final int total,
            final int protocol,
            final IpAddress from,
            final IpAddress to) {
        if (from.isV4()) {
            packet[at] = 0x45;
            put16(packet, at + 2, total);
            packet[at + 6] = 0x40;
            packet[at + 8] = 64;
            packet[at + 9] = (byte) protocol;
            put32(packet, at + 12, from.v4Bits());
            put32(packet, at + 16, to.v4Bits());
            put16(packet, at + 10, ~sum(packet, at, IPV4, 0));
        } else {
            packet[at] = 0x60;
            put16(packet, at + 4, total - IPV6);
            packet[at + 6] = (byte) protocol;
            packet[at + 7] = 64;
            putAddress(packet, at + 8, from);
            putAddress(packet, at + 24, to);
        }
    }
}
