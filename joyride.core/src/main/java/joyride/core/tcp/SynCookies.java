package joyride.core.tcp;

import joyride.api.tcp.TcpSegment;
import joyride.api.time.RandomSource;

/**
 * SYN cookies (RFC 4987 §3.6) in FreeBSD's layout: 24 bits of a keyed hash and eight bits of what the SYN said. Two secrets, each used
 * for 15 s and accepted for 15 s more.
 */
final class SynCookies {
    /** How long a secret is used, ms. */
    static final int LIFETIME = 15_000;

    private static final int[] MSS = {216, 536, 1200, 1360, 1400, 1440, 1452, 1460};
    private static final int[] SCALE = {0, 0, 1, 2, 4, 6, 7, 8};

    private final RandomSource random;
    private final SipHash[] secrets = new SipHash[2];
    private int odd;
    private long since = Long.MIN_VALUE;

    SynCookies(final RandomSource random) {
        this.random = random;
        secrets[0] = new SipHash(random);
        secrets[1] = new SipHash(random);
    }

    /** The ISN of the SYN-ACK that stands for {@code entry}. */
    int encode(final HalfOpen entry, final long now) {
        if (since == Long.MIN_VALUE) {
            since = now;
        }
        if (now - since >= LIFETIME) {
            odd ^= 1;
            secrets[odd] = new SipHash(random);
            since = now;
        }
        int bits = index(MSS, Math.max(entry.peerMss, MSS[0])) << 5 | odd;
        if (entry.peerScale >= 0) {
            bits |= Math.max(index(SCALE, entry.peerScale), 1) << 2;
        }
        if (entry.sack) {
            bits |= 1 << 1;
        }
        return cookie(hash(secrets[odd], entry, entry.irs, bits), bits);
    }

    /**
     * Fills {@code entry}, whose tuple is set, from the acknowledgement of a cookie.
     *
     * @return whether it is one of ours
     */
    boolean decode(final HalfOpen entry, final TcpSegment segment) {
        final int cookie = segment.ack - 1;
        final int irs = segment.seq - 1;
        final int bits = (cookie ^ cookie >>> 24) & 0xff;
        if (cookie(hash(secrets[bits & 1], entry, irs, bits), bits) != cookie) {
            return false;
        }
        entry.irs = irs;
        entry.iss = cookie;
        entry.peerMss = MSS[bits >>> 5];
        entry.peerScale = (bits >>> 2 & 7) == 0 ? -1 : SCALE[bits >>> 2 & 7];
        entry.sack = (bits & 1 << 1) != 0;
        return true;
    }

    /** The low eight bits are masked by the hash's top ones, which the cookie shows as its own. */
    private static int cookie(final long hash, final int bits) {
        final int high = (int) hash & ~0xff;
        return high | (bits ^ high >>> 24) & 0xff;
    }

    private static long hash(final SipHash secret, final HalfOpen entry, final int irs, final int bits) {
        return secret.hash(
                entry.localHigh,
                entry.localLow,
                entry.remoteHigh,
                entry.remoteLow,
                (long) entry.localPort << 16 | entry.remotePort,
                (long) irs << 32 | bits);
    }

    private static int index(final int[] values, final int value) {
        int index = 0;
        while (index + 1 < values.length && values[index + 1] <= value) {
            index++;
        }
        return index;
    }
}
