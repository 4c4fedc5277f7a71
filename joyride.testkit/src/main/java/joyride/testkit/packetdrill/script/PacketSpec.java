package joyride.testkit.packetdrill.script;

import java.util.List;

/** A packet as a script writes it. Numbers are those of the script: sequence numbers count from the ISNs. */
public sealed interface PacketSpec {
    /** Not said. */
    int ANY = -1;

    /**
     * What the IP header has; {@link #ANY} where nothing is said.
     *
     * @param ttl or hop limit
     * @param tos or traffic class: bits of it as far as {@code tosMask} says
     * @param tosMask which bits of {@code tos} are said: all, those of the codepoint for differentiated services, those of ECN
     * @param ect whether ECN must be ECT(0) or ECT(1), whichever
     * @param flowLabel IPv6's
     */
    record IpInfo(int ttl, int tos, int tosMask, boolean ect, int flowLabel) {
        static final IpInfo NONE = new IpInfo(ANY, 0, 0, false, ANY);

        /** Whether the byte of a packet is what is said here. */
        public boolean fits(final int actual) {
            return (actual & tosMask) == tos && (!ect || (actual & 3) == 1 || (actual & 3) == 2);
        }
    }

    /** Ports of a segment, where a script names them; null: those of the connection at hand. */
    record Ports(int source, int destination) {}

    /** UDP ports around a TCP segment; null as an encapsulation: none. */
    record UdpPorts(int source, int destination) {}

    /**
     * {@code S. 0:0(0) ack 1 win 65535 <mss 1460>}.
     *
     * @param flags bits of the TCP header, AE included
     * @param seq null: any
     * @param absolute whether {@code seq} is as on the wire
     * @param length payload bytes
     * @param ack null: none said
     * @param window {@link #ANY} if not said
     * @param urgent urgent pointer; {@link #ANY} if not said
     * @param options null: any
     * @param udp null: plain
     */
    record TcpSpec(
            IpInfo ip,
            Ports ports,
            int flags,
            Long seq,
            boolean absolute,
            int length,
            Long ack,
            int window,
            int urgent,
            List<TcpOption> options,
            UdpPorts udp)
            implements PacketSpec {}

    /**
     * {@code icmp unreachable frag_needed mtu 1234 [1:1461(1460)]}: an error that quotes a segment of the stack's.
     *
     * @param six whether it is ICMPv6
     * @param mtu {@link #ANY} if not said
     * @param seq of the quoted segment
     * @param length of its payload
     */
    record IcmpSpec(IpInfo ip, boolean six, int type, int code, int mtu, long seq, int length, UdpPorts udp)
            implements PacketSpec {}
}
