package joyride.core.tcp;

import joyride.api.socket.Errno;

/** What ICMP errors mean to a connection (RFC 1122 §4.2.3.9, RFC 5461, FreeBSD's inetctlerrmap). */
final class IcmpErrors {
    private static final int V4_UNREACHABLE = 3;
    private static final int V6_UNREACHABLE = 1;

    private IcmpErrors() {}

    /** ECONNREFUSED for what ends an open, another errno for what is only remembered, 0 for what is ignored. */
    static int errno(final boolean v4, final int type, final int code) {
        if (v4) {
            if (type != V4_UNREACHABLE) {
                return 0;
            }
            return switch (code) {
                case 2, 3, 9, 10, 13 -> Errno.ECONNREFUSED;
                case 4 -> 0;
                default -> Errno.EHOSTUNREACH;
            };
        }
        if (type != V6_UNREACHABLE) {
            return 0;
        }
        return code == 1 || code == 4 ? Errno.ECONNREFUSED : Errno.EHOSTUNREACH;
    }
}
