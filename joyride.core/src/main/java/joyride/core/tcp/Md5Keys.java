package joyride.core.tcp;

import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;

/** The keys of a socket's peers (RFC 2385), by address prefix; the longest that fits counts. Looking one up allocates nothing. */
final class Md5Keys {
    static final int MAX_KEY = 80;

    private static final int MOST = 1024;
    private static final int V4_PREFIX = 96;

    /** Without keys; nobody sets one here. */
    static final Md5Keys NONE = new Md5Keys();

    private Entry[] entries = {};

    /** @param bits of the 128 of the address, IPv4-mapped ones counting 96 more */
    private record Entry(long high, long low, int bits, byte[] key) {
        boolean fits(final long peerHigh, final long peerLow) {
            return ((peerHigh ^ high) & mask(bits)) == 0 && ((peerLow ^ low) & mask(bits - 64)) == 0;
        }
    }

    Md5Keys() {}

    /** A copy: what a listener's connections inherit. */
    Md5Keys(final Md5Keys from) {
        entries = from.entries;
    }

    private static long mask(final int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << 64 - bits;
    }

    /** {@link joyride.api.socket.Socket#md5Key}. */
    int set(final IpAddress peer, final int prefix, final byte[] key) {
        final int bits = peer.isV4() ? prefix + V4_PREFIX : prefix;
        if (prefix < 0 || bits > 128 || key.length > MAX_KEY) {
            return Errno.EINVAL;
        }
        final long high = peer.high() & mask(bits);
        final long low = peer.low() & mask(bits - 64);
        int known = 0;
        while (known < entries.length
                && (entries[known].bits != bits || entries[known].high != high || entries[known].low != low)) {
            known++;
        }
        if (key.length == 0) {
            return remove(known);
        }
        if (known == MOST) {
            return Errno.ENOMEM;
        }
        final Entry[] more = Arrays.copyOf(entries, Math.max(entries.length, known + 1));
        more[known] = new Entry(high, low, bits, key.clone());
        entries = more;
        return 0;
    }

    private int remove(final int known) {
        if (known == entries.length) {
            return Errno.ENOENT;
        }
        final Entry[] fewer = entries.clone();
        fewer[known] = fewer[fewer.length - 1];
        entries = Arrays.copyOf(fewer, fewer.length - 1);
        return 0;
    }

    /** @return null: none */
    byte[] find(final long peerHigh, final long peerLow) {
        final Entry[] all = entries;
        Entry best = null;
        for (int i = 0; i < all.length; i++) {
            if ((best == null || all[i].bits > best.bits) && all[i].fits(peerHigh, peerLow)) {
                best = all[i];
            }
        }
        return best == null ? null : best.key;
    }
}
