package joyride.testkit.simulation;

import joyride.api.memory.Kernels;
import joyride.api.net.IpAddress;

/** Numbers in arrays of bytes, in the order of the network. */
public final class Octets {
    private Octets() {}

    public static int u16(final byte[] bytes, final int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    public static int u32(final byte[] bytes, final int at) {
        return u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    public static void put16(final byte[] bytes, final int at, final int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    public static void put32(final byte[] bytes, final int at, final int value) {
        put16(bytes, at, value >>> 16);
        put16(bytes, at + 2, value);
    }

    public static void put64(final byte[] bytes, final int at, final long value) {
        put32(bytes, at, (int) (value >>> 32));
        put32(bytes, at + 4, (int) value);
    }

    /** An address of IPv6. */
    public static void putAddress(final byte[] bytes, final int at, final IpAddress address) {
        put64(bytes, at, address.high());
        put64(bytes, at + 8, address.low());
    }

    /** The folded sum of {@code initial} and 16-bit words (RFC 1071), the last of which may be half; its complement is the Internet checksum. */
    public static int sum(final byte[] bytes, final int from, final int length, final int initial) {
        long sum = initial;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        return Kernels.fold(sum);
    }
}
