package joyride.core.ip;

import joyride.api.memory.Memory;

/**
 * The IPv6 header (RFC 8200 §3) at an address, and what an address says of itself. Nothing is checked here: {@link Ipv6Input} has
 * checked what came in before anybody reads a field.
 *
 * <p>An address is two {@code long}s. Inside the service a link-local unicast address carries its zone (RFC 4007 §6), the number
 * of the interface, in bits 32..47 of the high one, which are 0 on the wire: so tables keep fe80::1 of one link apart from fe80::1 of another.
 */
public final class Ipv6 {
    /** Bytes of the header. */
    public static final int HEADER = 40;
    /** The least MTU that a link may have (RFC 8200 §5). */
    public static final int MIN_MTU = 1280;
    /** The hop limit that proves that a packet comes from the link (RFC 4861 §11.2). */
    public static final int LOCAL_HOPS = 255;
    /** The protocol number of ICMPv6. */
    public static final int ICMP = 58;

    public static final int HOP_BY_HOP = 0;
    static final int ROUTING = 43;
    static final int FRAGMENT = 44;
    static final int NO_NEXT_HEADER = 59;
    static final int DESTINATION_OPTIONS = 60;

    static final int MAX_PAYLOAD = 65535;

    private static final long ZONE = 0x0000_ffff_0000_0000L;
    private static final long VERSION = 6L << 60;
    private static final int LINK_LOCAL = 0xfe80 >>> 6;

    private Ipv6() {}

    static int trafficClass(final long at) {
        return Memory.getUnsignedShortBE(at) >>> 4 & 0xff;
    }

    static int flowLabel(final long at) {
        return Memory.getIntBE(at) & 0xf_ffff;
    }

    /** Bytes behind the header, extension headers included. */
    static int payloadLength(final long at) {
        return Memory.getUnsignedShortBE(at + 4);
    }

    static int nextHeader(final long at) {
        return Memory.getUnsignedByte(at + 6);
    }

    static int hopLimit(final long at) {
        return Memory.getUnsignedByte(at + 7);
    }

    static long sourceHigh(final long at) {
        return Memory.getLongBE(at + 8);
    }

    static long sourceLow(final long at) {
        return Memory.getLongBE(at + 16);
    }

    static long destinationHigh(final long at) {
        return Memory.getLongBE(at + 24);
    }

    static long destinationLow(final long at) {
        return Memory.getLongBE(at + 32);
    }

    /** Writes a header; zones stay here. */
    public static void write(
            final long at,
            final int trafficClass,
            final int flowLabel,
            final int payloadLength,
            final int nextHeader,
            final int hopLimit,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow) {
        Memory.putLongBE(
                at,
                VERSION
                        | (long) trafficClass << 52
                        | (long) flowLabel << 32
                        | (long) payloadLength << 16
                        | nextHeader << 8
                        | hopLimit);
        Memory.putLongBE(at + 8, wire(sourceHigh));
        Memory.putLongBE(at + 16, sourceLow);
        Memory.putLongBE(at + 24, wire(destinationHigh));
        Memory.putLongBE(at + 32, destinationLow);
    }

    /** The sum of the pseudo-header (RFC 8200 §8.1), unfolded, as {@link joyride.api.memory.Kernels} take it. */
    public static long pseudoSum(
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int protocol,
            final int length) {
        return words(wire(sourceHigh))
                + words(sourceLow)
                + words(wire(destinationHigh))
                + words(destinationLow)
                + protocol
                + (length >>> 16)
                + (length & 0xffff);
    }

    private static long words(final long bits) {
        return (bits >>> 48) + (bits >>> 32 & 0xffff) + (bits >>> 16 & 0xffff) + (bits & 0xffff);
    }

    /** The address as it is on the wire: without its zone. */
    public static long wire(final long high) {
        return isLinkLocal(high) ? high & ~ZONE : high;
    }

    /** The address as this service keeps it, of the interface with that zone. */
    public static long zoned(final long high, final int zone) {
        return isLinkLocal(high) ? high & ~ZONE | (long) zone << 32 : high;
    }

    /** The zone of a link-local address, else 0. */
    public static int zone(final long high) {
        return isLinkLocal(high) ? (int) (high >>> 32) & 0xffff : 0;
    }

    /** fe80::/10. */
    public static boolean isLinkLocal(final long high) {
        return (int) (high >>> 54) == LINK_LOCAL;
    }

    public static boolean isMulticast(final long high) {
        return (int) (high >>> 56) == 0xff;
    }

    public static boolean isUnspecified(final long high, final long low) {
        return (high | low) == 0;
    }

    /** ::1. */
    public static boolean isLoopback(final long high, final long low) {
        return high == 0 && low == 1;
    }

    /** The low half of the solicited-node group of an address (RFC 4291 §2.7.1); the high half is ff02::. */
    public static long solicitedNode(final long low) {
        return 0x0000_0001_ff00_0000L | low & 0xff_ffff;
    }

    /** The station address that a group is sent to (RFC 2464 §7). */
    public static long multicastMac(final long low) {
        return 0x3333_0000_0000L | low & 0xffff_ffffL;
    }
}
