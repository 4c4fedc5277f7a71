package joyride.core.ip;

import joyride.core.link.EthernetInterface;
import joyride.core.link.Neighbour;

/**
 * A destination resolved: source, interface, next hop. Made by {@link IpOutput#path}, kept by connections, which share it where both
 * addresses are the same, and refreshed by {@link IpOutput} itself when routes change ({@link #generation}).
 */
public final class Path {
    public long sourceHigh;
    public long sourceLow;
    public long destinationHigh;
    public long destinationLow;

    /** The way out; null: no route now. */
    public NetInterface out;

    /** Next hop on a link that needs resolution, IPv4-mapped or IPv6. */
    public long nextHopHigh;

    public long nextHopLow;

    /** IP packet size limit, bytes: the interface's MTU, or lower once the path told so. */
    public int mtu;

    /** The largest IP packet that TCP may give at once, bytes, to be cut on the way out; 0: none larger than {@link #mtu}. */
    public int largestUnit;

    /** Whether it never leaves this service: the internal loopback. Payload may then stay in its ring. */
    public boolean loopback;

    /** {@link joyride.api.nic.Offload} bits of the way out. */
    public int offloads;

    /** Of the routing table it was made from. */
    public int generation;

    /** Whether the destination is an IPv6 address. */
    boolean six;

    /** Of {@link Ipv6Output}'s flow labels. */
    int flowSeed;

    /** The same as {@link #out} where that is Ethernet, else null. */
    EthernetInterface ethernet;

    /** The next hop's entry; looked up again when dead. */
    Neighbour neighbour;

    /** The entry of the next hop, on Ethernet. */
    Neighbour next() {
        if (neighbour == null || neighbour.dead()) {
            neighbour = ethernet.neighbours().lookup(nextHopHigh, nextHopLow);
        }
        return neighbour;
    }

    /** The destination acknowledged, or sent on after an acknowledgement of ours: the next hop takes packets. @param now ms */
    public void progress(final long now) {
        if (neighbour != null) {
            neighbour.confirm(now);
        }
    }

    /** The same for one connection alone, which found that its packets must be smaller. */
    public Path narrowed(final int smaller) {
        final Path own = new Path();
        own.sourceHigh = sourceHigh;
        own.sourceLow = sourceLow;
        own.destinationHigh = destinationHigh;
        own.destinationLow = destinationLow;
        own.out = out;
        own.nextHopHigh = nextHopHigh;
        own.nextHopLow = nextHopLow;
        own.mtu = smaller;
        own.largestUnit = largestUnit;
        own.loopback = loopback;
        own.offloads = offloads;
        own.generation = generation;
        own.six = six;
        own.flowSeed = flowSeed;
        own.ethernet = ethernet;
        own.neighbour = neighbour;
        return own;
    }
}
