package joyride.core.ip;

import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.kernel.KernelRoute;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;

/** Gives interfaces addresses and routes, and says which they cannot have. By tasks on the event loop. */
public final class Addressing {
    private final AddressTable addresses;
    private final RouteTable routes;

    Addressing(final AddressTable addresses, final RouteTable routes) {
        this.addresses = addresses;
        this.routes = routes;
    }

    /**
     * Gives an interface an address, with the route to its network. An IPv4 address is announced by gratuitous ARP; an IPv6 address is
     * ours once duplicate address detection has found nobody else who has it.
     *
     * @throws IllegalArgumentException if it is no address that a host can have there
     */
    public void add(final NetInterface in, final IpPrefix address) {
        final LinkInterface link = (LinkInterface) in;
        final IpAddress ip = address.address();
        if (ip.isAny() || ip.isMulticast() || ip.isV4() && ip.v4Bits() == -1) {
            throw new IllegalArgumentException("address " + address + " of " + in.name() + " is not a unicast address");
        }
        final boolean local = ip.isV4() ? Ipv4.isLoopback(ip.v4Bits()) : Ipv6.isLoopback(ip.high(), ip.low());
        if (local && !in.loopback()) {
            throw new IllegalArgumentException("address " + address + " of " + in.name() + " is "
                    + (ip.isV4() ? "inside 127.0.0.0/8" : "the loopback's") + "; it can only be on lo0");
        }
        if (!ip.isV4() && link instanceof final EthernetInterface ethernet) {
            ethernet.nd().add(address);
            return;
        }
        if (link.addresses().stream().anyMatch(own -> own.address().equals(ip))) {
            return;
        }
        addresses.add(link, address);
        routes.add(new RouteTable.Route(address, null, in, null));
        if (link instanceof final EthernetInterface ethernet) {
            ethernet.neighbours().announce(ip.v4Bits());
        }
    }

    /** Takes an address away, with the route to its network. @return whether it was there */
    public boolean remove(final NetInterface in, final IpAddress address) {
        if (!address.isV4() && in instanceof final EthernetInterface ethernet) {
            return ethernet.nd().remove(address);
        }
        final IpPrefix removed = addresses.remove((LinkInterface) in, address);
        if (removed == null) {
            return false;
        }
        routes.remove(removed);
        routes.changed();
        return true;
    }

    /**
     * @param gateway null: on the link itself
     * @throws IllegalArgumentException if the gateway is not on the interface's link
     */
    public void addRoute(final IpPrefix destination, final IpAddress gateway, final NetInterface out) {
        final boolean linkLocal = gateway != null && Ipv6.isLinkLocal(gateway.high());
        if (linkLocal && out instanceof final EthernetInterface ethernet) {
            final IpAddress zoned = new IpAddress(Ipv6.zoned(gateway.high(), ethernet.zone()), gateway.low());
            routes.add(new RouteTable.Route(destination, zoned, out, null));
            return;
        }
        if (gateway != null
                && gateway.isV4()
                && ((LinkInterface) out).addresses().stream().noneMatch(own -> own.contains(gateway))) {
            throw new IllegalArgumentException("gateway " + gateway + " to " + destination + " is not in a network of "
                    + out.name() + "; give " + out.name() + " an address of the gateway's network first");
        }
        routes.add(new RouteTable.Route(destination, gateway, out, null));
    }

    public boolean removeRoute(final IpPrefix destination) {
        return routes.remove(destination);
    }

    /** The IPv6 destinations that go out by an interface. */
    public List<IpPrefix> destinations(final NetInterface out) {
        return routes.destinations(out);
    }

    /** Makes addresses and routes of an interface those of the kernel, which announces and answers for them. */
    public void follow(
            final EthernetInterface ethernet, final List<IpPrefix> wanted, final List<KernelRoute> wantedRoutes) {
        for (final IpPrefix old : List.copyOf(ethernet.addresses())) {
            if (!wanted.contains(old)) {
                addresses.remove(ethernet, old.address());
            }
        }
        for (final IpPrefix address : wanted) {
            if (!ethernet.addresses().contains(address)) {
                addresses.add(ethernet, address);
            }
        }
        routes.removeAll(ethernet);
        for (final KernelRoute route : wantedRoutes) {
            routes.add(new RouteTable.Route(route.destination(), route.gateway(), ethernet, route.source()));
        }
        routes.changed();
    }
}
