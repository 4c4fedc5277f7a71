package joyride.core.ip;

import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.SendRing;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.MergedFrames;

/** Checks received IPv4 packets (RFC 791, RFC 1122 §3.2.1) and hands them to transport protocols. */
final class Ipv4Input {
    private static final int ALL_HOSTS = 0xe000_0001;

    private final AddressTable addresses;
    private final CounterBlock counters;
    private final LoopbackInterface loopback;
    private final Ipv4Reassembly reassembly;
    private final Icmpv4 icmp;
    private final SharedInput shared;
    private final TransportProtocol[] transports = new TransportProtocol[256];
    private final Packet packet = new Packet();

    Ipv4Input(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final AddressTable addresses,
            final LoopbackInterface loopback,
            final Ipv4Reassembly reassembly,
            final Icmpv4 icmp) {
        this.counters = counters;
        this.addresses = addresses;
        this.loopback = loopback;
        this.reassembly = reassembly;
        this.icmp = icmp;
        shared = new SharedInput(environment.claims());
        transports[Ipv4.ICMP] = icmp;
    }

    /** For both families: but for ICMP they have their transports in common. */
    void register(final int protocol, final TransportProtocol transport) {
        transports[protocol] = transport;
    }

    TransportProtocol transport(final int protocol) {
        return transports[protocol];
    }

    /** @param body as {@link Packet#body} */
    void ipv4(
            final EthernetInterface in,
            final long at,
            final int length,
            final int offloads,
            final boolean group,
            final long body) {
        counters.increment(IpCounter.IN_RECEIVES.ordinal());
        packet.merged = null;
        packet.body = body;
        final DropReason wrong = headerFault(at, length, offloads);
        if (wrong != null) {
            in.drop(wrong);
            return;
        }
        final int source = Ipv4.source(at);
        if (isBadSource(in, source)) {
            in.drop(DropReason.IP_SOURCE);
            return;
        }
        final int destination = Ipv4.destination(at);
        final boolean toGroup = !isMine(destination);
        if (toGroup ? !isOurGroup(in, destination) : group) {
            in.drop(DropReason.IP_NOT_MINE);
            return;
        }
        final int headerLength = Ipv4.headerLength(at);
        final int total = Ipv4.totalLength(at);
        if (headerLength > Ipv4.HEADER) {
            final int options = Ipv4Options.check(at, headerLength);
            if (options != Ipv4Options.GOOD) {
                badOptions(in, at, total, toGroup, options);
                return;
            }
        }
        if ((Ipv4.flagsAndOffset(at) & (Ipv4.MORE_FRAGMENTS | Ipv4.OFFSET)) == 0) {
            packet.segmentSize = (offloads & Offload.RX_TCP_MERGED) == 0 ? 0 : Offload.segmentSize(offloads);
            deliver(in, at, total, toGroup, (offloads & Offload.RX_CHECKSUM_GOOD) != 0);
            return;
        }
        if (shared.looksAtFragments(0, IpAddress.lowOfV4(destination)) && !isOursByFirstFragment(in, at, total)) {
            in.drop(DropReason.SHARED_UNCLAIMED);
            return;
        }
        counters.increment(IpCounter.REASM_REQUESTS.ordinal());
        final long whole = reassembly.add(in, at, total, toGroup);
        if (whole != 0) {
            counters.increment(IpCounter.REASM_OKS.ordinal());
            packet.segmentSize = 0;
            deliver(in, whole, Ipv4.totalLength(whole), toGroup, false);
            reassembly.release();
        }
    }

    /** What large receive checked is not checked again: no options, no fragment, right checksums, and for this station alone. */
    void merged(final EthernetInterface in, final long at, final MergedFrames merged) {
        final int frames = merged.count();
        counters.add(IpCounter.IN_RECEIVES.ordinal(), frames);
        if (isBadSource(in, Ipv4.source(at))) {
            in.drop(DropReason.IP_SOURCE, frames);
        } else if (!isMine(Ipv4.destination(at))) {
            in.drop(DropReason.IP_NOT_MINE, frames);
        } else {
            packet.merged = merged;
            packet.body = merged.body(0);
            packet.segmentSize = 0;
            deliver(in, at, Ipv4.totalLength(at), false, true);
            packet.merged = null;
        }
    }

    /** Of a later fragment the first one must have come before: without it nobody can tell whose it is. */
    private boolean isOursByFirstFragment(final LinkInterface in, final long at, final int total) {
        if ((Ipv4.flagsAndOffset(at) & Ipv4.OFFSET) != 0) {
            return reassembly.knows(at);
        }
        fill(packet, at, total);
        packet.in = in;
        packet.group = false;
        packet.loopback = false;
        return shared.isOurs(packet);
    }

    /** What is wrong with the header, or null. */
    private static DropReason headerFault(final long at, final int length, final int offloads) {
        if (length < Ipv4.HEADER) {
            return DropReason.IP_SHORT;
        }
        final int first = Memory.getUnsignedByte(at);
        if (first >>> 4 != 4) {
            return DropReason.IP_VERSION;
        }
        final int headerLength = (first & 15) << 2;
        if (headerLength < Ipv4.HEADER || headerLength > length) {
            return DropReason.IP_HEADER_LENGTH;
        }
        if ((offloads & Offload.RX_CHECKSUM_GOOD) == 0 && !Ipv4.checksumGood(at, headerLength)) {
            return DropReason.IP_CHECKSUM;
        }
        final int total = Ipv4.totalLength(at);
        if (total < headerLength || total > length) {
            return DropReason.IP_TOTAL_LENGTH;
        }
        return null;
    }

    /** RFC 1122 §3.2.1.3, and {@code net.inet.ip.source_address_validation}: ours does not come from outside. */
    private boolean isBadSource(final LinkInterface in, final int source) {
        return source == 0
                || Ipv4.isLoopback(source)
                || source >>> 28 >= 0xe
                || AddressTable.isBroadcast(in, source)
                || addresses.isLocal(source);
    }

    private boolean isMine(final int destination) {
        return addresses.isLocal(destination) && !Ipv4.isLoopback(destination);
    }

    private static boolean isOurGroup(final LinkInterface in, final int destination) {
        return destination == ALL_HOSTS || AddressTable.isBroadcast(in, destination);
    }

    private void badOptions(
            final LinkInterface in, final long at, final int total, final boolean group, final int options) {
        in.drop(DropReason.IP_OPTIONS);
        if (options != Ipv4Options.REFUSED) {
            fill(packet, at, total);
            packet.in = in;
            packet.group = group;
            packet.loopback = false;
            icmp.parameterProblem(packet, options);
        }
    }

    private void deliver(
            final LinkInterface in, final long at, final int total, final boolean group, final boolean checksumGood) {
        final Packet p = packet;
        fill(p, at, total);
        p.checksumGood = checksumGood;
        p.loopback = false;
        p.group = group;
        p.in = in;
        p.payloadRing = null;
        p.peer = null;
        p.payloadLength = 0;
        final TransportProtocol transport = transports[p.protocol];
        if (!shared.isOurs(p)) {
            in.drop(DropReason.SHARED_UNCLAIMED, p.merged == null ? 1 : p.merged.count());
        } else if (transport == null) {
            in.drop(DropReason.IP_PROTOCOL);
            icmp.error(p, Icmpv4.UNREACHABLE, Icmpv4.UNREACHABLE_PROTOCOL);
        } else if (group && p.protocol == Ipv4.TCP) {
            in.drop(DropReason.IP_NOT_MINE);
        } else {
            counters.add(IpCounter.IN_DELIVERS.ordinal(), p.merged == null ? 1 : p.merged.count());
            transport.input(p);
        }
    }

    /** A packet that was made here: nothing in it needs a check. */
    void loopback(
            final long at,
            final int length,
            final SendRing ring,
            final long position,
            final int payloadLength,
            final Object peer) {
        final Packet p = packet;
        fill(p, at, length);
        p.in = loopback;
        p.madeHere(ring, position, payloadLength, peer);
        final TransportProtocol transport = transports[p.protocol];
        if (transport == null) {
            loopback.drop(DropReason.IP_PROTOCOL);
            icmp.error(p, Icmpv4.UNREACHABLE, Icmpv4.UNREACHABLE_PROTOCOL);
        } else {
            counters.increment(IpCounter.IN_DELIVERS.ordinal());
            transport.input(p);
        }
    }

    /** A packet of ours, at {@code at}, whose next hop does not answer. */
    void unreachable(final long at, final int length) {
        icmp.ownError(at, length, Icmpv4.UNREACHABLE, Icmpv4.UNREACHABLE_HOST);
    }

    /** Fills a view of a checked packet with {@code length} bytes in memory. */
    static void fill(final Packet p, final long at, final int length) {
        final int headerLength = Ipv4.headerLength(at);
        p.network = at;
        p.networkLength = length;
        p.transport = at + headerLength;
        p.transportLength = length - headerLength;
        p.sourceHigh = 0;
        p.sourceLow = IpAddress.lowOfV4(Ipv4.source(at));
        p.destinationHigh = 0;
        p.destinationLow = IpAddress.lowOfV4(Ipv4.destination(at));
        p.protocol = Ipv4.protocol(at);
        p.tos = Ipv4.tos(at);
        p.ttl = Ipv4.ttl(at);
    }
}
