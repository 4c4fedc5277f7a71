package joyride.core.link;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import joyride.core.ip.Ipv6;

/** Interface identifiers that say nothing of the hardware and stay the same on a network (RFC 7217, RFC 8064). */
final class InterfaceIdentifiers {
    private final byte[] secret;

    /** @param secret of this machine; the same one gives the same addresses */
    InterfaceIdentifiers(final byte[] secret) {
        this.secret = secret.clone();
    }

    /** The low half of an address in the network {@code high}::/64. @param attempt how many before were taken */
    long identifier(final long high, final String link, final int attempt) {
        for (int more = attempt; ; more += 256) {
            final long id = hash(Ipv6.wire(high), link, more);
            if (!reserved(id)) {
                return id;
            }
        }
    }

    private long hash(final long high, final String link, final int attempt) {
        try {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(ByteBuffer.allocate(12).putLong(high).putInt(attempt).flip());
            digest.update(link.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest.digest(secret)).getLong();
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256; use a complete one", e);
        }
    }

    /** RFC 5453: subnet-router anycast, reserved anycast, and IANA's block of EUI-64. */
    private static boolean reserved(final long id) {
        return id == 0
                || id >>> 7 == 0xfdff_ffff_ffff_ff80L >>> 7
                || id >>> 24 == 0x0200_5eff_feL && (id & 0xff_ffff) <= 0x5213;
    }
}
