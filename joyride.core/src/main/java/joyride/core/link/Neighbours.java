package joyride.core.link;

import java.lang.foreign.Arena;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.net.IpAddress;
import joyride.api.net.MacAddress;

/**
 * The stations on an interface's link, of either family: found by ARP or ND, or told by the kernel where the link is shared with
 * it. On the event loop. Addresses are pairs of {@code long}s, IPv4 mapped.
 */
public final class Neighbours {
    private static final int HOLD_BUFFERS = 256;

    private final EthernetInterface link;
    private final Arp arp;
    private final Nd nd;
    private final WaitingPackets waiting;
    private final Neighbour broadcast = Neighbour.permanent(EthernetInterface.TYPE_IPV4, MacAddress.BROADCAST.bits());
    private NeighbourAsker asker;

    Neighbours(final EthernetInterface link, final Arena arena, final Ipv6Host host) {
        this.link = link;
        waiting = new WaitingPackets(link, size -> new BufferPool(arena, size, HOLD_BUFFERS), link.mtu());
        arp = new Arp(link, waiting);
        nd = new Nd(link, waiting, host);
    }

    Arp arp() {
        return arp;
    }

    Nd nd() {
        return nd;
    }

    /** Null: they are found here. */
    NeighbourAsker asker() {
        return asker;
    }

    /** From now on the kernel finds them; null: this interface does. */
    void share(final NeighbourAsker kernel) {
        if (asker != kernel) {
            asker = kernel;
            arp.forgetAll();
            nd.forgetAll();
        }
    }

    /** Packets of up to {@code mtu} bytes wait for answers from now on. */
    void carry(final int mtu) {
        final List<Neighbour> all = arp.all();
        all.addAll(nd.all());
        waiting.carry(mtu, all);
    }

    /** The link came up, or our station address is another one. */
    void linkUp() {
        arp.announceAll();
        nd.linkUp();
    }

    void close() {
        arp.close();
        nd.close();
    }

    /** The neighbour for a next hop on this link, not a group; asks the link if it is a new one. */
    public Neighbour lookup(final long high, final long low) {
        return IpAddress.isV4(high, low) ? arp.lookup(high, low) : nd.lookup(high, low);
    }

    /** Everyone on the link. */
    public Neighbour broadcast() {
        return broadcast;
    }

    /** Everyone who listens to an IPv4 multicast group (RFC 1112 §6.4). On control paths: makes an object. */
    public Neighbour multicast(final int group) {
        return Neighbour.permanent(EthernetInterface.TYPE_IPV4, 0x0100_5e00_0000L | group & 0x7f_ffff);
    }

    /** The kernel found a neighbour that this interface asked for, or one that moved. */
    public void learned(final long high, final long low, final long station) {
        if (IpAddress.isV4(high, low)) {
            arp.learned(high, low, station);
        } else {
            nd.learned(high, low, station);
        }
    }

    /** The kernel found that a neighbour does not answer. */
    public void failed(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            arp.failed(high, low);
        } else {
            nd.failed(high, low);
        }
    }

    /** The kernel has forgotten a neighbour, or asks anew. One that still waits for its first answer goes on waiting. */
    public void lost(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            arp.lost(high, low);
        } else {
            nd.lost(high, low);
        }
    }

    /** Tells the link where an IPv4 address of ours is now; the kernel does where it finds the neighbours. */
    public void announce(final int address) {
        if (link.port() != null && asker == null) {
            arp.announce(address);
        }
    }

    /** All that are known or asked for, for people. Makes objects. */
    public List<StackAdmin.NeighbourView> views() {
        final List<StackAdmin.NeighbourView> views = arp.views();
        views.addAll(nd.views());
        return views;
    }
}
