package joyride.api.net;

/**
 * An address with a prefix length, as an interface or a route has it.
 *
 * @param address any address of the network
 * @param length bits: 0..32 for IPv4, 0..128 for IPv6
 */
public record IpPrefix(IpAddress address, int length) {
    private static final int MAPPED = 96;

    public IpPrefix {
        final int most = address.isV4() ? 32 : 128;
        if (length < 0 || length > most) {
            throw new IllegalArgumentException("prefix length " + length + " of " + address + " is not in 0.." + most);
        }
    }

    /** Parses {@code 127.77.0.1/16}; without a length, the address alone. */
    public static IpPrefix parse(final String text) {
        final int slash = text.indexOf('/');
        if (slash < 0) {
            final IpAddress address = IpAddress.parse(text);
            return new IpPrefix(address, address.isV4() ? 32 : 128);
        }
        try {
            return new IpPrefix(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a prefix; write 127.77.0.1/16", e);
        }
    }

    /** The length in the 128-bit form. */
    public int mappedLength() {
        return address.isV4() ? length + MAPPED : length;
    }

    public boolean contains(final IpAddress other) {
        return other.isV4() == address.isV4() && contains(other.high(), other.low());
    }

    /** Whether the address with these halves (mapped form) lies in this prefix. */
    public boolean contains(final long high, final long low) {
        final int bits = mappedLength();
        if (bits < MAPPED && IpAddress.isV4(high, low)) {
            return false; // a prefix of IPv6 has no IPv4 addresses, however short it is
        }
        if (bits == 0) {
            return true;
        }
        if (bits <= 64) {
            return (high ^ address.high()) >>> (64 - bits) == 0;
        }
        return high == address.high() && (bits == 64 || (low ^ address.low()) >>> (128 - bits) == 0);
    }

    @Override
    public String toString() {
        return address + "/" + length;
    }
}
