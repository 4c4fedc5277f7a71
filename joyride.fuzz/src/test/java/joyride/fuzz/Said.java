package joyride.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTunables;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerRig;

/**
 * What a host says, whatever it was told: every packet is well-formed, with right lengths and checksums and an address of its own, errors answer nothing that may not
 * be answered by one (RFC 4443 §2.4 (e), RFC 1122 §3.2.2), and no second has more answers than the limits allow.
 */
final class Said {
    /** Kinds of answers that have a limit. */
    enum Kind {
        ERROR,
        ERROR_SIX,
        ECHO_REPLY,
        ECHO_REPLY_SIX,
        RESET,
        ADVERTISEMENT_TO_ALL,
        ADVERTISEMENT
    }

    private static final long SECOND = 1_000_000_000L;

    /** RFC 4443 §2.4 (c); RFC 792 with what is left of 576 bytes. */
    private static final int MOST_ERROR_SIX = 1280;

    private static final int MOST_ERROR_FOUR = 576;
    private static final int MORE_AND_OFFSET = 0x3fff;
    private static final long LINK_LOCAL = 0xfe80L << 48;
    private static final int ADVERTISEMENT = 136;
    private static final int REDIRECT = 137;

    private final PeerRig rig;
    private final Map<Kind, ArrayDeque<Long>> times = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> now = new EnumMap<>(Kind.class);
    private final Set<IpAddress> own = new HashSet<>();

    Said(final PeerRig rig) {
        this.rig = rig;
        rig.peer().watch(this::take);
    }

    /** Begins to count anew. An address that the host has now may be a waiting packet's even when it has gone. */
    void forget() {
        for (final IpPrefix prefix : rig.host().ethernet().nd().wanted()) {
            own.add(prefix.address());
        }
        now.clear();
    }

    int count(final Kind kind) {
        return now.getOrDefault(kind, 0);
    }

    /** ICMP errors and echo replies since {@link #forget}. */
    int messages() {
        return count(Kind.ERROR) + count(Kind.ERROR_SIX) + count(Kind.ECHO_REPLY) + count(Kind.ECHO_REPLY_SIX);
    }

    private void take(final byte[] packet) {
        if (packet[0] >>> 4 == 4) {
            four(packet);
        } else {
            six(packet);
        }
    }

    private void said(final Kind kind) {
        now.merge(kind, 1, Integer::sum);
        final long time = rig.clock().nanoTime();
        final ArrayDeque<Long> before = times.computeIfAbsent(kind, any -> new ArrayDeque<>());
        while (!before.isEmpty() && before.peek() <= time - SECOND) {
            before.poll();
        }
        before.add(time);
        // The limits count seconds from the first answer of each, so that any second may have those of two.
        assertTrue(before.size() <= 2 * limit(kind), () -> before.size() + " of " + kind + " in a second");
    }

    private int limit(final Kind kind) {
        final TcpTunables tunables = rig.host().engine().tunables();
        return switch (kind) {
            case ERROR_SIX -> tunables.icmp6ErrPpsLimit + tunables.icmpLimJitter;
            case ERROR, ECHO_REPLY, ECHO_REPLY_SIX -> tunables.icmpLim + tunables.icmpLimJitter;
            // Of ports that are open, and of those that are not.
            case RESET -> 2 * (tunables.icmpLim + tunables.icmpLimJitter);
            case ADVERTISEMENT_TO_ALL -> 20;
            case ADVERTISEMENT -> 1000;
        };
    }

    private void four(final byte[] packet) {
        final int header = (packet[0] & 15) * 4;
        assertEquals(packet.length, Octets.u16(packet, 2), "total length");
        assertEquals(0xffff, Octets.sum(packet, 0, header, 0), "header checksum");
        final IpAddress source = IpAddress.v4(Octets.u32(packet, 12));
        final IpAddress destination = IpAddress.v4(Octets.u32(packet, 16));
        assertEquals(PeerRig.HOST, source, "source");
        if ((Octets.u16(packet, 6) & MORE_AND_OFFSET) == 0) {
            transport(packet, header, source, destination, packet[9] & 0xff);
        }
    }

    private void six(final byte[] packet) {
        assertEquals(6, packet[0] >>> 4, "version");
        assertEquals(packet.length, Packets.IPV6 + Octets.u16(packet, 4), "payload length");
        final IpAddress source = Packets.address(packet, 8);
        final IpAddress destination = Packets.address(packet, 24);
        assertFalse(source.isMulticast(), "from a group");
        assertFalse(destination.low() == 0 && destination.high() == 0, "to ::");
        assertTrue(
                source.low() == 0 && source.high() == 0
                        || source.high() == LINK_LOCAL
                        || rig.host().engine().network().output().isLocal(source.high(), source.low())
                        || own.contains(source),
                () -> "from " + source);
        int next = packet[6] & 0xff;
        int at = Packets.IPV6;
        if (next == Packets.HOP_BY_HOP) {
            next = packet[at] & 0xff;
            at += 8;
        }
        if (next != Packets.FRAGMENT) {
            transport(packet, at, source, destination, next);
        }
    }

    private void transport(
            final byte[] packet,
            final int at,
            final IpAddress source,
            final IpAddress destination,
            final int protocol) {
        final byte[] message = Arrays.copyOfRange(packet, at, packet.length);
        assertTrue(Packets.isRight(message, source, destination, protocol), () -> "checksum of " + protocol);
        switch (protocol) {
            case Packets.TCP -> reset(message, 0);
            case Packets.UDP -> {
                assertEquals(message.length, Octets.u16(message, 4), "UDP length");
                reset(message, Packets.UDP_HEADER);
            }
            case Packets.ICMP -> icmp(message, destination);
            case Packets.ICMP6 -> icmp6(packet, message, destination);
            default -> throw new AssertionError("protocol " + protocol);
        }
    }

    private void reset(final byte[] message, final int at) {
        if ((message[at + 13] & TcpFlags.RST) != 0) {
            said(Kind.RESET);
        }
    }

    private void icmp(final byte[] message, final IpAddress destination) {
        assertFalse(destination.isMulticast() || destination.v4Bits() == -1, "ICMP to many");
        switch (message[0]) {
            case 0 -> said(Kind.ECHO_REPLY);
            case 3, 11, 12 -> {
                said(Kind.ERROR);
                assertTrue(message.length + Packets.IPV4 <= MOST_ERROR_FOUR, "long error");
                final int about = 8 + (message[8] & 15) * 4;
                final int type = about < message.length ? message[about] & 0xff : -1;
                assertEquals(0, Octets.u16(message, 8 + 6) & 0x1fff, "error about a later fragment");
                assertFalse(
                        message[8 + 9] == Packets.ICMP
                                && (type == 3 || type == 4 || type == 5 || type == 11 || type == 12),
                        "error about an error");
            }
            case 14 -> {}
            default -> throw new AssertionError("ICMP type " + message[0]);
        }
    }

    private void icmp6(final byte[] packet, final byte[] message, final IpAddress destination) {
        final int type = message[0] & 0xff;
        if (type < 128) {
            assertFalse(destination.isMulticast(), "error to a group");
            assertTrue(packet.length <= MOST_ERROR_SIX, "long error");
            error(message, type);
            said(Kind.ERROR_SIX);
        } else if (type == 129) {
            said(Kind.ECHO_REPLY_SIX);
        } else if (type == 143) {
            assertEquals(1, packet[7] & 0xff, "hop limit of a report");
        } else {
            assertTrue(type == 133 || type == 135 || type == ADVERTISEMENT, () -> "ICMPv6 type " + type);
            assertEquals(255, packet[7] & 0xff, "hop limit of neighbour discovery");
            if (type == ADVERTISEMENT) {
                said(destination.isMulticast() ? Kind.ADVERTISEMENT_TO_ALL : Kind.ADVERTISEMENT);
            }
        }
    }

    /** An error quotes a packet that may be answered by one. */
    private static void error(final byte[] message, final int type) {
        final int quoted = 8;
        final boolean option = type == 4 && message[1] == 2;
        assertTrue(option || !Packets.address(message, quoted + 24).isMulticast(), "error about a group's packet");
        int next = message[quoted + 6] & 0xff;
        int at = quoted + Packets.IPV6;
        while (at + 8 <= message.length
                && (next == Packets.HOP_BY_HOP
                        || next == Packets.DESTINATION_OPTIONS
                        || next == Packets.ROUTING
                        || next == Packets.FRAGMENT && Octets.u16(message, at + 2) >>> 3 == 0)) {
            final int length = next == Packets.FRAGMENT ? 8 : (message[at + 1] & 0xff) + 1 << 3;
            next = message[at] & 0xff;
            at += length;
        }
        if (next == Packets.ICMP6 && at < message.length) {
            final int about = message[at] & 0xff;
            assertTrue(about >= 128 && about != REDIRECT, () -> "error about ICMPv6 type " + about);
        }
    }
}
