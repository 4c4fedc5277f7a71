package joyride.fuzz;

import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.testkit.simulation.Octets;

/** IP packets as bytes, from the IP header on: those made have right lengths and checksums, so that what is wrong with them is what the input says. */
final class Packets {
    static final int ETHERNET = 14;
    static final int IPV4 = 20;
    static final int IPV6 = 40;
    static final int UDP_HEADER = 8;

    static final int HOP_BY_HOP = 0;
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int ICMP6 = 58;
    static final int NO_NEXT_HEADER = 59;
    static final int DESTINATION_OPTIONS = 60;

    private Packets() {}

    /** @param options a multiple of 4 bytes, at most 40. @param flags and offset, as on the wire */
    static byte[] four(
            final IpAddress source,
            final IpAddress destination,
            final int protocol,
            final byte[] options,
            final int id,
            final int flags,
            final byte[] payload) {
        final int header = IPV4 + options.length;
        final byte[] packet = new byte[header + payload.length];
        packet[0] = (byte) (0x40 | header / 4);
        Octets.put16(packet, 2, packet.length);
        Octets.put16(packet, 4, id);
        Octets.put16(packet, 6, flags);
        packet[8] = 64;
        packet[9] = (byte) protocol;
        Octets.put32(packet, 12, source.v4Bits());
        Octets.put32(packet, 16, destination.v4Bits());
        System.arraycopy(options, 0, packet, IPV4, options.length);
        Octets.put16(packet, 10, ~Octets.sum(packet, 0, header, 0));
        System.arraycopy(payload, 0, packet, header, payload.length);
        return packet;
    }

    static byte[] six(
            final IpAddress source, final IpAddress destination, final int next, final int hops, final byte[] payload) {
        final byte[] packet = new byte[IPV6 + payload.length];
        packet[0] = 0x60;
        Octets.put16(packet, 4, payload.length);
        packet[6] = (byte) next;
        packet[7] = (byte) hops;
        Octets.putAddress(packet, 8, source);
        Octets.putAddress(packet, 24, destination);
        System.arraycopy(payload, 0, packet, IPV6, payload.length);
        return packet;
    }

    /** A packet of the addresses' family, without options or fragments. */
    static byte[] packet(
            final IpAddress source, final IpAddress destination, final int protocol, final byte[] payload) {
        return source.isV4()
                ? four(source, destination, protocol, new byte[0], 1, 0, payload)
                : six(source, destination, protocol, 64, payload);
    }

    /** A UDP datagram without its checksum. */
    static byte[] datagram(final int sourcePort, final int destinationPort, final byte[] payload) {
        final byte[] datagram = new byte[UDP_HEADER + payload.length];
        Octets.put16(datagram, 0, sourcePort);
        Octets.put16(datagram, 2, destinationPort);
        Octets.put16(datagram, 4, datagram.length);
        System.arraycopy(payload, 0, datagram, UDP_HEADER, payload.length);
        return datagram;
    }

    /** Writes the checksum of a transport message for these addresses; nothing where it has no room for one, or the protocol none. */
    static byte[] checksummed(
            final byte[] message, final IpAddress source, final IpAddress destination, final int protocol) {
        final int field = field(protocol);
        if (field >= 0 && field + 2 <= message.length) {
            Octets.put16(message, field, 0);
            final int sum =
                    ~Octets.sum(message, 0, message.length, pseudo(source, destination, protocol, message.length));
            Octets.put16(message, field, protocol == UDP && (sum & 0xffff) == 0 ? 0xffff : sum);
        }
        return message;
    }

    /** Whether the checksum of a transport message for these addresses is right, or it has none. */
    static boolean isRight(
            final byte[] message, final IpAddress source, final IpAddress destination, final int protocol) {
        final int field = field(protocol);
        return field < 0
                || protocol == UDP && source.isV4() && Octets.u16(message, field) == 0
                || Octets.sum(message, 0, message.length, pseudo(source, destination, protocol, message.length))
                        == 0xffff;
    }

    private static int field(final int protocol) {
        return switch (protocol) {
            case TCP -> 16;
            case UDP -> 6;
            case ICMP, ICMP6 -> 2;
            default -> -1;
        };
    }

    private static int pseudo(
            final IpAddress source, final IpAddress destination, final int protocol, final int length) {
        if (protocol == ICMP) {
            return 0;
        }
        final byte[] both = new byte[32];
        if (source.isV4()) {
            Octets.put32(both, 0, source.v4Bits());
            Octets.put32(both, 4, destination.v4Bits());
        } else {
            Octets.putAddress(both, 0, source);
            Octets.putAddress(both, 16, destination);
        }
        return Octets.sum(both, 0, both.length, protocol + length);
    }

    static byte[] join(final byte[] a, final byte[] b) {
        final byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    static IpAddress address(final byte[] bytes, final int at) {
        return new IpAddress(u64(bytes, at), u64(bytes, at + 8));
    }

    private static long u64(final byte[] bytes, final int at) {
        return (long) Octets.u32(bytes, at) << 32 | Octets.u32(bytes, at + 4) & 0xffff_ffffL;
    }
}
