package joyride.api.net;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address as a value. IPv4 is kept as IPv4-mapped (RFC 4291 §2.5.5.2), so that one form of 128 bits
 * serves tables and shared memory. The data path handles the two halves as {@code long}s and makes no objects.
 *
 * @param high the first eight bytes in network order
 * @param low the last eight bytes
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {
    private static final long MAPPED = 0xffff_0000_0000L;

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
     * Parses a literal, never a name.
     *
     * @throws IllegalArgumentException if {@code text} is no address
     */
    public static IpAddress parse(final String text) {
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
        final byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (high >>> (56 - 8 * i));
            bytes[8 + i] = (byte) (low >>> (56 - 8 * i));
        }
        try {
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (final UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
