package joyride.core.ip;

import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;

/**
 * Walks the extension headers of one packet (RFC 8200 §4) up to the transport header or a fragment header; one object for each event loop. Limits are
 * those that RFC 8504 §5.3 asks hosts to have.
 */
final class ExtensionHeaders {
    /** Headers of one packet ({@code net.inet6.ip6.hdrnestlimit}). */
    static final int HEADERS = 15;
    /** Options of one header. */
    static final int OPTIONS = 8;
    /** Bytes of padding in a row. */
    private static final int PADDING = 7;

    private static final int PAD1 = 0;
    private static final int PADN = 1;
    private static final int ROUTER_ALERT = 5;

    /** What the last walk ended at: a transport protocol, {@link Ipv6#FRAGMENT} or {@link Ipv6#NO_NEXT_HEADER}. */
    int protocol;

    /** Where its header lies, from the packet's start. */
    int offset;

    /** Where the field is that names it. */
    int nextHeaderAt;

    /** Why the packet is dropped, if the walk says so. */
    DropReason fault;

    /** The parameter problem's code (RFC 4443 §3.4); -1: it is dropped in silence. */
    int code;

    /** What the problem points to. */
    int pointer;

    /** Whether a group's packet is answered, too. */
    boolean evenToGroup;

    /** @param end of the packet, from its start. @return whether there is nothing wrong */
    boolean walk(final long at, final int end) {
        protocol = Ipv6.nextHeader(at);
        nextHeaderAt = 6;
        offset = Ipv6.HEADER;
        for (int i = 0; isExtension(protocol); i++) {
            if (i == HEADERS || offset + 8 > end) {
                return fail(DropReason.IP_EXTENSION, -1, 0);
            }
            final int length = Memory.getUnsignedByte(at + offset + 1) + 1 << 3;
            if (offset + length > end) {
                return fail(DropReason.IP_EXTENSION, -1, 0);
            }
            final boolean good = switch (protocol) {
                case Ipv6.ROUTING -> routing(at);
                case Ipv6.HOP_BY_HOP -> i == 0 ? options(at, length) : fail(DropReason.IP_EXTENSION, 1, nextHeaderAt);
                default -> options(at, length);
            };
            if (!good) {
                return false;
            }
            protocol = Memory.getUnsignedByte(at + offset);
            nextHeaderAt = offset;
            offset += length;
        }
        return true;
    }

    private static boolean isExtension(final int header) {
        return header == Ipv6.HOP_BY_HOP || header == Ipv6.ROUTING || header == Ipv6.DESTINATION_OPTIONS;
    }

    private boolean fail(final DropReason reason, final int problem, final int where) {
        fault = reason;
        code = problem;
        pointer = where;
        evenToGroup = false;
        return false;
    }

    /** RFC 8200 §4.4 and, for type 0, RFC 5095: no routing type is known here, so nothing may be left to visit. */
    private boolean routing(final long at) {
        return Memory.getUnsignedByte(at + offset + 3) == 0 || fail(DropReason.IP_EXTENSION, 0, offset + 2);
    }

    private boolean options(final long at, final int length) {
        int count = 0;
        int padding = 0;
        int i = offset + 2;
        final int end = offset + length;
        while (i < end) {
            final int type = Memory.getUnsignedByte(at + i);
            final int size = type == PAD1 ? 1 : i + 1 < end ? 2 + Memory.getUnsignedByte(at + i + 1) : end;
            if (i + size > end) {
                return fail(DropReason.IP_EXTENSION, -1, 0);
            }
            if (type == PAD1 || type == PADN) {
                padding += size;
                if (padding > PADDING) {
                    return fail(DropReason.IP_EXTENSION, -1, 0);
                }
            } else {
                padding = 0;
                if (++count > OPTIONS) {
                    return fail(DropReason.IP_EXTENSION, -1, 0);
                }
                if (type != ROUTER_ALERT && !unknown(type, i)) {
                    return false;
                }
            }
            i += size;
        }
        return true;
    }

    /** RFC 8200 §4.2: the two highest bits say what to do with an option that is not known. @return whether to go on */
    private boolean unknown(final int type, final int where) {
        switch (type >>> 6) {
            case 0 -> {
                return true;
            }
            case 1 -> fail(DropReason.IP_EXTENSION, -1, 0);
            case 2 -> {
                fail(DropReason.IP_EXTENSION, 2, where);
                evenToGroup = true;
            }
            default -> fail(DropReason.IP_EXTENSION, 2, where);
        }
        return false;
    }

    /**
     * Whether a packet carries an ICMPv6 error or a redirect, whatever is wrong with what stands before it; a first fragment's header is passed, too (RFC 4443
     * §2.4 (e.1, e.2)). True as well where there are too many headers to tell.
     */
    static boolean carriesError(final long at, final int end) {
        int next = Ipv6.nextHeader(at);
        int where = Ipv6.HEADER;
        for (int i = 0; where + 8 <= end && (next == Ipv6.FRAGMENT || isExtension(next)); i++) {
            if (i == HEADERS) {
                return true;
            }
            if (next == Ipv6.FRAGMENT && Memory.getUnsignedShortBE(at + where + 2) >>> 3 != 0) {
                return false;
            }
            final int length = next == Ipv6.FRAGMENT ? 8 : Memory.getUnsignedByte(at + where + 1) + 1 << 3;
            next = Memory.getUnsignedByte(at + where);
            where += length;
        }
        return next == Ipv6.ICMP && (where >= end || Icmpv6.isError(Memory.getUnsignedByte(at + where)));
    }
}
