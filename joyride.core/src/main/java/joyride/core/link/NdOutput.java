package joyride.core.link;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.core.ip.Ipv6;

/** Writes the messages of ND (RFC 4861 §4) and MLDv2 (RFC 3810 §5.2) for one link. Addresses carry their zones; the wire's do not. */
final class NdOutput {
    static final int ROUTER_SOLICITATION = 133;
    static final int ROUTER_ADVERTISEMENT = 134;
    static final int NEIGHBOUR_SOLICITATION = 135;
    static final int NEIGHBOUR_ADVERTISEMENT = 136;
    static final int REDIRECT = 137;
    static final int MLD_QUERY = 130;
    static final int MLD_REPORT = 143;

    static final int SOLICITED = 0x4000_0000;
    static final int OVERRIDE = 0x2000_0000;

    /** The high half of ff02::. */
    static final long LINK_GROUP = 0xff02_0000_0000_0000L;

    static final long ALL_NODES = 1;
    static final long ALL_ROUTERS = 2;
    private static final long ALL_MLD = 0x16;

    private static final int TARGET = 24;
    private static final int LINK_OPTION = 8;
    private static final int HOP_BY_HOP = 8;
    private static final int RECORD = 20;

    private final EthernetInterface link;

    NdOutput(final EthernetInterface link) {
        this.link = link;
    }

    /** Room for a message; 0: none. */
    private long begin(final int length) {
        final long at = link.output().allocate(Ipv6.HEADER + length);
        return at == 0 ? 0 : at + Ipv6.HEADER;
    }

    private void finish(
            final long message,
            final int length,
            final long station,
            final long sourceHigh,
            final long sourceLow,
            final long toHigh,
            final long toLow) {
        Ipv6.write(
                message - Ipv6.HEADER, 0, 0, length, Ipv6.ICMP, Ipv6.LOCAL_HOPS, sourceHigh, sourceLow, toHigh, toLow);
        checksum(message, length, sourceHigh, sourceLow, toHigh, toLow);
        link.output().transmit(station, EthernetInterface.TYPE_IPV6, Ipv6.HEADER + length, 0);
    }

    private void checksum(
            final long message,
            final int length,
            final long sourceHigh,
            final long sourceLow,
            final long toHigh,
            final long toLow) {
        final long pseudo = Ipv6.pseudoSum(sourceHigh, sourceLow, toHigh, toLow, Ipv6.ICMP, length);
        Memory.putShortBE(message + 2, 0);
        Memory.putShortBE(message + 2, ~Kernels.fold(link.environment.kernels().sum(message, length, pseudo)));
    }

    private static void target(final long message, final int type, final int flags, final long high, final long low) {
        Memory.putIntBE(message, type << 24);
        Memory.putIntBE(message + 4, flags);
        Memory.putLongBE(message + 8, Ipv6.wire(high));
        Memory.putLongBE(message + 16, low);
    }

    private static void option(final long at, final int type, final long mac) {
        Memory.putLongBE(at, (long) type << 56 | 1L << 48 | mac);
    }

    /** Asks who has an address. @param station whom alone; 0: its solicited-node group */
    boolean solicit(final long high, final long low, final long sourceHigh, final long sourceLow, final long station) {
        final long message = begin(TARGET + LINK_OPTION);
        if (message == 0) {
            return false;
        }
        target(message, NEIGHBOUR_SOLICITATION, 0, high, low);
        option(message + TARGET, NdOptions.SOURCE_LINK_ADDRESS, link.mac());
        if (station != 0) {
            finish(message, TARGET + LINK_OPTION, station, sourceHigh, sourceLow, high, low);
        } else {
            final long group = Ipv6.solicitedNode(low);
            final long mac = Ipv6.multicastMac(group);
            finish(message, TARGET + LINK_OPTION, mac, sourceHigh, sourceLow, LINK_GROUP, group);
        }
        return true;
    }

    /** Asks whether anybody has an address that is to be ours (RFC 4862 §5.4.2), with a nonce to know our own question by (RFC 7527). */
    boolean probe(final long high, final long low, final long nonce) {
        final long message = begin(TARGET + LINK_OPTION);
        if (message == 0) {
            return false;
        }
        target(message, NEIGHBOUR_SOLICITATION, 0, high, low);
        option(message + TARGET, NdOptions.NONCE, nonce);
        final long group = Ipv6.solicitedNode(low);
        finish(message, TARGET + LINK_OPTION, Ipv6.multicastMac(group), 0, 0, LINK_GROUP, group);
        return true;
    }

    /** Says that an address is ours. @param station whom alone; 0: all nodes */
    boolean advertise(
            final long high, final long low, final int flags, final long toHigh, final long toLow, final long station) {
        final long message = begin(TARGET + LINK_OPTION);
        if (message == 0) {
            return false;
        }
        target(message, NEIGHBOUR_ADVERTISEMENT, flags, high, low);
        option(message + TARGET, NdOptions.TARGET_LINK_ADDRESS, link.mac());
        if (station != 0) {
            finish(message, TARGET + LINK_OPTION, station, high, low, toHigh, toLow);
        } else {
            finish(message, TARGET + LINK_OPTION, Ipv6.multicastMac(ALL_NODES), high, low, LINK_GROUP, ALL_NODES);
        }
        return true;
    }

    /** Asks for routers. Without a source yet, nobody is told our station address. */
    boolean solicitRouters(final long sourceHigh, final long sourceLow) {
        final boolean known = !Ipv6.isUnspecified(sourceHigh, sourceLow);
        final int length = 8 + (known ? LINK_OPTION : 0);
        final long message = begin(length);
        if (message == 0) {
            return false;
        }
        Memory.putLongBE(message, (long) ROUTER_SOLICITATION << 56);
        if (known) {
            option(message + 8, NdOptions.SOURCE_LINK_ADDRESS, link.mac());
        }
        finish(message, length, Ipv6.multicastMac(ALL_ROUTERS), sourceHigh, sourceLow, LINK_GROUP, ALL_ROUTERS);
        return true;
    }

    /**
     * Tells multicast routers and switches of groups ff02::… .
     *
     * @param record the type of all records: MODE_IS_EXCLUDE 2, CHANGE_TO_INCLUDE 3, CHANGE_TO_EXCLUDE 4
     * @param groups low halves
     */
    boolean report(
            final int record, final long[] groups, final int count, final long sourceHigh, final long sourceLow) {
        final int length = 8 + count * RECORD;
        final long extension = begin(HOP_BY_HOP + length);
        if (extension == 0) {
            return false;
        }
        // Router alert (RFC 2711), MLD: 0; then PadN of no bytes.
        Memory.putLongBE(extension, (long) Ipv6.ICMP << 56 | 0x0502_0000_0100L);
        final long message = extension + HOP_BY_HOP;
        Memory.putLongBE(message, (long) MLD_REPORT << 56 | count);
        for (int i = 0; i < count; i++) {
            final long at = message + 8 + (long) i * RECORD;
            Memory.putIntBE(at, record << 24);
            Memory.putLongBE(at + 4, LINK_GROUP);
            Memory.putLongBE(at + 12, groups[i]);
        }
        checksum(message, length, sourceHigh, sourceLow, LINK_GROUP, ALL_MLD);
        Ipv6.write(
                extension - Ipv6.HEADER,
                0,
                0,
                HOP_BY_HOP + length,
                Ipv6.HOP_BY_HOP,
                1,
                sourceHigh,
                sourceLow,
                LINK_GROUP,
                ALL_MLD);
        final int total = Ipv6.HEADER + HOP_BY_HOP + length;
        link.output().transmit(Ipv6.multicastMac(ALL_MLD), EthernetInterface.TYPE_IPV6, total, 0);
        return true;
    }
}
