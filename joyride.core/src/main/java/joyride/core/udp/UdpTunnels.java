package joyride.core.udp;

import java.util.Arrays;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.core.ip.Packet;
import joyride.core.share.Claims;

/**
 * UDP ports of all addresses whose datagrams carry segments of another protocol of this loop. Few, counted by who asks for them. On the
 * event loop.
 */
public final class UdpTunnels {
    private final Udp udp;
    private int[] ports = {};
    private int[] users = {};
    private Carrier[] carriers = {};

    /** Takes what comes in datagrams. Ports are given as ours in the upper half, the peer's in the lower. */
    public interface Carrier {
        /** {@code packet}'s transport header is what the datagram holds; its checksum covered it. */
        void input(Packet packet, int udpPorts);

        /** An ICMP error; {@code quoted}'s transport header is what lay in the datagram, as far as it is quoted. */
        void error(Packet quoted, int udpPorts, int type, int code, int mtu);
    }

    UdpTunnels(final Udp udp) {
        this.udp = udp;
    }

    /**
     * Opens a port, once for each call.
     *
     * @throws IllegalStateException if a socket or another protocol has it
     */
    public void open(final int port, final Carrier carrier) {
        final int known = find(port);
        if (known >= 0 && carriers[known] == carrier) {
            users[known]++;
            return;
        }
        if (udp.taken(IpAddress.ANY_V4, port)) {
            throw new IllegalStateException("UDP port " + port + " is in use; choose another");
        }
        final int count = ports.length;
        ports = Arrays.copyOf(ports, count + 1);
        users = Arrays.copyOf(users, count + 1);
        carriers = Arrays.copyOf(carriers, count + 1);
        ports[count] = port;
        users[count] = 1;
        carriers[count] = carrier;
        udp.environment.claims().hold(IpAddress.ANY_V4.high(), IpAddress.ANY_V4.low(), Udp.PROTOCOL, port);
    }

    /** Takes one call of {@link #open} back. */
    public void close(final int port) {
        final int known = find(port);
        if (known < 0 || --users[known] > 0) {
            return;
        }
        final int last = ports.length - 1;
        ports[known] = ports[last];
        users[known] = users[last];
        carriers[known] = carriers[last];
        ports = Arrays.copyOf(ports, last);
        users = Arrays.copyOf(users, last);
        carriers = Arrays.copyOf(carriers, last);
        udp.environment.claims().letGo(IpAddress.ANY_V4.high(), IpAddress.ANY_V4.low(), Udp.PROTOCOL, port);
    }

    boolean has(final int port) {
        return find(port) >= 0;
    }

    private int find(final int port) {
        for (int i = 0; i < ports.length; i++) {
            if (ports[i] == port) {
                return i;
            }
        }
        return -1;
    }

    void tell(final Claims.Holder holder) {
        for (final int port : ports) {
            holder.holds(IpAddress.ANY_V4.high(), IpAddress.ANY_V4.low(), Udp.PROTOCOL, port);
        }
    }

    /** Gives a datagram of {@code length} bytes, whose header was checked, to whom it is for, or drops it. @return false: it is for no tunnel */
    boolean take(final Packet packet, final int length) {
        final int known = find(Memory.getUnsignedShortBE(packet.transport + 2));
        if (known < 0) {
            return false;
        }
        if (packet.group) {
            udp.environment.drops().drop(DropReason.UDP_PORT);
            return true;
        }
        if (!packet.loopback && Memory.getShort(packet.transport + 6) == 0) {
            // What it carries relies on this checksum.
            udp.environment.drops().drop(DropReason.UDP_CHECKSUM);
            return true;
        }
        udp.counters.increment(Udp.IN_DATAGRAMS);
        final int udpPorts = ports[known] << 16 | Memory.getUnsignedShortBE(packet.transport);
        packet.transport += Udp.HEADER;
        packet.transportLength = length - packet.payloadLength - Udp.HEADER;
        carriers[known].input(packet, udpPorts);
        return true;
    }

    /** Gives an ICMP error to whom it is for. @return false: to no tunnel */
    boolean error(final Packet quoted, final int type, final int code, final int mtu) {
        final int known = find(Memory.getUnsignedShortBE(quoted.transport));
        if (known < 0) {
            return false;
        }
        final int udpPorts = ports[known] << 16 | Memory.getUnsignedShortBE(quoted.transport + 2);
        quoted.transport += Udp.HEADER;
        quoted.transportLength -= Udp.HEADER;
        carriers[known].error(quoted, udpPorts, type, code, mtu);
        return true;
    }
}
