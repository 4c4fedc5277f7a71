package joyride.api.net;

/**
 * An Ethernet address.
 *
 * @param bits the six bytes, first highest, in the low 48 bits
 */
public record MacAddress(long bits) {
    public static final MacAddress BROADCAST = new MacAddress(0xffff_ffff_ffffL);

    /** Parses {@code 02:00:00:00:00:01}. */
    public static MacAddress parse(final String text) {
        final String[] parts = text.split(":", -1);
        long bits = 0;
        if (parts.length == 6) {
            try {
                for (final String part : parts) {
                    final int value = Integer.parseInt(part, 16);
                    if (value < 0 || value > 255) {
                        throw new NumberFormatException(part);
                    }
                    bits = bits << 8 | value;
                }
                return new MacAddress(bits);
            } catch (final NumberFormatException e) {
                // the line below says it
            }
        }
        throw new IllegalArgumentException("'" + text + "' is not a MAC address; write 02:00:00:00:00:01");
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.append(Character.forDigit((int) (bits >>> (shift + 4)) & 15, 16));
            text.append(Character.forDigit((int) (bits >>> shift) & 15, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }
}
