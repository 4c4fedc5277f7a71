package joyride.core.ip;

import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicPort;
import joyride.api.nic.PacketBatch;
import joyride.api.socket.SendRing;
import joyride.core.engine.NetworkStage;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LoopbackInterface;

/**
 * The network below the transport protocols, of one event loop: interfaces, addresses, routes, neighbours, IPv4, ICMP.
 *
 * <p>Everything is called on the event loop. In a turn the engine calls {@link #receive}, {@link #drainLoopback} after each step
 * that may have sent, and {@link #transmit} once at the end. Configuration is done by tasks between two turns. Nothing but
 * configuration and {@link #path} allocates.
 */
public final class NetworkLayer implements NetworkStage, IpOutput, AutoCloseable {

    /** Has a loopback interface {@code lo0} without addresses, and no other. */
    public NetworkLayer(final NetworkEnvironment environment) {}

    /** Makes {@code transport} the receiver of an IP protocol; ICMP is built in. Null: none any more. */
    public void register(final int protocol, final TransportProtocol transport) {}

    /**
     * Polls the queue of every attached port for one burst, handles and releases it, and drains the loopback: instead of calling {@link #input}.
     *
     * @return packets received
     */
    public int receive() {
        return 0;
    }

    @Override
    public void input(final NetInterface in, final PacketBatch batch) {}

    /**
     * Delivers queued loopback packets, and what they cause to be queued, until none is left or a bound is reached that only endless
     * talk reaches: then {@link #loopbackPending} is not 0, and no ring's memory may be freed this turn.
     *
     * @return packets delivered
     */
    @Override
    public int drainLoopback() {
        return 0;
    }

    /** Loopback packets that wait. */
    public int loopbackPending() {
        return 0;
    }

    @Override
    public int transmit() {
        return 0;
    }

    public LoopbackInterface loopback() {
        return null;
    }

    /**
     * Adds an Ethernet interface, still without a port and addresses.
     *
     * @param mtu largest IP packet wanted, bytes; a port with less lowers it
     * @throws IllegalArgumentException if the name is taken or the MTU is not in 576..65535
     */
    public EthernetInterface addEthernet(final String name, final int mtu) {
        return null;
    }

    /** The interface of that name, or null. */
    public NetInterface find(final String name) {
        return null;
    }

    /**
     * Puts a port under an interface; whatever was there is let go of first: nothing of it is used after this returns. Addresses,
     * routes and neighbours stay.
     *
     * @param port null: none, packets are dropped and counted
     * @param queue the index of the queue that this event loop uses
     */
    public void attach(final EthernetInterface ethernet, final NicPort port, final int queue) {}

    /** Gives an interface an address, with the route to its network; announced by gratuitous ARP. */
    public void addAddress(final NetInterface in, final IpPrefix address) {}

    public boolean removeAddress(final NetInterface in, final IpAddress address) {
        return false;
    }

    /**
     * @param gateway null: on the link itself
     * @throws IllegalArgumentException if the gateway is not on the interface's link
     */
    public void addRoute(final IpPrefix destination, final IpAddress gateway, final NetInterface out) {}

    public boolean removeRoute(final IpPrefix destination) {
        return false;
    }

    public List<StackAdmin.InterfaceView> interfaceViews() {
        return List.of();
    }

    public List<StackAdmin.RouteView> routeViews() {
        return List.of();
    }

    public List<StackAdmin.NeighbourView> neighbourViews() {
        return List.of();
    }

    @Override
    public Path path(
            final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        return null;
    }

    @Override
    public long allocate(final Path path, final int length) {
        return 0;
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
            final int offloads) {}

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
            final int ttl) {}

    @Override
    public void cancel(final Path path, final long transport) {}

    @Override
    public void icmpError(final Packet packet, final int type, final int code) {}

    @Override
    public boolean isLocal(final long high, final long low) {
        return false;
    }

    /** Frees the memory. Nothing is called after this. */
    @Override
    public void close() {}
}
