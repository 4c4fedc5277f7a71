package joyride.core.ip;

import java.util.ArrayDeque;
import java.util.Deque;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.link.EthernetInterface;
import joyride.core.link.Ipv6Host;

/** What neighbour discovery finds becomes addresses and routes of this host. */
final class Ipv6Links implements Ipv6Host {
    /** Destinations that redirects sent elsewhere; the first one goes for a further one. */
    static final int REDIRECTS = 256;

    private static final IpPrefix EVERYTHING = new IpPrefix(IpAddress.ANY, 0);

    private final AddressTable addresses;
    private final RouteTable routes;
    private final Ipv6Resolver resolver;
    private final Deque<RouteTable.Route> redirected = new ArrayDeque<>();
    private Runnable listener = () -> {};

    Ipv6Links(final AddressTable addresses, final RouteTable routes, final Ipv6Resolver resolver) {
        this.addresses = addresses;
        this.routes = routes;
        this.resolver = resolver;
    }

    void onChange(final Runnable changed) {
        listener = changed;
    }

    @Override
    public void changed(final EthernetInterface on) {
        listener.run();
    }

    @Override
    public void addressReady(final EthernetInterface on, final IpPrefix address, final boolean onLink) {
        addresses.add(on, address);
        if (onLink) {
            routes.add(new RouteTable.Route(address, null, on, null));
        }
        routes.changed();
    }

    @Override
    public void addressGone(final EthernetInterface on, final IpAddress address) {
        final IpPrefix gone = addresses.remove(on, address);
        if (gone != null && on.addresses().stream().noneMatch(other -> sameNetwork(other, gone))) {
            routes.removeLink(gone, on);
        }
        routes.changed();
    }

    private static boolean sameNetwork(final IpPrefix a, final IpPrefix b) {
        return a.length() == b.length() && a.contains(b.address());
    }

    @Override
    public void defaultRouter(final EthernetInterface on, final IpAddress router) {
        routes.unlearn(EVERYTHING, on);
        if (router != null) {
            routes.learn(EVERYTHING, router, on);
        }
        listener.run();
    }

    @Override
    public void onLink(final EthernetInterface on, final IpPrefix prefix, final boolean is) {
        if (is) {
            routes.learn(prefix, null, on);
        } else {
            routes.unlearn(prefix, on);
        }
        listener.run();
    }

    @Override
    public boolean isFirstHop(final EthernetInterface on, final long high, final long low, final IpAddress router) {
        return resolver.goesBy(on, high, low, router.high(), router.low());
    }

    @Override
    public void redirected(final EthernetInterface on, final IpAddress destination, final IpAddress target) {
        final IpPrefix host = new IpPrefix(destination, 128);
        routes.unlearn(host, on);
        redirected.removeIf(route -> route.destination().equals(host));
        if (redirected.size() >= REDIRECTS) {
            final RouteTable.Route first = redirected.removeFirst();
            routes.unlearn(first.destination(), first.out());
        }
        redirected.addLast(new RouteTable.Route(host, target.equals(destination) ? null : target, on, null, true));
        routes.learn(host, target.equals(destination) ? null : target, on);
    }

    @Override
    public void nextHopGone(final EthernetInterface on, final IpAddress hop) {
        redirected.removeIf(route -> {
            final IpAddress next = route.gateway() == null ? route.destination().address() : route.gateway();
            final boolean gone = route.out() == on && next.equals(hop);
            if (gone) {
                routes.unlearn(route.destination(), on);
            }
            return gone;
        });
    }

    @Override
    public void linkMtuChanged(final EthernetInterface on) {
        routes.changed();
    }
}
