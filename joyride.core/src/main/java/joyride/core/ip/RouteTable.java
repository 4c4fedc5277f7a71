package joyride.core.ip;

import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;

/** Routes, found by the longest prefix. Every change raises the generation, by which paths know that they are stale. */
final class RouteTable {
    /**
     * @param gateway null: the destination is on the link itself
     * @param source the address that packets go out with; null: as the interface's addresses say
     * @param learned whether a router told it; it does not take the place of a configured one
     */
    record Route(IpPrefix destination, IpAddress gateway, NetInterface out, IpAddress source, boolean learned) {
        Route(final IpPrefix destination, final IpAddress gateway, final NetInterface out, final IpAddress source) {
            this(destination, gateway, out, source, false);
        }
    }

    /** Longest prefix first. */
    private final List<Route> routes = new ArrayList<>();

    private int generation = 1;

    int generation() {
        return generation;
    }

    /** Something else that paths depend on has changed. */
    void changed() {
        generation++;
    }

    /** Adds a route in the place of one with the same destination. */
    void add(final Route route) {
        remove(route.destination());
        int at = 0;
        while (at < routes.size()
                && routes.get(at).destination().mappedLength()
                        >= route.destination().mappedLength()) {
            at++;
        }
        routes.add(at, route);
        generation++;
    }

    /** Adds what a router told, if nothing configured says otherwise. */
    void learn(final IpPrefix destination, final IpAddress gateway, final NetInterface out) {
        for (final Route route : routes) {
            if (!route.learned() && same(route.destination(), destination)) {
                return;
            }
        }
        add(new Route(destination, gateway, out, null, true));
    }

    /** Forgets what routers told of a destination on an interface. */
    void unlearn(final IpPrefix destination, final NetInterface out) {
        if (routes.removeIf(r -> r.learned() && r.out() == out && same(r.destination(), destination))) {
            generation++;
        }
    }

    /** Removes the route to an address's own network. */
    void removeLink(final IpPrefix network, final NetInterface out) {
        if (routes.removeIf(r -> r.out() == out && r.gateway() == null && same(r.destination(), network))) {
            generation++;
        }
    }

    boolean remove(final IpPrefix destination) {
        final boolean removed = routes.removeIf(route -> same(route.destination(), destination));
        if (removed) {
            generation++;
        }
        return removed;
    }

    /** Removes all routes by an interface. */
    void removeAll(final NetInterface out) {
        if (routes.removeIf(route -> route.out() == out)) {
            generation++;
        }
    }

    private static boolean same(final IpPrefix a, final IpPrefix b) {
        return a.mappedLength() == b.mappedLength() && a.contains(b.address());
    }

    /** The route to the address with these halves, or null. Allocates nothing. */
    Route find(final long high, final long low) {
        for (int i = 0; i < routes.size(); i++) {
            final Route route = routes.get(i);
            if (route.destination().contains(high, low)) {
                return route;
            }
        }
        return null;
    }

    /** Destinations of IPv6 that go out by an interface. */
    List<IpPrefix> destinations(final NetInterface out) {
        return routes.stream()
                .filter(r -> r.out() == out && !r.destination().address().isV4())
                .map(Route::destination)
                .toList();
    }

    List<StackAdmin.RouteView> views() {
        final List<StackAdmin.RouteView> views = new ArrayList<>();
        for (final Route route : routes) {
            final boolean host = route.destination().length()
                    == (route.destination().address().isV4() ? 32 : 128);
            views.add(new StackAdmin.RouteView(
                    network(route.destination()),
                    route.gateway() == null ? "link" : route.gateway().toString(),
                    route.out().name(),
                    "U" + (route.gateway() == null ? "" : "G") + (host ? "H" : "") + (route.learned() ? "D" : "")));
        }
        return views;
    }

    private static String network(final IpPrefix prefix) {
        if (!prefix.address().isV4()) {
            final long high = prefix.length() == 0
                    ? 0
                    : prefix.address().high() & (prefix.length() >= 64 ? -1 : -1L << 64 - prefix.length());
            final long low = prefix.length() <= 64 ? 0 : prefix.address().low() & -1L << 128 - prefix.length();
            return new IpAddress(high, low) + "/" + prefix.length();
        }
        final int mask = prefix.length() == 0 ? 0 : -1 << (32 - prefix.length());
        return IpAddress.v4(prefix.address().v4Bits() & mask) + "/" + prefix.length();
    }
}
