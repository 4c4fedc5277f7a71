package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.memory.ReadsAhead;
import joyride.api.nic.Offload;
import joyride.api.socket.SendRing;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.Neighbour;

/** Puts IPv6 headers before what transport protocols send, and fragments it where it must be: only the source may (RFC 8200 §4.5). */
final class Ipv6Output extends FragmentingOutput {
    private static final int HEADER = Ipv6.HEADER;
    private static final int FRAGMENT_HEADER = 8;
    private static final int MIX = 0x9e37_79b9;

    Ipv6Output(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final LoopbackInterface loopback,
            final Arena arena) {
        super(environment, counters, loopback, arena, HEADER, HEADER + Ipv6.MAX_PAYLOAD);
    }

    /** Room behind the header; the path is fresh. */
    long allocate(final Path path, final int length) {
        if (length > Ipv6.MAX_PAYLOAD || path.loopback && length + HEADER > LoopbackInterface.MTU) {
            environment.drops().drop(DropReason.IP_TOO_BIG);
            return 0;
        }
        return room(path, length + HEADER);
    }

    void send(
            final Path path,
            final long transport,
            final int length,
            final int protocol,
            final int trafficClass,
            final int hopLimit,
            final boolean dontFragment,
            final int offloads) {
        final long packet = transport - HEADER;
        final int total = length + HEADER;
        counters.increment(IpCounter.OUT_REQUESTS.ordinal());
        if (path.loopback) {
            header(path, packet, length, protocol, trafficClass, hopLimit, label(path, transport, protocol));
            loopback.send(total, null, 0, 0, null);
        } else if (packet == staging || total > path.mtu) {
            final long whole = whole(path, packet, length, protocol, dontFragment, offloads);
            if (whole != 0) {
                fragment(path, whole, length, protocol, trafficClass, hopLimit);
            }
        } else {
            frame(path, packet, length, protocol, trafficClass, hopLimit, offloads);
        }
    }

    void sendFrom(
            final Path path,
            final long transport,
            final int headerLength,
            final SendRing ring,
            final long position,
            final int length,
            final int protocol,
            final int trafficClass,
            final int hopLimit,
            final ReadsAhead peer) {
        final int payload = headerLength + length;
        counters.increment(IpCounter.OUT_REQUESTS.ordinal());
        if (staysHere(path, payload + HEADER)) {
            final int label = label(path, transport, protocol);
            header(path, transport - HEADER, payload, protocol, trafficClass, hopLimit, label);
            loopback.send(HEADER + headerLength, length == 0 ? null : ring, position, length, peer);
        }
    }

    /** RFC 6437 §3: the same for all packets of a flow, not to be guessed from another's; without state. */
    private static int label(final Path path, final long transport, final int protocol) {
        if (protocol == Ipv6.ICMP) {
            return path.flowSeed >>> 12;
        }
        return (path.flowSeed ^ Memory.getInt(transport)) * MIX >>> 12;
    }

    private static void header(
            final Path path,
            final long packet,
            final int payload,
            final int protocol,
            final int trafficClass,
            final int hopLimit,
            final int label) {
        Ipv6.write(
                packet,
                trafficClass,
                label,
                payload,
                protocol,
                hopLimit,
                path.sourceHigh,
                path.sourceLow,
                path.destinationHigh,
                path.destinationLow);
    }

    private void frame(
            final Path path,
            final long packet,
            final int length,
            final int protocol,
            final int trafficClass,
            final int hopLimit,
            final int offloads) {
        final EthernetInterface out = path.ethernet;
        final Neighbour next = path.next();
        final long transport = packet + HEADER;
        header(path, packet, length, protocol, trafficClass, hopLimit, label(path, transport, protocol));
        // What waits for a neighbour may leave by another port, so it waits complete.
        final int able = next.usable() ? out.offloads() & offloads : 0;
        if ((offloads & ~able & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            TransportChecksum.complete(environment.kernels(), transport, length, protocol);
        }
        out.output().send(next, HEADER + length, able);
    }

    /** The header of a TCP packet, before {@code transport}. @return where it begins */
    long writeHeader(
            final Path path, final long transport, final int length, final int trafficClass, final int hopLimit) {
        final long packet = transport - HEADER;
        header(path, packet, length, Ipv4.TCP, trafficClass, hopLimit, label(path, transport, Ipv4.TCP));
        return packet;
    }

    /** One packet in several frames, which the port cuts. */
    void unit(
            final Path path,
            final long transport,
            final int first,
            final int length,
            final int trafficClass,
            final int hopLimit,
            final int size,
            final int segments) {
        counters.add(IpCounter.OUT_REQUESTS.ordinal(), segments);
        final int label = label(path, transport, Ipv4.TCP);
        header(path, transport - HEADER, length, Ipv4.TCP, trafficClass, hopLimit, label);
        path.ethernet
                .output()
                .sendUnit(
                        path.neighbour,
                        first + HEADER,
                        Offload.withSegmentSize(Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM, size),
                        segments);
    }

    private void fragment(
            final Path path,
            final long transport,
            final int length,
            final int protocol,
            final int trafficClass,
            final int hopLimit) {
        final EthernetInterface out = path.ethernet;
        final Neighbour next = path.next();
        // RFC 7739: not to be guessed.
        final int id = environment.random().nextInt();
        final int label = label(path, transport, protocol);
        final int most = Math.min(path.mtu, out.mtu()) - HEADER - FRAGMENT_HEADER & ~7;
        for (int offset = 0; offset < length; offset += most) {
            final int piece = Math.min(most, length - offset);
            final long packet = out.output().allocate(HEADER + FRAGMENT_HEADER + piece);
            if (packet == 0) {
                return;
            }
            final int more = offset + piece < length ? 1 : 0;
            header(path, packet, FRAGMENT_HEADER + piece, Ipv6.FRAGMENT, trafficClass, hopLimit, label);
            Memory.putIntBE(packet + HEADER, protocol << 24 | offset | more);
            Memory.putIntBE(packet + HEADER + 4, id);
            environment.kernels().copy(transport + offset, packet + HEADER + FRAGMENT_HEADER, piece);
            out.output().send(next, HEADER + FRAGMENT_HEADER + piece, 0);
            counters.increment(IpCounter.FRAG_CREATES.ordinal());
        }
        counters.increment(IpCounter.FRAG_OKS.ordinal());
    }
}
