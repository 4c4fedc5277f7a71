package joyride.core.ip;

import joyride.api.counters.CounterBlock;
import joyride.api.memory.ReadsAhead;
import joyride.api.net.IpAddress;
import joyride.api.socket.SendRing;
import joyride.core.link.Neighbour;

/** The way out for transports: each packet by its path's version of IP. Used on the event loop alone. */
final class DualStackOutput implements IpOutput {
    private final CounterBlock counters;
    private final AddressTable addresses;
    private final PathResolver resolver;
    private final Ipv4Output v4;
    private final Ipv6Output v6;
    private final Icmpv4 icmp;
    private final Icmpv6 icmp6;

    DualStackOutput(
            final CounterBlock counters,
            final AddressTable addresses,
            final PathResolver resolver,
            final Ipv4Output v4,
            final Ipv6Output v6,
            final Icmpv4 icmp,
            final Icmpv6 icmp6) {
        this.counters = counters;
        this.addresses = addresses;
        this.resolver = resolver;
        this.v4 = v4;
        this.v6 = v6;
        this.icmp = icmp;
        this.icmp6 = icmp6;
    }

    @Override
    public Path path(
            final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        return resolver.make(sourceHigh, sourceLow, destinationHigh, destinationLow);
    }

    @Override
    public boolean refresh(final Path path) {
        return resolver.refresh(path);
    }

    @Override
    public boolean fresh(final Path path) {
        return resolver.fresh(path);
    }

    @Override
    public boolean hasPort(final Path path) {
        return path.ethernet == null || path.ethernet.hasPort();
    }

    @Override
    public boolean hasRoom(final Path path) {
        return path.ethernet == null || path.ethernet.output().hasRoom();
    }

    @Override
    public long allocate(final Path path, final int length) {
        resolver.refresh(path);
        return path.six ? v6.allocate(path, length) : v4.allocate(path, length);
    }

    @Override
    public void send(
            final Path path,
            final long transport,
            final int length,
            final int protocol,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int offloads) {
        if (path.six) {
            v6.send(path, transport, length, protocol, tos, ttl, dontFragment, offloads);
        } else {
            v4.send(path, transport, length, protocol, tos, ttl, dontFragment, offloads);
        }
    }

    @Override
    public void sendFrom(
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
        if (path.six) {
            v6.sendFrom(path, transport, headerLength, ring, position, length, protocol, tos, ttl, peer);
        } else {
            v4.sendFrom(path, transport, headerLength, ring, position, length, protocol, tos, ttl, peer);
        }
    }

    @Override
    public long writeHeaders(final Path path, final long transport, final int length, final int tos, final int ttl) {
        if (path.ethernet == null || !nextHopKnown(path)) {
            return 0;
        }
        return path.ethernet
                .output()
                .writeHeader(
                        path.neighbour,
                        path.six
                                ? v6.writeHeader(path, transport, length, tos, ttl)
                                : v4.writeHeader(path, transport, length, tos, ttl));
    }

    @Override
    public void sendComplete(final Path path, final int length, final int offloads) {
        counters.increment(IpCounter.OUT_REQUESTS.ordinal());
        path.ethernet.output().sendComplete(length + (path.six ? Ipv6.HEADER : Ipv4.HEADER), offloads);
    }

    private static boolean nextHopKnown(final Path path) {
        final Neighbour next = path.neighbour;
        return next != null && !next.dead() && next.usable();
    }

    @Override
    public boolean takesUnits(final Path path) {
        return path.ethernet != null && path.ethernet.output().takesUnits(path.six) && nextHopKnown(path);
    }

    @Override
    public int unitFrame(final Path path) {
        return path.ethernet.output().frameSize();
    }

    @Override
    public int unitFrames(final Path path) {
        return path.ethernet.output().unitFrames();
    }

    @Override
    public long extend(final Path path, final int length) {
        return path.ethernet.output().extend(length);
    }

    @Override
    public int trim(final Path path, final int bytes) {
        return path.ethernet.output().trim(bytes);
    }

    @Override
    public void sendUnit(
            final Path path,
            final long transport,
            final int first,
            final int length,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int size,
            final int segments) {
        if (path.six) {
            v6.unit(path, transport, first, length, tos, ttl, size, segments);
        } else {
            v4.unit(path, transport, first, length, tos, ttl, dontFragment, size, segments);
        }
    }

    @Override
    public void cut(final Path path, final int segments) {
        if (path.ethernet != null) {
            path.ethernet.output().cut(segments);
        }
    }

    @Override
    public void cancel(final Path path, final long transport) {
        v4.cancel(path);
    }

    @Override
    public void portUnreachable(final Packet packet) {
        if (IpAddress.isV4(packet.sourceHigh, packet.sourceLow)) {
            icmp.error(packet, Icmpv4.UNREACHABLE, Icmpv4.UNREACHABLE_PORT);
        } else {
            icmp6.error(packet, Icmpv6.UNREACHABLE, Icmpv6.UNREACHABLE_PORT);
        }
    }

    @Override
    public boolean isLocal(final long high, final long low) {
        return addresses.isLocal(high, low);
    }
}
