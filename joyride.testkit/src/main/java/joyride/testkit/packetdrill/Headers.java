package joyride.testkit.packetdrill;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import joyride.api.memory.Kernels;
import joyride.api.net.IpAddress;

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

    static int u16(final byte[] bytes, final int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    static int u32(final byte[] bytes, final int at) {
        return u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    static void put16(final byte[] bytes, final int at, final int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    static void put32(final byte[] bytes, final int at, final int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }

    private static long sum(final byte[] bytes, final int from, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    /** The Internet checksum (RFC 1071) over a part of {@code bytes}. */
    static int checksum(final byte[] bytes, final int from, final int length) {
        return ~Kernels.fold(sum(bytes, from, length)) & 0xffff;
    }

    /** The checksum of a transport over its pseudo-header and {@code segment}; 0 if the one in it is right. */
    static int checksum(final byte[] source, final byte[] destination, final int protocol, final byte[] segment) {
        final long pseudo =
                sum(source, 0, source.length) + sum(destination, 0, destination.length) + protocol + segment.length;
        return ~Kernels.fold(pseudo + sum(segment, 0, segment.length)) & 0xffff;
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
            final byte[] header = java.util.Arrays.copyOf(segment, TCP_HEADER);
            put16(header, CHECKSUM_AT, 0);
            digest.update(header);
            final int offset = (segment[12] & 0xf0) >>> 2;
            digest.update(segment, offset, segment.length - offset);
            return digest.digest(key);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("no MD5 in this JVM", e);
        }
    }
}
