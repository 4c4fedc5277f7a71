package joyride.core.ip;

/** TCP, UDP or ICMP above IP. On the event loop. */
public interface TransportProtocol {
    /** A packet for an address of ours, whole (reassembled), its transport checksum not yet looked at. */
    void input(Packet packet);

    /**
     * An ICMP error about a packet of ours. {@code quoted} views the packet that is quoted: addresses as we sent them (source
     * is ours), at least 8 bytes of transport header.
     *
     * @param type of the ICMP message
     * @param code of the ICMP message
     * @param mtu the next hop's MTU for "fragmentation needed" and "packet too big", else 0
     */
    void error(Packet quoted, int type, int code, int mtu);
}
