package joyride.testkit.packetdrill;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.testkit.packetdrill.script.PacketSpec;
import joyride.testkit.packetdrill.script.PacketSpec.IcmpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.IpInfo;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;
import joyride.testkit.packetdrill.script.TcpOption;
import joyride.testkit.simulation.Octets;

/** The peer's packets: from a script's words to bytes with right checksums. */
final class PacketWriter {
    private static final int TTL = 255;
    private static final int CHECKSUM_AT = 16;
    private static final int ANY_WINDOW = 65535;

    private final byte[] local;
    private final byte[] remote;
    private final byte[] md5Key;

    /** @param md5Secret null: none */
    PacketWriter(final IpAddress local, final IpAddress remote, final String md5Secret) {
        this.local = Headers.address(local);
        this.remote = Headers.address(remote);
        md5Key = md5Secret == null ? new byte[0] : md5Secret.getBytes(StandardCharsets.UTF_8);
    }

    byte[] packet(final PacketSpec spec, final Flow flow) {
        return switch (spec) {
            case TcpSpec tcp -> tcp(tcp, flow);
            case IcmpSpec icmp -> icmp(icmp, flow);
        };
    }

    private byte[] tcp(final TcpSpec spec, final Flow flow) {
        if (spec.seq() == null || spec.options() == null) {
            throw Mismatch.of("a packet to send must say its sequence number and options");
        }
        final byte[] options = OptionBytes.encode(spec.options(), flow);
        final byte[] segment = new byte[Headers.TCP_HEADER + options.length + spec.length()];
        Octets.put16(segment, 0, flow.remotePort);
        Octets.put16(segment, 2, flow.localPort);
        Octets.put32(segment, 4, (int) (long) spec.seq() + (spec.absolute() ? 0 : flow.irs));
        Octets.put32(segment, 8, spec.ack() == null ? 0 : flow.iss + (int) (long) spec.ack());
        Octets.put16(segment, 12, (Headers.TCP_HEADER + options.length) / 4 << 12 | spec.flags());
        Octets.put16(segment, 14, spec.window() == PacketSpec.ANY ? ANY_WINDOW : spec.window());
        Octets.put16(segment, 18, spec.urgent() == PacketSpec.ANY ? 0 : spec.urgent());
        System.arraycopy(options, 0, segment, Headers.TCP_HEADER, options.length);
        sign(segment, options, spec);
        Octets.put16(segment, CHECKSUM_AT, Headers.checksum(remote, local, Headers.TCP, segment));
        return ip(remote, local, spec.ip(), spec.udp() == null ? Headers.TCP : Headers.UDP, udp(spec.udp(), segment));
    }

    private void sign(final byte[] segment, final byte[] options, final TcpSpec spec) {
        final TcpOption.Md5 wanted = spec.options().stream()
                .filter(TcpOption.Md5.class::isInstance)
                .map(TcpOption.Md5.class::cast)
                .findFirst()
                .orElse(null);
        if (wanted == null) {
            return;
        }
        final int at = OptionBytes.find(options, OptionBytes.MD5);
        final byte[] digest = Headers.md5(remote, local, segment, md5Key);
        digest[0] ^= (byte) (wanted.valid() ? 0 : 1);
        System.arraycopy(digest, 0, segment, Headers.TCP_HEADER + at + 2, digest.length);
    }

    /** Whether the digest that the stack put into a segment is right. */
    boolean validDigest(final byte[] segment) {
        final byte[] options = Arrays.copyOfRange(segment, Headers.TCP_HEADER, (segment[12] & 0xf0) >>> 2);
        final int at = OptionBytes.find(options, OptionBytes.MD5);
        return at >= 0
                && at + OptionBytes.MD5_LENGTH <= options.length
                && Arrays.equals(
                        Headers.md5(local, remote, segment, md5Key),
                        Arrays.copyOfRange(options, at + 2, at + OptionBytes.MD5_LENGTH));
    }

    private byte[] udp(final UdpPorts ports, final byte[] inner) {
        if (ports == null) {
            return inner;
        }
        final byte[] datagram = new byte[Headers.UDP_HEADER + inner.length];
        Octets.put16(datagram, 0, ports.source());
        Octets.put16(datagram, 2, ports.destination());
        Octets.put16(datagram, 4, datagram.length);
        System.arraycopy(inner, 0, datagram, Headers.UDP_HEADER, inner.length);
        Octets.put16(datagram, 6, Headers.checksum(remote, local, Headers.UDP, datagram));
        return datagram;
    }

    /** An ICMP error of the peer's, about a segment of the stack's: its IP header and first 8 bytes (RFC 792). */
    private byte[] icmp(final IcmpSpec spec, final Flow flow) {
        final byte[] inner = new byte[8];
        Octets.put16(inner, 0, flow.localPort);
        Octets.put16(inner, 2, flow.remotePort);
        Octets.put32(inner, 4, flow.iss + (int) spec.seq());
        final byte[] quoted;
        if (spec.udp() == null) {
            quoted = quote(Headers.TCP, inner, Headers.TCP_HEADER + spec.length());
        } else {
            final byte[] datagram = new byte[Headers.UDP_HEADER + inner.length];
            Octets.put16(datagram, 0, spec.udp().source());
            Octets.put16(datagram, 2, spec.udp().destination());
            Octets.put16(datagram, 4, Headers.UDP_HEADER + Headers.TCP_HEADER + spec.length());
            System.arraycopy(inner, 0, datagram, Headers.UDP_HEADER, inner.length);
            quoted = quote(Headers.UDP, datagram, Headers.UDP_HEADER + Headers.TCP_HEADER + spec.length());
        }
        final byte[] message = new byte[8 + quoted.length];
        message[0] = (byte) spec.type();
        message[1] = (byte) spec.code();
        if (spec.mtu() != PacketSpec.ANY) {
            Octets.put32(message, 4, spec.mtu());
        }
        System.arraycopy(quoted, 0, message, 8, quoted.length);
        final int protocol = spec.six() ? Headers.ICMP6 : Headers.ICMP;
        Octets.put16(
                message,
                2,
                spec.six()
                        ? Headers.checksum(remote, local, protocol, message)
                        : Headers.checksum(message, 0, message.length));
        return ip(remote, local, spec.ip(), protocol, message);
    }

    private byte[] quote(final int protocol, final byte[] begin, final int length) {
        final byte[] whole = ip(local, remote, null, protocol, Arrays.copyOf(begin, length));
        return Arrays.copyOf(whole, whole.length - length + begin.length);
    }

    private static byte[] ip(
            final byte[] source, final byte[] destination, final IpInfo info, final int protocol, final byte[] data) {
        final int ttl = info == null || info.ttl() == PacketSpec.ANY ? TTL : info.ttl();
        final int tos = info == null ? 0 : info.tos();
        final int label = info == null || info.flowLabel() == PacketSpec.ANY ? 0 : info.flowLabel();
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (source.length == 4) {
            final byte[] header = new byte[12];
            header[0] = 0x45;
            header[1] = (byte) tos;
            Octets.put16(header, 2, 20 + data.length);
            header[8] = (byte) ttl;
            header[9] = (byte) protocol;
            out.writeBytes(header);
        } else {
            final byte[] header = new byte[8];
            Octets.put32(header, 0, 6 << 28 | tos << 20 | label);
            Octets.put16(header, 4, data.length);
            header[6] = (byte) protocol;
            header[7] = (byte) ttl;
            out.writeBytes(header);
        }
        out.writeBytes(source);
        out.writeBytes(destination);
        out.writeBytes(data);
        final byte[] packet = out.toByteArray();
        if (source.length == 4) {
            Octets.put16(packet, 10, Headers.checksum(packet, 0, 20));
        }
        return packet;
    }
}
