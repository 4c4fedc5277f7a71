package joyride.core.share;

import joyride.api.net.IpAddress;

/**
 * What an address covers that a socket is bound to: itself, or as a wildcard all of IPv4 ({@code 0.0.0.0}), of both families ({@code ::}),
 * or of IPv6 alone. The last is {@code ::} of a socket with IPV6_V6ONLY, and has a form of its own here, so that every table tells
 * the two apart by the address.
 */
public final class Wildcards {
    /** The high half of IPv6's own wildcard; the low half is 0. It is 100::, the discard prefix (RFC 6666), which nobody has. */
    public static final long IPV6_ALONE = 0x0100_0000_0000_0000L;

    private Wildcards() {}

    /** Whether it is one. */
    public static boolean isWildcard(final long high, final long low) {
        return low == 0 ? high == 0 || high == IPV6_ALONE : high == 0 && low == IpAddress.ANY_V4.low();
    }

    /** Whether who is bound to the first gets what is for the second, which may be a wildcard itself. */
    public static boolean covers(final long boundHigh, final long boundLow, final long high, final long low) {
        if (boundLow == low && boundHigh == high) {
            return true;
        }
        if (boundLow == 0) {
            return boundHigh == 0 || boundHigh == IPV6_ALONE && !IpAddress.isV4(high, low);
        }
        return boundHigh == 0 && boundLow == IpAddress.ANY_V4.low() && IpAddress.isV4(high, low);
    }

    /** Whether something is for both. */
    public static boolean overlap(final long aHigh, final long aLow, final long bHigh, final long bLow) {
        return covers(aHigh, aLow, bHigh, bLow) || covers(bHigh, bLow, aHigh, aLow);
    }
}
