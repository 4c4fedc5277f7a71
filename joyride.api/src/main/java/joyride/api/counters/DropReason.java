package joyride.api.counters;

/** Why a packet was dropped. Every drop is counted under exactly one of these. */
public enum DropReason {
    ETHERNET_SHORT("frame shorter than an Ethernet header"),
    ETHERNET_TYPE("EtherType that nobody here takes"),
    ETHERNET_NOT_MINE("frame for another station"),
    ARP_MALFORMED("ARP packet malformed"),
    ARP_UNWANTED("ARP packet that concerns nobody here"),
    ARP_LIMITED("ARP request beyond as many a second as are answered"),
    ARP_UNRESOLVED("next hop did not answer ARP"),
    ARP_QUEUE_FULL("too many packets wait for one neighbour"),
    ND_MALFORMED("neighbour discovery or multicast listener message malformed, or from beyond the link"),
    ND_UNWANTED("neighbour discovery message that concerns nobody here"),
    ND_LIMITED("neighbour solicitation beyond as many a second as are answered"),
    ND_UNRESOLVED("next hop did not answer neighbour solicitations"),
    ND_QUEUE_FULL("too many packets wait for one IPv6 neighbour"),
    IP_SHORT("packet shorter than its IP header"),
    IP_VERSION("not IPv4 or IPv6"),
    IP_HEADER_LENGTH("IP header length below 20 or beyond the packet"),
    IP_TOTAL_LENGTH("IP total length below the header's or beyond the frame"),
    IP_CHECKSUM("IP header checksum wrong"),
    IP_OPTIONS("IP options malformed or source-routed"),
    IP_EXTENSION("IPv6 extension headers malformed, too many, or with something unknown that asks for this"),
    IP_SOURCE("source address that no packet may have here"),
    IP_NOT_MINE("destination is not an address of this service"),
    SHARED_UNCLAIMED("packet on an address shared with the kernel, left to it: Joyride has no claim"),
    IP_PROTOCOL("IP protocol that nobody here takes"),
    IP_TTL("TTL or hop limit exceeded"),
    IP_NO_ROUTE("no route to the destination"),
    IP_TOO_BIG("packet beyond the MTU with DF set"),
    FRAGMENT_MALFORMED("fragment with impossible offset or length"),
    FRAGMENT_OVERLAP("fragments overlap in a way that is not accepted"),
    FRAGMENT_LIMIT("reassembly limits reached"),
    FRAGMENT_ECN("fragments disagree about ECN"),
    FRAGMENT_TIMEOUT("fragments incomplete in time"),
    ICMP_MALFORMED("ICMP message malformed"),
    ICMP_CHECKSUM("ICMP checksum wrong"),
    ICMP_UNWANTED("ICMP message that is not answered here"),
    ICMP_STALE("ICMP error about nothing that is in flight"),
    ICMP_RATE("ICMP answer withheld by the rate limit"),
    UDP_MALFORMED("UDP length wrong"),
    UDP_CHECKSUM("UDP checksum wrong"),
    UDP_PORT("UDP port that nobody listens on"),
    UDP_FULL("UDP receive buffer full"),
    TCP_SHORT("segment shorter than its TCP header"),
    TCP_CHECKSUM("TCP checksum wrong"),
    TCP_OPTIONS("TCP options malformed"),
    TCP_PORT("TCP port that nobody listens on"),
    TCP_NO_VARIANT("no TCP variant in service; the peer will retransmit"),
    TCP_NO_TRANSPORT("no transport serves the program; the peer will retransmit"),
    TCP_LISTEN("segment that a listener has no use for"),
    TCP_SYNCACHE_FULL("too many half-open connections"),
    TCP_LISTEN_QUEUE("listener's accept queue full"),
    TCP_SEQUENCE("segment outside the window"),
    TCP_ACK("acknowledgement outside what was sent"),
    TCP_PAWS("timestamp older than the last one"),
    TCP_NO_TIMESTAMP("timestamp missing on a connection that negotiated them"),
    TCP_NO_ACK("segment without ACK"),
    TCP_RESET("RST not acceptable"),
    TCP_SYN("SYN on an established connection"),
    TCP_NO_SYN("segment without SYN for a connection that is being opened"),
    TCP_AFTER_FIN("data after the peer's FIN"),
    TCP_TIME_WAIT("segment that a connection in TIME_WAIT has no use for"),
    TCP_DUPLICATE("segment all received before"),
    TCP_AFTER_CLOSE("data after the program closed"),
    TCP_REASSEMBLY("out-of-order limits reached"),
    TCP_TUNNEL("segment in UDP, or in other UDP ports, unlike its connection"),
    TCP_SIGNATURE("digest of TCP-MD5 wrong, missing or not expected"),
    TCP_MEMORY("no memory for a connection"),
    NO_FRAME("no frame to transmit with"),
    INTERFACE_DOWN("interface has no port");

    private final String description;

    DropReason(final String description) {
        this.description = description;
    }

    /** One phrase, for people. */
    public String description() {
        return description;
    }
}
