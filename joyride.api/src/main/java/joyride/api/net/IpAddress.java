package joyride.api.net;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * An IPv4 or IPv6 address as a value. IPv4 is kept as IPv4-mapped (RFC 4291 §2.5.5.2), so that one form of 128 bits
 * serves tables and shared memory. The data path handles the two halves as {@code long}s and makes no objects. Of a link-local address
 * (fe80::/10) bits 32..47 of the first half, 0 on the wire, are its zone (RFC 4007 §6): the number of the interface whose link it is on.
 *
 * @param high the first eight bytes in network order
 * @param low the last eight bytes
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xffff_0000_0000L;
    private static final long ZONE = 0x0000_ffff_0000_0000L;
    private static final int GROUPS = 8;

    /** {@code ::}, and as {@link #ANY_V4} {@code 0.0.0.0}. */
    public static final IpAddress ANY = new IpAddress(0, 0);

    public static final IpAddress ANY_V4 = v4(0);

    /** The IPv4 address whose 32 bits are {@code bits}, first byte highest. */
    public static IpAddress v4(final int bits) {
        return new IpAddress(0, lowOfV4(bits));
    }

    /** The low half of the IPv4-mapped form of {@code bits}. */
    public static long lowOfV4(final int bits) {
        return MAPPED | (bits & 0xffff_ffffL);
    }

    /** Whether the two halves are an IPv4-mapped address. */
    public static boolean isV4(final long high, final long low) {
        return high == 0 && (low >>> 32) == 0xffffL;
    }

    public boolean isV4() {
        return isV4(high, low);
    }

    /** Whether it is in fe80::/10. */
    public boolean isLinkLocal() {
        return high >>> 54 == 0xfe80 >>> 6;
    }

    /** The zone of a link-local address; 0: none said, or none needed. */
    public int zone() {
        return isLinkLocal() ? (int) (high >>> 32) & 0xffff : 0;
    }

    /** A link-local address in another zone; any other address as it is. */
    public IpAddress inZone(final int zone) {
        return isLinkLocal() ? new IpAddress(high & ~ZONE | (zone & 0xffffL) << 32, low) : this;
    }

    /** The 32 bits of an IPv4 address. */
    public int v4Bits() {
        return (int) low;
    }

    /** Whether this is {@code 0.0.0.0} or {@code ::}. */
    public boolean isAny() {
        return high == 0 && (low == 0 || low == MAPPED);
    }

    public boolean isMulticast() {
        return isV4() ? (v4Bits() >>> 28) == 0xe : (high >>> 56) == 0xff;
    }

    /**
     * Parses a literal, never a name; a link-local one with its zone's number behind a percent sign, or without.
     *
     * @throws IllegalArgumentException if {@code text} is no address
     */
    public static IpAddress parse(final String text) {
        final int percent = text.indexOf('%');
        if (percent > 0) {
            final IpAddress address = parse(text.substring(0, percent));
            final String zone = text.substring(percent + 1);
            if (address.isLinkLocal() && zone.matches("[1-9][0-9]{0,4}") && Integer.parseInt(zone) <= 0xffff) {
                return address.inZone(Integer.parseInt(zone));
            }
            throw new IllegalArgumentException("'" + text + "' has no zone in 1..65535 behind a link-local address");
        }
        if (text.isEmpty() || !text.chars().allMatch(c -> Character.digit(c, 16) >= 0 || c == '.' || c == ':')) {
            throw new IllegalArgumentException("'" + text + "' is not an IP address; write 192.0.2.1 or 2001:db8::1");
        }
        try {
            return of(InetAddress.ofLiteral(text));
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not an IP address; write 192.0.2.1 or 2001:db8::1", e);
        }
    }

    public static IpAddress of(final InetAddress address) {
        final byte[] bytes = address.getAddress();
        if (address instanceof Inet4Address) {
            return v4((int) bits(bytes, 0, 4));
        }
        return new IpAddress(bits(bytes, 0, 8), bits(bytes, 8, 8));
    }

    private static long bits(final byte[] bytes, final int offset, final int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = value << 8 | (bytes[offset + i] & 0xff);
        }
        return value;
    }

    @Override
    public int compareTo(final IpAddress other) {
        final int order = Long.compareUnsigned(high, other.high);
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        if (isV4()) {
            final int v4 = v4Bits();
            return (v4 >>> 24) + "." + (v4 >>> 16 & 0xff) + "." + (v4 >>> 8 & 0xff) + "." + (v4 & 0xff);
        }
        final int zone = zone();
        return text(zone == 0 ? high : high & ~ZONE) + (zone == 0 ? "" : "%" + zone);
    }

    /** RFC 5952 §4: the longest run of two and more zero groups, the first of equals, is "::". */
    private String text(final long first) {
        int begin = -1;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int zeros = 0;
            while (i + zeros < GROUPS && group(first, i + zeros) == 0) {
                zeros++;
            }
            if (zeros > length) {
                begin = i;
                length = zeros;
            }
            i += zeros;
        }
        final StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < GROUPS; i++) {
            if (i == begin) {
                text.append("::");
                i += length - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(first, i)));
            }
        }
        return text.toString();
    }

    private int group(final long first, final int i) {
        return (int) ((i < GROUPS / 2 ? first : low) >>> 48 - 16 * (i & 3)) & 0xffff;
    }
}
