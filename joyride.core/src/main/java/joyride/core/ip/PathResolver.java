package joyride.core.ip;

import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.time.RandomSource;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.Neighbour;

/** Finds the way to a destination: interface, next hop, source. */
final class PathResolver {
    static final int USED_OFFLOADS = Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM;

    private final AddressTable addresses;
    private final RouteTable routes;
    private final LoopbackInterface loopback;
    private final List<EthernetInterface> ethernets;
    private final Ipv6Resolver six;

    PathResolver(
            final AddressTable addresses,
            final RouteTable routes,
            final LoopbackInterface loopback,
            final List<EthernetInterface> ethernets,
            final RandomSource random) {
        this.addresses = addresses;
        this.routes = routes;
        this.loopback = loopback;
        this.ethernets = ethernets;
        this.six = new Ipv6Resolver(addresses, routes, loopback, ethernets, random);
    }

    /** What IPv6 has beyond routes. */
    Ipv6Resolver six() {
        return six;
    }

    Path make(final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        final boolean any = sourceHigh == 0 && (sourceLow == 0 || sourceLow == IpAddress.ANY_V4.low());
        final boolean six = !IpAddress.isV4(destinationHigh, destinationLow);
        if (!any && six == IpAddress.isV4(sourceHigh, sourceLow)) {
            return null;
        }
        if (!any && !addresses.isLocal(sourceHigh, sourceLow)) {
            return null;
        }
        final Path path = new Path();
        path.sourceLow = any ? 0 : sourceLow;
        path.sourceHigh = any ? 0 : sourceHigh;
        path.destinationHigh = destinationHigh;
        path.destinationLow = destinationLow;
        resolve(path);
        return path.out == null ? null : path;
    }

    boolean isLocal(final int address) {
        return addresses.isLocal(address);
    }

    boolean isLocal(final long high, final long low) {
        return addresses.isLocal(high, low);
    }

    /** An IPv6 address without its zone, with it if it is one of ours. */
    long zoned(final long high, final long low) {
        return addresses.zoned(high, low);
    }

    /** Whether {@code path} was made from the routes as they are. */
    boolean fresh(final Path path) {
        return path.generation == routes.generation();
    }

    /** Resolves again if routes or addresses changed. @return whether there is a way out */
    boolean refresh(final Path path) {
        if (!fresh(path)) {
            again(path);
        }
        return path.out != null;
    }

    /** A lower MTU stays known while the way out is the same. */
    private void again(final Path path) {
        final NetInterface before = path.out;
        final int mtu = path.mtu;
        resolve(path);
        if (path.out == before && before != null) {
            path.mtu = Math.min(mtu, path.mtu);
        }
    }

    /** Fills {@code path} from its destination and, where set, source. Allocates nothing for destinations known. */
    void resolve(final Path path) {
        path.generation = routes.generation();
        path.out = null;
        path.ethernet = null;
        path.neighbour = null;
        path.loopback = false;
        path.offloads = 0;
        path.largestUnit = 0;
        path.six = !IpAddress.isV4(path.destinationHigh, path.destinationLow);
        if (path.six) {
            six.resolve(path);
            return;
        }
        final int destination = (int) path.destinationLow;
        if (addresses.isLocal(destination)) {
            local(path, destination);
        } else if (destination != 0 && !Ipv4.isLoopback(destination)) {
            remote(path, destination);
        }
    }

    private void local(final Path path, final int destination) {
        if (path.sourceLow == 0) {
            final int near = Ipv4.isLoopback(destination) ? AddressTable.source(loopback, destination) : destination;
            path.sourceLow = IpAddress.lowOfV4(near == 0 ? destination : near);
        }
        path.loopback = true;
        path.out = loopback;
        path.mtu = LoopbackInterface.MTU;
    }

    private void remote(final Path path, final int destination) {
        EthernetInterface out = null;
        long next = path.destinationLow;
        final RouteTable.Route route = routes.find(path.destinationHigh, path.destinationLow);
        if (route != null && route.out() instanceof final EthernetInterface ethernet) {
            out = ethernet;
            if (route.gateway() != null) {
                next = route.gateway().low();
            }
        }
        if (out == null && destination == -1 && !ethernets.isEmpty()) {
            out = ethernets.get(0);
        }
        if (out == null || path.sourceLow != 0 && Ipv4.isLoopback((int) path.sourceLow)) {
            return;
        }
        if (path.sourceLow == 0) {
            final int source = route != null && route.source() != null
                    ? route.source().v4Bits()
                    : AddressTable.source(out, (int) next);
            if (source == 0) {
                return;
            }
            path.sourceLow = IpAddress.lowOfV4(source);
        }
        path.out = out;
        path.ethernet = out;
        path.mtu = out.mtu();
        path.largestUnit = out.largestUnit();
        path.offloads = out.offloads() & USED_OFFLOADS;
        path.nextHopHigh = 0;
        path.nextHopLow = next;
        path.neighbour = group(out, destination);
    }

    private static Neighbour group(final EthernetInterface out, final int destination) {
        if (Ipv4.isMulticast(destination)) {
            return out.neighbours().multicast(destination);
        }
        return AddressTable.isBroadcast(out, destination) ? out.neighbours().broadcast() : null;
    }
}
