package joyride.testkit.packetdrill;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.testkit.simulation.Octets;

/** Bytes of headers that several packets share: addresses, checksums, RFC 2385's digest. */
final class Headers {
    static final int ICMP = 1;
    static final int TCP = 6;
    static final int UDP = 17;
    static final int ICMP6 = 58;
    static final int TCP_HEADER = 20;
    static final int UDP_HEADER = 8;

    private static final int CHECKSUM_AT = 16;

    private Headers() {}

    static byte[] address(final IpAddress address) {
        if (address.isV4()) {
            return ByteBuffer.allocate(4).putInt(address.v4Bits()).array();
        }
        return ByteBuffer.allocate(16)
                .putLong(address.high())
                .putLong(address.low())
                .array();
    }

    /** The Internet checksum (RFC 1071) over a part of {@code bytes}. */
    static int checksum(final byte[] bytes, final int from, final int length) {
        return ~Octets.sum(bytes, from, length, 0) & 0xffff;
    }

    /** The checksum of a transport over its pseudo-header and {@code segment}; 0 if the one in it is right. */
    static int checksum(final byte[] source, final byte[] destination, final int protocol, final byte[] segment) {
        final int addresses = Octets.sum(destination, 0, destination.length, Octets.sum(source, 0, source.length, 0));
        return ~Octets.sum(segment, 0, segment.length, addresses + protocol + segment.length) & 0xffff;
    }

    /** RFC 2385 §2.0: over pseudo-header, TCP header without options and with checksum 0, payload, key. */
    static byte[] md5(final byte[] source, final byte[] destination, final byte[] segment, final byte[] key) {
        try {
            final MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(source);
            digest.update(destination);
            if (source.length == 4) {
                digest.update(new byte[] {0, TCP, (byte) (segment.length >>> 8), (byte) segment.length});
            } else {
                digest.update(ByteBuffer.allocate(8)
                        .putInt(segment.length)
                        .putInt(TCP)
                        .array());
            }
            final byte[] header = Arrays.copyOf(segment, TCP_HEADER);
            Octets.put16(header, CHECKSUM_AT, 0);
            digest.update(header);
            final int offset = (segment[12] & 0xf0) >>> 2;
            digest.update(segment, offset, segment.length - offset);
            return digest.digest(key);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("no MD5 in this JVM", e);
        }
    }
}
