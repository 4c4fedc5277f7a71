package joyride.core.tcp;

import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;

/**
 * The Fast Open cookies that an instance gives its clients (RFC 7413 §4.1.2): SipHash of their address, by one of two keys that take turns.
 */
final class FastOpenKeys {
    static final int COOKIE = 8;

    private static final int LEAST = 4;
    private static final long SECOND = 1000;

    private final RandomSource random;
    private SipHash present;
    private SipHash before;
    private long since;

    FastOpenKeys(final RandomSource random) {
        this.random = random;
    }

    private void turn(final long now, final TcpTunables tunables) {
        final long period = tunables.fastOpenAutoKey * SECOND;
        if (present == null) {
            present = new SipHash(random);
            since = now;
        } else if (period > 0 && now - since >= period) {
            // Keys turn when they are asked for: one that nobody has asked for meanwhile may be older than both.
            before = now - since < 2 * period ? present : null;
            present = new SipHash(random);
            since = now;
        }
    }

    /** The cookie for a client from now on. */
    long cookie(final long high, final long low, final long now, final TcpTunables tunables) {
        turn(now, tunables);
        return of(present, high, low);
    }

    private static long of(final SipHash key, final long high, final long low) {
        return key.hash(high, low, 0, 0, 0, 0);
    }

    /** Whether the SYN has a cookie that was given to its sender lately. */
    boolean accepts(final long high, final long low, final TcpSegment syn, final long now, final TcpTunables tunables) {
        turn(now, tunables);
        final int length = syn.cookieLength;
        if (tunables.fastOpenAcceptAny != 0) {
            return length >= LEAST && length <= TcpSegment.MAX_COOKIE && length % 2 == 0;
        }
        if (length != COOKIE) {
            return false;
        }
        long cookie = 0;
        for (int i = 0; i < COOKIE; i++) {
            cookie = cookie << 8 | syn.cookie[i] & 0xff;
        }
        return cookie == of(present, high, low) || before != null && cookie == of(before, high, low);
    }

    /** Lays a cookie out in a SYN-ACK. */
    static void put(final TcpOutput output, final long cookie) {
        output.cookieLength = COOKIE;
        for (int i = 0; i < COOKIE; i++) {
            output.cookie[i] = (byte) (cookie >>> 8 * (COOKIE - 1 - i));
        }
    }
}
