package joyride.core.tcp;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;

/**
 * The digest of RFC 2385 §2.0: pseudo header, TCP header without options and with checksum 0, payload, key. One for each event loop and
 * direction; allocates nothing but itself.
 */
final class Md5Signature {
    static final int LENGTH = 16;

    private static final int CHUNK = 2048;
    private static final int V4_PSEUDO = 12;
    private static final int V6_PSEUDO = 40;

    private final MessageDigest md5;
    private final byte[] bytes = new byte[CHUNK];
    private final byte[] result = new byte[LENGTH];

    Md5Signature() {
        try {
            md5 = MessageDigest.getInstance("MD5");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("no MD5 in this JVM: java.security must not disable it", e);
        }
    }

    /** Writes the digest of a segment, which lies at {@code segment} as a whole, to {@code digest}. */
    void sign(
            final Path path,
            final long segment,
            final int length,
            final int headerLength,
            final byte[] key,
            final long digest) {
        pseudo(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
        segment(segment, length, headerLength, key);
        Memory.copyIn(result, 0, digest, LENGTH);
    }

    /** Whether the digest at {@code digest} is right for a segment that arrived. */
    boolean verify(
            final Packet packet, final int headerLength, final int payloadLength, final byte[] key, final long digest) {
        final int length = headerLength + payloadLength;
        pseudo(packet.sourceHigh, packet.sourceLow, packet.destinationHigh, packet.destinationLow, length);
        segment(packet.transport, length, headerLength, key);
        int different = 0;
        for (int i = 0; i < LENGTH; i++) {
            different |= result[i] ^ (byte) Memory.getUnsignedByte(digest + i);
        }
        return different == 0;
    }

    private void pseudo(
            final long zonedSourceHigh,
            final long sourceLow,
            final long zonedDestinationHigh,
            final long destinationLow,
            final int length) {
        final long sourceHigh = Ipv6.wire(zonedSourceHigh);
        final long destinationHigh = Ipv6.wire(zonedDestinationHigh);
        md5.reset();
        if (IpAddress.isV4(destinationHigh, destinationLow)) {
            put(0, (int) sourceLow);
            put(4, (int) destinationLow);
            put(8, TcpHeader.PROTOCOL << 16 | length);
            md5.update(bytes, 0, V4_PSEUDO);
            return;
        }
        put(0, (int) (sourceHigh >>> 32));
        put(4, (int) sourceHigh);
        put(8, (int) (sourceLow >>> 32));
        put(12, (int) sourceLow);
        put(16, (int) (destinationHigh >>> 32));
        put(20, (int) destinationHigh);
        put(24, (int) (destinationLow >>> 32));
        put(28, (int) destinationLow);
        put(32, length);
        put(36, TcpHeader.PROTOCOL);
        md5.update(bytes, 0, V6_PSEUDO);
    }

    private void put(final int at, final int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    private void segment(final long segment, final int length, final int headerLength, final byte[] key) {
        Memory.copyOut(segment, bytes, 0, TcpHeader.LENGTH);
        bytes[TcpHeader.CHECKSUM] = 0;
        bytes[TcpHeader.CHECKSUM + 1] = 0;
        md5.update(bytes, 0, TcpHeader.LENGTH);
        for (int done = headerLength; done < length; done += CHUNK) {
            final int piece = Math.min(length - done, CHUNK);
            Memory.copyOut(segment + done, bytes, 0, piece);
            md5.update(bytes, 0, piece);
        }
        md5.update(key, 0, key.length);
        try {
            md5.digest(result, 0, LENGTH);
        } catch (final DigestException e) {
            throw new IllegalStateException("MD5 takes " + LENGTH + " bytes", e);
        }
    }
}
