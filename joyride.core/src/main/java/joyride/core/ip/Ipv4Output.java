package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.ReadsAhead;
import joyride.api.nic.Offload;
import joyride.api.socket.SendRing;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.Neighbour;

/** Puts IPv4 headers before what transport protocols send, and fragments it where it must be. */
final class Ipv4Output extends FragmentingOutput {
    private static final int HEADER = Ipv4.HEADER;

    private int identification;

    Ipv4Output(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final LoopbackInterface loopback,
            final Arena arena) {
        super(environment, counters, loopback, arena, HEADER, Ipv4.MAX_PACKET);
        this.identification = environment.random().nextInt();
    }

    /** Room behind the header; the path is fresh. */
    long allocate(final Path path, final int length) {
        final int total = length + HEADER;
        if (total > Ipv4.MAX_PACKET) {
            environment.drops().drop(DropReason.IP_TOO_BIG);
            return 0;
        }
        return room(path, total);
    }

    void send(
            final Path path,
            final long transport,
            final int length,
            final int protocol,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int offloads) {
        final long packet = transport - HEADER;
        final int total = length + HEADER;
        counters.increment(IpCounter.OUT_REQUESTS.ordinal());
        if (path.loopback) {
            header(path, packet, total, tos, 0, Ipv4.DONT_FRAGMENT, ttl, protocol);
            loopback.send(total, null, 0, 0, null);
        } else if (packet == staging || total > path.mtu) {
            final long whole = whole(path, packet, length, protocol, dontFragment, offloads);
            if (whole != 0) {
                fragment(path, whole, length, protocol, tos, ttl);
            }
        } else {
            frame(path, packet, total, protocol, tos, ttl, dontFragment, offloads);
        }
    }

    /** The checksum of a packet that stays in this memory is left out. */
    void sendFrom(
            final Path path,
            final long transport,
            final int headerLength,
            final SendRing ring,
            final long position,
            final int length,
            final int protocol,
            final int tos,
            final int ttl,
            final ReadsAhead peer) {
        final int total = HEADER + headerLength + length;
        counters.increment(IpCounter.OUT_REQUESTS.ordinal());
        if (staysHere(path, total)) {
            header(path, transport - HEADER, total, tos, 0, Ipv4.DONT_FRAGMENT, ttl, protocol);
            loopback.send(HEADER + headerLength, length == 0 ? null : ring, position, length, peer);
        }
    }

    private static void header(
            final Path path,
            final long packet,
            final int total,
            final int tos,
            final int id,
            final int flags,
            final int ttl,
            final int protocol) {
        Ipv4.write(packet, tos, total, id, flags, ttl, protocol, (int) path.sourceLow, (int) path.destinationLow);
    }

    private void frame(
            final Path path,
            final long packet,
            final int total,
            final int protocol,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int offloads) {
        final EthernetInterface out = path.ethernet;
        final Neighbour next = path.next();
        // RFC 6864 §4.1: the identification of a packet that is never fragmented means nothing.
        final int id = dontFragment ? 0 : ++identification;
        header(path, packet, total, tos, id, dontFragment ? Ipv4.DONT_FRAGMENT : 0, ttl, protocol);
        // What waits for a neighbour may leave by another port, so it waits complete.
        final int able = next.usable() ? out.offloads() & offloads : 0;
        if ((offloads & ~able & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            TransportChecksum.complete(environment.kernels(), packet + HEADER, total - HEADER, protocol);
        }
        if ((able & Offload.TX_IPV4_CHECKSUM) == 0) {
            Ipv4.complete(packet, HEADER);
        }
        out.output().send(next, total, able);
    }

    /** The header of a TCP packet that is not fragmented, before {@code transport}. @return where it begins */
    long writeHeader(final Path path, final long transport, final int length, final int tos, final int ttl) {
        final long packet = transport - HEADER;
        header(path, packet, length + HEADER, tos, 0, Ipv4.DONT_FRAGMENT, ttl, Ipv4.TCP);
        Ipv4.complete(packet, HEADER);
        return packet;
    }

    /** One packet in several frames, which the port cuts. */
    void unit(
            final Path path,
            final long transport,
            final int first,
            final int length,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int size,
            final int segments) {
        counters.add(IpCounter.OUT_REQUESTS.ordinal(), segments);
        final int id = dontFragment ? 0 : identification + 1;
        identification += dontFragment ? 0 : segments;
        final int flags = dontFragment ? Ipv4.DONT_FRAGMENT : 0;
        header(path, transport - HEADER, length + HEADER, tos, id, flags, ttl, Ipv4.TCP);
        path.ethernet
                .output()
                .sendUnit(
                        path.neighbour,
                        first + HEADER,
                        Offload.withSegmentSize(
                                Offload.TX_TCP_SEGMENTATION | Offload.TX_TRANSPORT_CHECKSUM | Offload.TX_IPV4_CHECKSUM,
                                size),
                        segments);
    }

    private void fragment(
            final Path path, final long transport, final int length, final int protocol, final int tos, final int ttl) {
        final EthernetInterface out = path.ethernet;
        final Neighbour next = path.next();
        final int id = ++identification;
        final int most = Math.min(path.mtu, out.mtu()) - HEADER & ~7;
        for (int offset = 0; offset < length; offset += most) {
            final int piece = Math.min(most, length - offset);
            final long packet = out.output().allocate(piece + HEADER);
            if (packet == 0) {
                return;
            }
            final int more = offset + piece < length ? Ipv4.MORE_FRAGMENTS : 0;
            header(path, packet, piece + HEADER, tos, id, more | offset >>> 3, ttl, protocol);
            Ipv4.complete(packet, HEADER);
            environment.kernels().copy(transport + offset, packet + HEADER, piece);
            out.output().send(next, piece + HEADER, 0);
            counters.increment(IpCounter.FRAG_CREATES.ordinal());
        }
        counters.increment(IpCounter.FRAG_OKS.ordinal());
    }
}
