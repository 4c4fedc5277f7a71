package joyride.core.ip;

import java.util.function.IntFunction;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.socket.SendRing;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.MergedFrames;

/** Checks received IPv6 packets (RFC 8200) and hands them to transport protocols. */
final class Ipv6Input {
    private static final int FRAGMENT_HEADER = 8;

    private final AddressTable addresses;
    private final CounterBlock counters;
    private final LoopbackInterface loopback;
    private final Ipv6Reassembly reassembly;
    private final Icmpv6 icmp;
    private final SharedInput shared;
    private final IntFunction<TransportProtocol> transports;
    private final ExtensionHeaders extensions = new ExtensionHeaders();
    private final Packet packet = new Packet();

    Ipv6Input(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final AddressTable addresses,
            final LoopbackInterface loopback,
            final Ipv6Reassembly reassembly,
            final Icmpv6 icmp,
            final IntFunction<TransportProtocol> transports) {
        this.counters = counters;
        this.addresses = addresses;
        this.loopback = loopback;
        this.reassembly = reassembly;
        this.icmp = icmp;
        this.transports = transports;
        shared = new SharedInput(environment.claims());
    }

    /** @param body as {@link Packet#body} */
    void input(
            final EthernetInterface in,
            final long at,
            final int length,
            final int offloads,
            final boolean group,
            final long body) {
        counters.increment(IpCounter.IN_RECEIVES.ordinal());
        packet.body = body;
        packet.segmentSize = (offloads & Offload.RX_TCP_MERGED) == 0 ? 0 : Offload.segmentSize(offloads);
        if (length < Ipv6.HEADER) {
            in.drop(DropReason.IP_SHORT);
            return;
        }
        if (Memory.getUnsignedByte(at) >>> 4 != 6) {
            in.drop(DropReason.IP_VERSION);
            return;
        }
        final int total = Ipv6.HEADER + Ipv6.payloadLength(at);
        if (total > length) {
            in.drop(DropReason.IP_TOTAL_LENGTH);
            return;
        }
        final long sourceHigh = Ipv6.zoned(Ipv6.sourceHigh(at), in.zone());
        final long sourceLow = Ipv6.sourceLow(at);
        if (isBadSource(at, sourceHigh, sourceLow)) {
            in.drop(DropReason.IP_SOURCE);
            return;
        }
        final long high = Ipv6.zoned(Ipv6.destinationHigh(at), in.zone());
        final long low = Ipv6.destinationLow(at);
        final boolean toGroup = Ipv6.isMulticast(high);
        // Nothing of ::/64 comes from outside: neither ::1 nor an IPv4 address in disguise, which we might have.
        if (toGroup
                ? !in.nd().isMember(high, low) && !in.shared()
                : group || high == 0 || !addresses.isLocal(high, low)) {
            in.drop(DropReason.IP_NOT_MINE);
            return;
        }
        whole(in, at, total, toGroup, (offloads & Offload.RX_CHECKSUM_GOOD) != 0, false);
    }

    /** What large receive checked is not checked again: no extension headers, right checksums, and for this station alone. */
    void merged(final EthernetInterface in, final long at, final MergedFrames merged) {
        final int frames = merged.count();
        counters.add(IpCounter.IN_RECEIVES.ordinal(), frames);
        final long high = Ipv6.zoned(Ipv6.destinationHigh(at), in.zone());
        if (isBadSource(at, Ipv6.zoned(Ipv6.sourceHigh(at), in.zone()), Ipv6.sourceLow(at))) {
            in.drop(DropReason.IP_SOURCE, frames);
        } else if (!addresses.isLocal(high, Ipv6.destinationLow(at))) {
            in.drop(DropReason.IP_NOT_MINE, frames);
        } else {
            packet.segmentSize = 0;
            packet.body = merged.body(0);
            packet.merged = merged;
            whole(in, at, Ipv6.HEADER + Ipv6.payloadLength(at), false, true, false);
            packet.merged = null;
        }
    }

    /** A packet whose header is good; @param reassembled whether it was put together here */
    private void whole(
            final EthernetInterface in,
            final long at,
            final int total,
            final boolean toGroup,
            final boolean checksumGood,
            final boolean reassembled) {
        final ExtensionHeaders walked = extensions;
        if (!walked.walk(at, total)) {
            in.drop(walked.fault);
            if (walked.code >= 0) {
                fill(packet, at, total, walked.offset, walked.protocol, in);
                packet.group = toGroup;
                icmp.parameterProblem(packet, walked.code, walked.pointer, walked.evenToGroup);
            }
        } else if (walked.protocol != Ipv6.FRAGMENT) {
            deliver(in, at, total, toGroup, checksumGood);
        } else if (reassembled) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
        } else {
            fragment(in, at, total, toGroup);
        }
    }

    private void fragment(final EthernetInterface in, final long at, final int total, final boolean toGroup) {
        final int header = extensions.offset;
        final int nextHeaderAt = extensions.nextHeaderAt;
        if (header + FRAGMENT_HEADER > total) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
            return;
        }
        fill(packet, at, total, header, Ipv6.FRAGMENT, in);
        packet.group = toGroup;
        final int offsetAndFlags = Memory.getUnsignedShortBE(at + header + 2);
        if (shared.looksAtFragments(packet.destinationHigh, packet.destinationLow)
                && !isOursByFirstFragment(at, total, header, offsetAndFlags)) {
            in.drop(DropReason.SHARED_UNCLAIMED);
            return;
        }
        counters.increment(IpCounter.REASM_REQUESTS.ordinal());
        final long whole = reassembly.add(in, packet, header, nextHeaderAt);
        if (whole != 0) {
            counters.increment(IpCounter.REASM_OKS.ordinal());
            whole(in, whole, Ipv6.HEADER + Ipv6.payloadLength(whole), toGroup, false, true);
            reassembly.release();
        }
    }

    /** Of a later fragment the first one must have come before: without it nobody can tell whose it is. */
    private boolean isOursByFirstFragment(final long at, final int total, final int header, final int offsetAndFlags) {
        if (offsetAndFlags >>> 3 != 0) {
            return reassembly.knows(packet, header);
        }
        packet.protocol = Memory.getUnsignedByte(at + header);
        packet.transport = at + header + FRAGMENT_HEADER;
        packet.transportLength = total - header - FRAGMENT_HEADER;
        return shared.isOurs(packet);
    }

    /** Only ICMPv6 asks before it has an address (RFC 4862 §5.4.2); nobody sends from a group, ::1, an IPv4 address, or ours. */
    private boolean isBadSource(final long at, final long high, final long low) {
        if (high == 0) {
            return low == 0 ? !mayBeUnspecified(Ipv6.nextHeader(at)) : low == 1 || low >>> 32 == 0xffffL;
        }
        return Ipv6.isMulticast(high) || addresses.isLocal(high, low);
    }

    private static boolean mayBeUnspecified(final int next) {
        return next == Ipv6.ICMP || next == Ipv6.HOP_BY_HOP;
    }

    private void deliver(
            final LinkInterface in, final long at, final int total, final boolean group, final boolean checksumGood) {
        final Packet p = packet;
        fill(p, at, total, extensions.offset, extensions.protocol, in);
        p.checksumGood = checksumGood;
        p.group = group;
        p.payloadRing = null;
        p.peer = null;
        p.payloadLength = 0;
        final TransportProtocol transport = p.protocol == Ipv6.ICMP ? icmp : transports.apply(p.protocol);
        if (!shared.isOurs(p)) {
            in.drop(DropReason.SHARED_UNCLAIMED, p.merged == null ? 1 : p.merged.count());
        } else if (transport == null || p.protocol == Ipv4.ICMP) {
            in.drop(DropReason.IP_PROTOCOL);
            if (p.protocol != Ipv6.NO_NEXT_HEADER) {
                icmp.parameterProblem(p, Icmpv6.UNKNOWN_NEXT_HEADER, extensions.nextHeaderAt, false);
            }
        } else if (group && p.protocol == Ipv4.TCP) {
            in.drop(DropReason.IP_NOT_MINE);
        } else {
            counters.add(IpCounter.IN_DELIVERS.ordinal(), p.merged == null ? 1 : p.merged.count());
            transport.input(p);
        }
    }

    /** A packet that was made here, without extension headers: nothing in it needs a check. */
    void loopback(
            final long at,
            final int length,
            final SendRing ring,
            final long position,
            final int payloadLength,
            final Object peer) {
        final Packet p = packet;
        fill(p, at, length, Ipv6.HEADER, Ipv6.nextHeader(at), loopback);
        // The zones stayed behind: what we send to a link-local address of ours comes from one on the same link, and
        // goes to where it is.
        p.sourceHigh = addresses.zoned(p.sourceHigh, p.sourceLow);
        p.destinationHigh = addresses.zoned(p.destinationHigh, p.destinationLow);
        p.madeHere(ring, position, payloadLength, peer);
        final TransportProtocol transport = p.protocol == Ipv6.ICMP ? icmp : transports.apply(p.protocol);
        if (transport == null) {
            loopback.drop(DropReason.IP_PROTOCOL);
            icmp.parameterProblem(p, Icmpv6.UNKNOWN_NEXT_HEADER, 6, false);
        } else {
            counters.increment(IpCounter.IN_DELIVERS.ordinal());
            transport.input(p);
        }
    }

    /** Fills a view of a packet with {@code length} bytes in memory whose transport header lies {@code offset} bytes behind its start. */
    static void fill(
            final Packet p,
            final long at,
            final int length,
            final int offset,
            final int protocol,
            final LinkInterface in) {
        final int zone = in instanceof final EthernetInterface ethernet ? ethernet.zone() : 0;
        p.network = at;
        p.networkLength = length;
        p.transport = at + offset;
        p.transportLength = length - offset;
        p.sourceHigh = Ipv6.zoned(Ipv6.sourceHigh(at), zone);
        p.sourceLow = Ipv6.sourceLow(at);
        p.destinationHigh = Ipv6.zoned(Ipv6.destinationHigh(at), zone);
        p.destinationLow = Ipv6.destinationLow(at);
        p.protocol = protocol;
        p.tos = Ipv6.trafficClass(at);
        p.ttl = Ipv6.hopLimit(at);
        p.in = in;
        p.loopback = false;
    }
}
