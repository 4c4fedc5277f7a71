package joyride.testkit.packetdrill;

import java.util.Arrays;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;
import joyride.testkit.simulation.Octets;

/**
 * A TCP segment that the stack sent, taken apart; its checksums are right.
 *
 * @param time when it was sent, ns on the rig's clock
 * @param event the number of the event that was being carried out
 * @param flowLabel 0 with IPv4
 * @param udp around it; null: plain
 * @param segment TCP header and payload as they were
 */
record SeenPacket(long time, int event, int ttl, int tos, int flowLabel, UdpPorts udp, byte[] segment) {
    private static final int MIN_V4 = 20;
    private static final int V6 = 40;

    /**
     * @return null if it is neither TCP nor TCP over UDP
     * @throws Mismatch if a length or checksum is wrong
     */
    static SeenPacket parse(final byte[] packet, final long time, final int event) {
        final boolean six = (packet[0] & 0xf0) == 0x60;
        final int header = six ? V6 : (packet[0] & 15) * 4;
        final int end = six ? V6 + Octets.u16(packet, 4) : Octets.u16(packet, 2);
        check(end <= packet.length && header >= (six ? V6 : MIN_V4), "lengths");
        check(six || Headers.checksum(packet, 0, header) == 0, "IPv4 checksum");
        final int protocol = packet[six ? 6 : 9] & 0xff;
        final byte[] source = Arrays.copyOfRange(packet, six ? 8 : 12, six ? 24 : 16);
        final byte[] destination = Arrays.copyOfRange(packet, six ? 24 : 16, six ? 40 : 20);
        final byte[] transport = Arrays.copyOfRange(packet, header, end);
        final int ttl = packet[six ? 7 : 8] & 0xff;
        final int tos = six ? Octets.u16(packet, 0) >>> 4 & 0xff : packet[1] & 0xff;
        final int label = six ? Octets.u32(packet, 0) & 0xfffff : 0;
        if (protocol == Headers.TCP) {
            check(Headers.checksum(source, destination, Headers.TCP, transport) == 0, "TCP checksum");
            return new SeenPacket(time, event, ttl, tos, label, null, transport);
        }
        if (protocol == Headers.UDP) {
            check(
                    Octets.u16(transport, 6) == 0 || Headers.checksum(source, destination, Headers.UDP, transport) == 0,
                    "UDP checksum");
            final UdpPorts ports = new UdpPorts(Octets.u16(transport, 0), Octets.u16(transport, 2));
            final byte[] inner = Arrays.copyOfRange(transport, Headers.UDP_HEADER, transport.length);
            return new SeenPacket(time, event, ttl, tos, label, ports, inner);
        }
        return null;
    }

    private static void check(final boolean right, final String what) {
        if (!right) {
            throw Mismatch.of("a packet was sent with a wrong " + what);
        }
    }

    int sourcePort() {
        return Octets.u16(segment, 0);
    }

    int destinationPort() {
        return Octets.u16(segment, 2);
    }

    int seq() {
        return Octets.u32(segment, 4);
    }

    int ack() {
        return Octets.u32(segment, 8);
    }

    private int headerLength() {
        return (segment[12] & 0xf0) >>> 2;
    }

    int flags() {
        return Octets.u16(segment, 12) & 0x1ff;
    }

    int window() {
        return Octets.u16(segment, 14);
    }

    int urgent() {
        return Octets.u16(segment, 18);
    }

    byte[] options() {
        return Arrays.copyOfRange(segment, Headers.TCP_HEADER, headerLength());
    }

    int length() {
        return segment.length - headerLength();
    }
}
