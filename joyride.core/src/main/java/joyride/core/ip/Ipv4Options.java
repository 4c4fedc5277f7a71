package joyride.core.ip;

import joyride.api.memory.Memory;

/** IPv4 options, as a host that is not a router treats them (RFC 791 §3.1, RFC 1122 §3.2.1.8, FreeBSD's ip_dooptions). */
final class Ipv4Options {
    /** Nothing against the packet. */
    static final int GOOD = 0;
    /** Source-routed: silently dropped, {@code net.inet.ip.accept_sourceroute} = 0. */
    static final int REFUSED = -1;

    private static final int END = 0;
    private static final int NOP = 1;
    private static final int RECORD_ROUTE = 7;
    private static final int TIMESTAMP = 68;
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;

    private Ipv4Options() {}

    /** @return {@link #GOOD}, {@link #REFUSED}, or the offset in the header of what is malformed */
    static int check(final long header, final int headerLength) {
        int at = Ipv4.HEADER;
        while (at < headerLength) {
            final int type = Memory.getUnsignedByte(header + at);
            if (type == END) {
                return GOOD;
            }
            if (type == NOP) {
                at++;
                continue;
            }
            if (at + 1 >= headerLength) {
                return at;
            }
            final int length = Memory.getUnsignedByte(header + at + 1);
            if (length < 2 || at + length > headerLength) {
                return at + 1;
            }
            final int verdict = check(type, header + at, length);
            if (verdict != GOOD) {
                return verdict == REFUSED ? REFUSED : at + verdict;
            }
            at += length;
        }
        return GOOD;
    }

    private static int check(final int type, final long option, final int length) {
        return switch (type) {
            case LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE -> REFUSED;
            case RECORD_ROUTE -> length < 3 || Memory.getUnsignedByte(option + 2) < 4 ? 2 : GOOD;
            case TIMESTAMP -> length < 4 || Memory.getUnsignedByte(option + 2) < 5 ? 2 : GOOD;
            default -> GOOD;
        };
    }
}
