package joyride.core.ip;

import java.util.List;
import joyride.api.net.IpPrefix;
import joyride.api.time.RandomSource;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;

/** Finds the way to an IPv6 destination: interface, next hop, source. */
final class Ipv6Resolver {
    private static final long MIX = 0x9e37_79b9_7f4a_7c15L;

    private final AddressTable addresses;
    private final RouteTable routes;
    private final LoopbackInterface loopback;
    private final List<EthernetInterface> ethernets;
    private final long secret;

    Ipv6Resolver(
            final AddressTable addresses,
            final RouteTable routes,
            final LoopbackInterface loopback,
            final List<EthernetInterface> ethernets,
            final RandomSource random) {
        this.addresses = addresses;
        this.routes = routes;
        this.loopback = loopback;
        this.ethernets = ethernets;
        this.secret = random.nextLong();
    }

    /** Fills the fields of a path whose rest says: no way. */
    void resolve(final Path path) {
        final long high = path.destinationHigh;
        final long low = path.destinationLow;
        if (addresses.isLocal(high, low)) {
            local(path);
        } else if (!Ipv6.isUnspecified(high, low) && !Ipv6.isLoopback(high, low) && !Ipv6.isMulticast(high)) {
            remote(path);
        }
        if (path.out != null) {
            long mixed = (secret ^ path.sourceHigh) * MIX;
            mixed = (mixed ^ path.sourceLow) * MIX;
            mixed = (mixed ^ high) * MIX;
            path.flowSeed = (int) ((mixed ^ low) * MIX >>> 32);
        }
    }

    private static boolean hasSource(final Path path) {
        return (path.sourceHigh | path.sourceLow) != 0;
    }

    private void local(final Path path) {
        if (!hasSource(path)) {
            path.sourceHigh = path.destinationHigh;
            path.sourceLow = path.destinationLow;
        }
        path.loopback = true;
        path.out = loopback;
        path.mtu = LoopbackInterface.MTU;
    }

    private void remote(final Path path) {
        EthernetInterface out = null;
        long nextHigh = path.destinationHigh;
        long nextLow = path.destinationLow;
        final RouteTable.Route route = routes.find(path.destinationHigh, path.destinationLow);
        if (route != null && route.out() instanceof final EthernetInterface ethernet) {
            out = ethernet;
            if (route.gateway() != null) {
                nextHigh = route.gateway().high();
                nextLow = route.gateway().low();
            }
        }
        if (out == null || out.mtu() < Ipv6.MIN_MTU || leavesItsZone(path, out)) {
            return;
        }
        if (!hasSource(path)) {
            if (route.source() != null) {
                path.sourceHigh = route.source().high();
                path.sourceLow = route.source().low();
            } else {
                final IpPrefix source = SourceSelection.choose(out, path.destinationHigh, path.destinationLow);
                if (source == null) {
                    return;
                }
                path.sourceHigh = source.address().high();
                path.sourceLow = source.address().low();
            }
        }
        path.out = out;
        path.ethernet = out;
        path.mtu = out.nd().mtu();
        path.largestUnit = out.largestUnit();
        path.offloads = out.offloads() & PathResolver.USED_OFFLOADS;
        path.nextHopHigh = nextHigh;
        path.nextHopLow = nextLow;
    }

    /** A link-local address is good on its own link alone (RFC 4007 §9). */
    private static boolean leavesItsZone(final Path path, final EthernetInterface out) {
        return Ipv6.isLinkLocal(path.sourceHigh) && Ipv6.zone(path.sourceHigh) != out.zone()
                || Ipv6.isLinkLocal(path.destinationHigh) && Ipv6.zone(path.destinationHigh) != out.zone();
    }

    /** Whether packets for {@code high, low} go to this next hop on this link. */
    boolean goesBy(
            final LinkInterface on, final long high, final long low, final long routerHigh, final long routerLow) {
        final RouteTable.Route route = routes.find(high, low);
        return route != null
                && route.out() == on
                && route.gateway() != null
                && route.gateway().low() == routerLow
                && route.gateway().high() == routerHigh;
    }

    /** The interface of a zone, or null. */
    EthernetInterface ofZone(final int zone) {
        for (final EthernetInterface ethernet : ethernets) {
            if (ethernet.zone() == zone) {
                return ethernet;
            }
        }
        return null;
    }
}
