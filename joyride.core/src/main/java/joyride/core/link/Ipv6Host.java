package joyride.core.link;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;

/** What neighbour discovery tells the IP layer, and asks of it. On the event loop, on control paths. */
public interface Ipv6Host {
    /**
     * The address is unique on its link: it is ours from now on.
     *
     * @param onLink whether the whole network is on the link (RFC 5942 §4: not so for what stateless configuration made)
     */
    void addressReady(EthernetInterface on, IpPrefix address, boolean onLink);

    /** The address is not ours any more. */
    void addressGone(EthernetInterface on, IpAddress address);

    /** The router for what has no better route; null: the link has none. */
    void defaultRouter(EthernetInterface on, IpAddress router);

    /** A router said that a network is on the link, or its time is over. */
    void onLink(EthernetInterface on, IpPrefix prefix, boolean is);

    /** Whether packets for {@code destination} go to {@code router} now: only it may send them elsewhere (RFC 4861 §8.1). */
    boolean isFirstHop(EthernetInterface on, long high, long low, IpAddress router);

    /** A better first hop for one destination; the destination itself: it is on the link. */
    void redirected(EthernetInterface on, IpAddress destination, IpAddress target);

    /** A next hop does not answer, or is no router any more: what redirects sent there goes its first way again (RFC 4861 §7.3.3, §7.2.5). */
    void nextHopGone(EthernetInterface on, IpAddress hop);

    /** A router said which MTU IPv6 has on the link. */
    void linkMtuChanged(EthernetInterface on);

    /** The interface's addresses, ready or not, or what routers told of it, are others than before. */
    void changed(EthernetInterface on);
}
