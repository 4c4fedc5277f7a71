package joyride.core.ip;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import joyride.api.counters.CounterBlock;
import joyride.api.nic.NicPort;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;
import joyride.core.link.LoopbackInterface;
import joyride.core.link.PcapTap;

/**
 * The network below the transport protocols, of one event loop: interfaces, addresses, routes, neighbours, IPv4, ICMP.
 *
 * <p>Everything is called on the event loop. In a turn the engine calls {@link #receive}, {@link #drainLoopback} after each step
 * that may have sent, and {@link #transmit} once at the end. Configuration is done by tasks between two turns. Nothing but
 * configuration and {@link IpOutput#path} allocates.
 */
public final class NetworkLayer implements AutoCloseable {
    /** The least MTU of an interface, bytes. */
    public static final int MIN_MTU = 72;

    /** Zones of interfaces that are not the kernel's devices: its own numbers are small. */
    private static final int FIRST_ZONE = 0x8000;

    private final NetworkEnvironment environment;
    private final Arena arena = Arena.ofShared();
    private final CounterBlock counters;
    private final RouteTable routes = new RouteTable();
    private final LoopbackInterface loopback;
    private final List<EthernetInterface> ethernets = new ArrayList<>();
    private final PathResolver resolver;
    private final Ipv4Reassembly reassembly;
    private final Ipv4Input input4;
    private final Ipv6Reassembly reassembly6;
    private final IpInput input;
    private final Ipv6Links links;
    private final DualStackOutput output;
    private final Addressing addressing;
    private final NetworkViews views;

    /** Has a loopback interface {@code lo0} without addresses, and no other. */
    public NetworkLayer(final NetworkEnvironment environment) {
        this.environment = environment;
        counters = environment.counters().block("ip", IpCounter.describe());
        final AddressTable addresses = new AddressTable();
        loopback = new LoopbackInterface(environment, arena);
        resolver = new PathResolver(addresses, routes, loopback, ethernets, environment.random());
        final Ipv4Output output4 = new Ipv4Output(environment, counters, loopback, arena);
        final Icmpv4 icmp4 = new Icmpv4(environment, counters, resolver, output4, this::transport);
        reassembly = new Ipv4Reassembly(environment, icmp4, arena);
        input4 = new Ipv4Input(environment, counters, addresses, loopback, reassembly, icmp4);
        final Ipv6Output output6 = new Ipv6Output(environment, counters, loopback, arena);
        final Icmpv6 icmp6 = new Icmpv6(environment, counters, resolver, output6, this::transport);
        reassembly6 = new Ipv6Reassembly(environment, icmp6, arena);
        final Ipv6Input input6 =
                new Ipv6Input(environment, counters, addresses, loopback, reassembly6, icmp6, this::transport);
        input = new IpInput(input4, input6, icmp6);
        links = new Ipv6Links(addresses, routes, resolver.six());
        output = new DualStackOutput(counters, addresses, resolver, output4, output6, icmp4, icmp6);
        addressing = new Addressing(addresses, routes);
        views = new NetworkViews(loopback, ethernets, routes);
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
     * Polls the queue of every attached port for one burst, handles and releases it, and drains the loopback.
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

    /** What transports send by. */
    public IpOutput output() {
        return output;
    }

    // --- configuration

    /** The interfaces' addresses and routes. */
    public Addressing addressing() {
        return addressing;
    }

    public NetworkViews views() {
        return views;
    }

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
        addressing.follow(ethernet, List.of(), List.of());
        reassembly.forget(ethernet);
        reassembly6.forget(ethernet);
        ethernets.remove(ethernet);
        ethernet.close();
    }

    /** Starts or, with null, ends copying an interface's packets to {@code capture}. @return what was there before */
    public PcapTap tap(final NetInterface in, final PcapTap capture) {
        return ((LinkInterface) in).tap(capture);
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
