package joyride.core.ip;

import java.util.List;
import joyride.api.net.IpPrefix;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;

/**
 * Which of an interface's addresses a packet goes out with (RFC 6724 §5): the rules that mean something where candidates are those of the outgoing
 * interface, and there are no home or temporary addresses. The policy table is the RFC's default (§2.1).
 */
final class SourceSelection {
    private SourceSelection() {}

    /** @return the best of {@code out}'s IPv6 addresses for the destination, or null if it has none */
    static IpPrefix choose(final LinkInterface out, final long high, final long low) {
        IpPrefix best = null;
        final List<IpPrefix> own = out.addresses();
        for (int i = 0; i < own.size(); i++) {
            final IpPrefix candidate = own.get(i);
            if (!candidate.address().isV4() && (best == null || better(candidate, best, out, high, low))) {
                best = candidate;
            }
        }
        return best;
    }

    private static boolean better(
            final IpPrefix a, final IpPrefix b, final LinkInterface out, final long high, final long low) {
        // Rule 1: the same address.
        if (is(a, high, low) || is(b, high, low)) {
            return is(a, high, low);
        }
        // Rule 2: appropriate scope.
        final int scopeA = scope(a.address().high(), a.address().low());
        final int scopeB = scope(b.address().high(), b.address().low());
        if (scopeA != scopeB) {
            final int wanted = scope(high, low);
            return scopeA < scopeB ? scopeA >= wanted : scopeB < wanted;
        }
        // Rule 3: no deprecated address.
        final boolean oldA = isDeprecated(out, a);
        if (oldA != isDeprecated(out, b)) {
            return !oldA;
        }
        // Rule 6: matching label.
        final int label = label(high, low);
        final boolean matches = label(a.address().high(), a.address().low()) == label;
        if (matches != (label(b.address().high(), b.address().low()) == label)) {
            return matches;
        }
        // Rule 8: the longest matching prefix, within the address's own.
        return common(a, high, low) > common(b, high, low);
    }

    private static boolean is(final IpPrefix own, final long high, final long low) {
        return own.address().low() == low && own.address().high() == high;
    }

    private static boolean isDeprecated(final LinkInterface out, final IpPrefix own) {
        return out instanceof final EthernetInterface ethernet
                && ethernet.nd()
                        .isDeprecated(own.address().high(), own.address().low());
    }

    private static int common(final IpPrefix own, final long high, final long low) {
        final int bits = own.address().high() == high
                ? 64 + Long.numberOfLeadingZeros(own.address().low() ^ low)
                : Long.numberOfLeadingZeros(own.address().high() ^ high);
        return Math.min(bits, own.length());
    }

    /** RFC 4007 §4, as RFC 4291 §2.7 numbers them. */
    static int scope(final long high, final long low) {
        if (Ipv6.isMulticast(high)) {
            return (int) (high >>> 48) & 15;
        }
        if (Ipv6.isLinkLocal(high) || Ipv6.isLoopback(high, low)) {
            return 2;
        }
        return high >>> 54 == 0xfec0 >>> 6 ? 5 : 14;
    }

    /** RFC 6724 §2.1. */
    private static int label(final long high, final long low) {
        if (Ipv6.isLoopback(high, low)) {
            return 0;
        }
        if (high >>> 48 == 0x2002) {
            return 2;
        }
        if (high >>> 32 == 0x2001_0000L) {
            return 5;
        }
        if (high >>> 57 == 0xfc >>> 1) {
            return 13;
        }
        if (high >>> 54 == 0xfec0 >>> 6) {
            return 11;
        }
        if (high >>> 48 == 0x3ffe) {
            return 12;
        }
        return high == 0 && low >>> 32 == 0 ? 3 : 1;
    }
}
