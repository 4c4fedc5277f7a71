package joyride.core.ip;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.CounterBlock;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.socket.SendRing;
import joyride.core.kernel.KernelRoute;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.Neighbour;
import joyride.core.link.PcapTap;

/**
 * The network below the transport protocols, of one event loop: interfaces, addresses, routes, neighbours, IPv4, ICMP.
 *
 * <p>Everything is called on the event loop. In a turn the engine calls {@link #receive}, {@link #drainLoopback} after each step
 * that may have sent, and {@link #transmit} once at the end. Configuration is done by tasks between two turns. Nothing but
 * configuration and {@link #path} allocates.
 */
public final class NetworkLayer implements IpOutput, AutoCloseable {
    /** The least MTU of an interface, bytes. */
    public static final int MIN_MTU = 72;

    /** Zones of interfaces that are not the kernel's devices: its own numbers are small. */
    private static final int FIRST_ZONE = 0x8000;

    private final NetworkEnvironment environment;
    private final Arena arena = Arena.ofShared();
    private final CounterBlock counters;
    private final AddressTable addresses = new AddressTable();
    private final RouteTable routes = new RouteTable();
    private final LoopbackInterface loopback;
    private final List<EthernetInterface> ethernets = new ArrayList<>();
    private final PathResolver resolver;
    private final Ipv4Output output;
    private final Icmpv4 icmp;
    private final Ipv4Reassembly reassembly;
    private final Ipv4Input input4;
    private final Ipv6Output output6;
    private final Icmpv6 icmp6;
    private final Ipv6Reassembly reassembly6;
    private final IpInput input;
    private final Ipv6Links links;

    /** Has a loopback interface {@code lo0} without addresses, and no other. */
    public NetworkLayer(final NetworkEnvironment environment) {
        this.environment = environment;
        counters = environment.counters().block("ip", IpCounter.describe());
        loopback = new LoopbackInterface(environment, arena);
        resolver = new PathResolver(addresses, routes, loopback, ethernets, environment.random());
        output = new Ipv4Output(environment, counters, resolver, loopback, arena);
        icmp = new Icmpv4(environment, counters, resolver, output, this::transport);
        reassembly = new Ipv4Reassembly(environment, icmp, arena);
        input4 = new Ipv4Input(environment, counters, addresses, loopback, reassembly, icmp);
        output6 = new Ipv6Output(environment, counters, loopback, arena);
        icmp6 = new Icmpv6(environment, counters, resolver, output6, this::transport);
        reassembly6 = new Ipv6Reassembly(environment, icmp6, arena);
        final Ipv6Input input6 =
                new Ipv6Input(environment, counters, addresses, loopback, reassembly6, icmp6, this::transport);
        input = new IpInput(input4, input6, icmp6);
        links = new Ipv6Links(addresses, routes, resolver.six());
    }

    private TransportProtocol transport(final int protocol) {
        return input4.transport(protocol);
    }

    /** Makes {@code transport} the receiver of an IP protocol; ICMP is built in. Null: none any more. */
    public void register(final int protocol, final TransportProtocol transport) {
        input4.register(protocol, transport);
    }

    // --- the turn

    /**
     * Polls the queue of every attached port for one burst, handles and releases it, and drains the loopback: instead of
     * calling {@link #input}.
     *
     * @return packets received
     */
    public int receive() {
        int count = 0;
        for (int i = 0; i < ethernets.size(); i++) {
            final int received = ethernets.get(i).poll();
            if (received > 0) {
                count += received;
                drainLoopback();
            }
        }
        return count;
    }

    /**
     * Delivers queued loopback packets, and what they cause to be queued, until none is left or a bound is reached that only
     * endless talk reaches: then {@link #loopbackPending} is not 0, and no ring's memory may be freed this turn.
     *
     * @return packets delivered
     */
    public int drainLoopback() {
        return loopback.drain(input);
    }

    /** Loopback packets that wait. */
    public int loopbackPending() {
        return loopback.pending();
    }

    /** Hands the frames that wait to the NIC queues. @return how many */
    public int transmit() {
        int count = 0;
        for (int i = 0; i < ethernets.size(); i++) {
            count += ethernets.get(i).output().transmit();
        }
        return count;
    }

    /** Packets of which only some fragments have come. */
    public int reassembling() {
        return reassembly.inProgress() + reassembly6.inProgress();
    }

    // --- configuration

    public LoopbackInterface loopback() {
        return loopback;
    }

    /** The Ethernet interfaces in the order in which they were added. */
    public List<EthernetInterface> ethernets() {
        return ethernets;
    }

    /**
     * Adds an Ethernet interface, still without a port and addresses.
     *
     * @param mtu largest IP packet wanted, bytes; a port with less lowers it
     * @throws IllegalArgumentException if the name is taken or the MTU is not in 72..65535
     */
    public EthernetInterface addEthernet(final String name, final int mtu) {
        return addEthernet(name, 0, mtu);
    }

    /** @param zone what programs call the link of link-local addresses, the number of the kernel's device; 0: it has none */
    public EthernetInterface addEthernet(final String name, final int zone, final int mtu) {
        if (find(name) != null) {
            throw new IllegalArgumentException("interface " + name + " exists; choose another name");
        }
        if (mtu < MIN_MTU || mtu > Ipv4.MAX_PACKET) {
            throw new IllegalArgumentException(
                    "MTU " + mtu + " of " + name + " is not in " + MIN_MTU + ".." + Ipv4.MAX_PACKET);
        }
        final EthernetInterface added =
                new EthernetInterface(name, zone == 0 ? freeZone() : zone, mtu, environment, arena, input, links);
        ethernets.add(added);
        return added;
    }

    /** Runs whenever IPv6 addresses of interfaces or what routers told of them change: on the event loop, must return at once. */
    public void onIpv6Change(final Runnable changed) {
        links.onChange(changed);
    }

    /** The IPv6 destinations that go out by an interface. */
    public List<IpPrefix> ipv6Destinations(final NetInterface out) {
        return routes.destinations(out);
    }

    private int freeZone() {
        int zone = FIRST_ZONE;
        while (resolver.six().ofZone(zone) != null) {
            zone++;
        }
        return zone;
    }

    /** The interface of that name, or null. */
    public LinkInterface find(final String name) {
        if (loopback.name().equals(name)) {
            return loopback;
        }
        for (final EthernetInterface ethernet : ethernets) {
            if (ethernet.name().equals(name)) {
                return ethernet;
            }
        }
        return null;
    }

    /**
     * Puts a port under an interface; whatever was there is let go of first: nothing of it is used after this returns.
     * Addresses, routes and neighbours stay.
     *
     * @param port null: none, packets are dropped and counted
     */
    public void attach(final EthernetInterface ethernet, final NicPort port) {
        ethernet.attach(port);
        routes.changed();
    }

    /** Takes over what the interface's port says of itself now. */
    public void portChanged(final EthernetInterface ethernet) {
        ethernet.portChanged();
        routes.changed();
    }

    /**
     * Gives an interface an address, with the route to its network. An IPv4 address is announced by gratuitous ARP; an IPv6 address is
     * ours once duplicate address detection has found nobody else who has it.
     *
     * @throws IllegalArgumentException if it is no address that a host can have there
     */
    public void addAddress(final NetInterface in, final IpPrefix address) {
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
    public boolean removeAddress(final NetInterface in, final IpAddress address) {
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

    /** Whether frames received on an interface are merged, and whether TCP may give it larger segments than its MTU; at first both. */
    public void largeUnits(final EthernetInterface ethernet, final boolean receive, final boolean send) {
        ethernet.largeUnits(receive, send);
        routes.changed();
    }

    /** Sets the largest IP packet wanted on an interface, bytes. */
    public void mtu(final EthernetInterface ethernet, final int bytes) {
        ethernet.configureMtu(bytes);
        routes.changed();
    }

    /** Takes an interface away that has no port any more, with all that it has. */
    public void removeEthernet(final EthernetInterface ethernet) {
        if (ethernet.port() != null) {
            throw new IllegalStateException("interface " + ethernet.name() + " still has a port");
        }
        follow(ethernet, List.of(), List.of());
        reassembly.forget(ethernet);
        reassembly6.forget(ethernet);
        ethernets.remove(ethernet);
        ethernet.close();
    }

    /** Starts or, with null, ends copying an interface's packets to {@code capture}. @return what was there before */
    public PcapTap tap(final NetInterface in, final PcapTap capture) {
        return ((LinkInterface) in).tap(capture);
    }

    // --- views

    public List<StackAdmin.InterfaceView> interfaceViews() {
        final List<StackAdmin.InterfaceView> views = new ArrayList<>();
        views.add(view(loopback, "loopback", "in memory", "-", true, "-"));
        for (final EthernetInterface ethernet : ethernets) {
            final NicPort port = ethernet.port();
            views.add(view(
                    ethernet,
                    port == null ? "-" : port.name(),
                    port == null ? "no port" : port.mode(),
                    ethernet.offloadText(),
                    port != null && port.linkUp(),
                    new MacAddress(ethernet.mac()).toString()));
        }
        return views;
    }

    private static StackAdmin.InterfaceView view(
            final LinkInterface link,
            final String driver,
            final String mode,
            final String offloads,
            final boolean up,
            final String mac) {
        final CounterBlock counters = link.counters();
        return new StackAdmin.InterfaceView(
                link.name(),
                driver,
                mode,
                offloads,
                up,
                mac,
                link.mtu(),
                addressViews(link),
                counters.get(LinkInterface.RX_PACKETS),
                counters.get(LinkInterface.RX_BYTES),
                counters.get(LinkInterface.TX_PACKETS),
                counters.get(LinkInterface.TX_BYTES),
                counters.get(LinkInterface.DROPS));
    }

    private static List<String> addressViews(final LinkInterface link) {
        final List<String> views = new ArrayList<>(
                link.addresses().stream().map(IpPrefix::toString).toList());
        if (link instanceof final EthernetInterface ethernet) {
            views.addAll(ethernet.nd().unready());
        }
        return views;
    }

    public List<StackAdmin.RouteView> routeViews() {
        return routes.views();
    }

    public List<StackAdmin.NeighbourView> neighbourViews() {
        return ethernets.stream().flatMap(e -> e.neighbours().views().stream()).toList();
    }

    // --- output

    @Override
    public Path path(
            final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        return resolver.make(sourceHigh, sourceLow, destinationHigh, destinationLow);
    }

    @Override
    public boolean refresh(final Path path) {
        return output.refresh(path);
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
    public long allocate(final Path path, final int length) {
        if (path.six) {
            output.refresh(path);
            return output6.allocate(path, length);
        }
        return output.allocate(path, length);
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
            output6.send(path, transport, length, protocol, tos, ttl, dontFragment, offloads);
        } else {
            output.send(path, transport, length, protocol, tos, ttl, dontFragment, offloads);
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
            final int ttl) {
        if (path.six) {
            output6.sendFrom(path, transport, headerLength, ring, position, length, protocol, tos, ttl);
        } else {
            output.sendFrom(path, transport, headerLength, ring, position, length, protocol, tos, ttl);
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
                                ? output6.writeHeader(path, transport, length, tos, ttl)
                                : output.writeHeader(path, transport, length, tos, ttl));
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
        return path.ethernet != null && path.ethernet.output().takesUnits() && nextHopKnown(path);
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
            output6.unit(path, transport, first, length, tos, ttl, size, segments);
        } else {
            output.unit(path, transport, first, length, tos, ttl, dontFragment, size, segments);
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
        output.cancel(path);
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

    /** Frees the memory. Nothing is called after this. */
    @Override
    public void close() {
        environment.counters().release(counters);
        loopback.close();
        ethernets.forEach(EthernetInterface::close);
        arena.close();
    }
}
