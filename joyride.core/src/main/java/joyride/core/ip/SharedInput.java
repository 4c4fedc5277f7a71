package joyride.core.ip;

import joyride.api.memory.Memory;
import joyride.core.link.LinkInterface;
import joyride.core.share.Claims;

/**
 * Tells the packets that are Joyride's from those that it must leave to the kernel, where both use an address: a driver may show it
 * copies of everything. What is left to the kernel gets no answer of any kind from here.
 */
final class SharedInput {
    private static final int PORTS = 4;

    private final Claims claims;

    SharedInput(final Claims claims) {
        this.claims = claims;
    }

    /** Of a packet from outside. Echoes and the like are the kernel's to answer; errors may concern either. */
    boolean isOurs(final Packet packet) {
        if (claims.isEmpty() || packet.loopback) {
            return true;
        }
        if (packet.group) {
            return !((LinkInterface) packet.in).shared();
        }
        if (!claims.isShared(packet.destinationHigh, packet.destinationLow)) {
            return true;
        }
        if (packet.protocol == Ipv4.ICMP) {
            return packet.transportLength > 0 && Icmpv4.isError(Memory.getUnsignedByte(packet.transport));
        }
        if (packet.protocol == Ipv6.ICMP) {
            // Redirects concern what is known of the link, and that is the kernel's.
            return packet.transportLength > 0 && Memory.getUnsignedByte(packet.transport) < Icmpv6.ECHO;
        }
        return packet.transportLength >= PORTS
                && claims.answers(
                        packet.destinationHigh,
                        packet.destinationLow,
                        packet.protocol,
                        Memory.getUnsignedShortBE(packet.transport + 2));
    }

    /** Whether fragments for this address are gathered only for packets that {@link #isOurs} accepts by their first fragment. */
    boolean looksAtFragments(final long high, final long low) {
        return claims.isShared(high, low);
    }
}
