package joyride.testkit.simulation;

import static joyride.testkit.simulation.LinkPeer.putMac;
import static joyride.testkit.simulation.Octets.put16;
import static joyride.testkit.simulation.Octets.put32;
import static joyride.testkit.simulation.Octets.putAddress;
import static joyride.testkit.simulation.Octets.sum;
import static joyride.testkit.simulation.Octets.u16;
import static joyride.testkit.simulation.Octets.u32;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import joyride.api.net.IpAddress;
import joyride.api.nic.NicPort;

/**
 * A peer that does what a test says, segment by segment, on a port of a wire; alone it only answers ARP. Frames come and go as
 * bytes, so that every wrong one can be made too.
 */
public final class ScriptedPeer {
    private static final int ETHERNET = 14;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int TCP = 20;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_UDP = 17;
    private static final int UDP = 8;

    private final LinkPeer link;
    private final IpAddress address;
    private final IpAddress hostAddress;
    private final boolean six;

    /** Bytes of an IP header. */
    private final int ip;

    private final ArrayDeque<Segment> seen = new ArrayDeque<>();
    private Consumer<byte[]> watcher = packet -> {};
    private boolean verifies;
    private int tunnelHost;
    private int tunnelPeer;

    /**
     * A peer with an address.
     *
     * @param port its end of the wire
     * @param host the host's end, for its MAC address
     */
    public ScriptedPeer(final NicPort port, final IpAddress address, final NicPort host, final IpAddress hostAddress) {
        link = new LinkPeer(port, address, host, this::take);
        this.address = address;
        this.hostAddress = hostAddress;
        six = !address.isV4();
        ip = six ? IPV6 : IPV4;
    }

    /** Takes what arrived. @return frames */
    public int poll() {
        return link.poll();
    }

    /** When the next frame arrives, ns; {@link Long#MAX_VALUE}: none is on the way. */
    long nextEvent() {
        return link.nextEvent();
    }

    /** From now on this byte lies behind every frame sent: nobody should look at it. */
    public void behind(final int value) {
        link.behind(value);
    }

    /** Segments that a bit was flipped of on the way are not seen, from now on. Not in tunnels. */
    public void verify() {
        verifies = true;
    }

    /** The oldest segment not yet looked at, or null. */
    public Segment next() {
        return seen.poll();
    }

    public void forget() {
        seen.clear();
    }

    /** {@code watcher} gets every IP packet of the host's, from its IP header on, but the solicitations that are answered. */
    public void watch(final Consumer<byte[]> watcher) {
        this.watcher = watcher;
    }

    /**
     * Segments go in UDP datagrams from now on (draft-cheng-tcp-over-udp), and those that come in some from that port of the host's are seen, too.
     *
     * @param hostPort 0: in none any more
     */
    public void tunnel(final int hostPort, final int peerPort) {
        tunnelHost = hostPort;
        tunnelPeer = peerPort;
    }

    private void take(final byte[] packet) {
        watcher.accept(packet);
        if (packet.length < ip + TCP || packet[0] >>> 4 != (six ? 6 : 4)) {
            return;
        }
        final int protocol = packet[six ? 6 : 9];
        final int at = six ? IPV6 : (packet[0] & 15) * 4;
        if (protocol == PROTOCOL_TCP) {
            if (verifies && !isIntact(packet, at)) {
                return;
            }
            seen.add(parse(packet, at));
        } else if (protocol == PROTOCOL_UDP
                && tunnelHost != 0
                && u16(packet, at) == tunnelHost
                && packet.length >= at + UDP + TCP) {
            seen.add(parse(packet, at + UDP));
        }
    }

    /** Whether the packet is what it says, by its checksums. @param tcp where its TCP header begins */
    private boolean isIntact(final byte[] packet, final int tcp) {
        final int end = six ? IPV6 + u16(packet, 4) : u16(packet, 2);
        if (end > packet.length || end < tcp + TCP || !six && (tcp != IPV4 || sum(packet, 0, IPV4, 0) != 0xffff)) {
            return false;
        }
        final int pseudo = sum(packet, six ? 8 : 12, six ? 32 : 8, PROTOCOL_TCP + end - tcp);
        final int header = (packet[tcp + 12] & 0xff) >>> 4 << 2;
        return header >= TCP && tcp + header <= end && sum(packet, tcp, end - tcp, pseudo) == 0xffff;
    }

    private Segment parse(final byte[] packet, final int tcp) {
        final int end = six ? IPV6 + u16(packet, 4) : u16(packet, 2);
        final int header = (packet[tcp + 12] & 0xff) >>> 4 << 2;
        return new Segment(
                u16(packet, tcp),
                u16(packet, tcp + 2),
                u32(packet, tcp + 4),
                u32(packet, tcp + 8),
                (packet[tcp + 12] & 1) << 8 | packet[tcp + 13] & 0xff,
                u16(packet, tcp + 14),
                Arrays.copyOfRange(packet, tcp + TCP, tcp + header),
                Arrays.copyOfRange(packet, tcp + header, end));
    }

    /** Sends a segment to the host, with right checksums. */
    public void send(final Segment segment) {
        sendFrame(frame(segment));
    }

    /** The frame of a segment, checksums right. In a tunnel it is the datagram's that counts. */
    public byte[] frame(final Segment segment) {
        final int outer = tunnelHost == 0 ? 0 : UDP;
        final int length = outer + TCP + segment.options().length + segment.payload().length;
        final byte[] frame = new byte[ETHERNET + ip + length];
        putMac(frame, 0, link.hostMac());
        putMac(frame, 6, link.mac());
        if (six) {
            header6(frame, length, outer == 0 ? PROTOCOL_TCP : PROTOCOL_UDP);
        } else {
            header4(frame, length, outer == 0 ? PROTOCOL_TCP : PROTOCOL_UDP);
        }
        if (outer > 0) {
            put16(frame, ETHERNET + ip, tunnelPeer);
            put16(frame, ETHERNET + ip + 2, tunnelHost);
            put16(frame, ETHERNET + ip + 4, length);
        }
        final int tcp = ETHERNET + ip + outer;
        put16(frame, tcp, segment.sourcePort());
        put16(frame, tcp + 2, segment.destinationPort());
        put32(frame, tcp + 4, segment.seq());
        put32(frame, tcp + 8, segment.ack());
        frame[tcp + 12] = (byte) ((TCP + segment.options().length) / 4 << 4 | segment.flags() >>> 8);
        frame[tcp + 13] = (byte) segment.flags();
        put16(frame, tcp + 14, segment.window());
        System.arraycopy(segment.options(), 0, frame, tcp + TCP, segment.options().length);
        System.arraycopy(segment.payload(), 0, frame, tcp + TCP + segment.options().length, segment.payload().length);
        if (outer > 0) {
            checksums(frame, PROTOCOL_UDP, 6);
        } else {
            checksums(frame);
        }
        return frame;
    }

    private void header4(final byte[] frame, final int length, final int protocol) {
        put16(frame, 12, TYPE_IPV4);
        frame[14] = 0x45;
        put16(frame, 16, IPV4 + length);
        frame[20] = 0x40;
        frame[22] = 64;
        frame[23] = (byte) protocol;
        put32(frame, 26, address.v4Bits());
        put32(frame, 30, hostAddress.v4Bits());
    }

    private void header6(final byte[] frame, final int length, final int protocol) {
        put16(frame, 12, TYPE_IPV6);
        frame[14] = 0x60;
        put16(frame, 18, length);
        frame[20] = (byte) protocol;
        frame[21] = 64;
        putAddress(frame, 22, address);
        putAddress(frame, 38, hostAddress);
    }

    /** Writes right checksums, of TCP and where it has one of IP, into a frame without IP options. */
    public void checksums(final byte[] frame) {
        checksums(frame, PROTOCOL_TCP, 16);
    }

    /** @param field where the transport header has its checksum */
    private void checksums(final byte[] frame, final int protocol, final int field) {
        if (!six) {
            put16(frame, 24, 0);
            put16(frame, 24, ~sum(frame, ETHERNET, IPV4, 0));
        }
        final int length = frame.length - ETHERNET - ip;
        final int at = ETHERNET + ip;
        put16(frame, at + field, 0);
        final int pseudo = sum(frame, six ? 22 : 26, six ? 32 : 8, protocol + length);
        final int sum = ~sum(frame, at, length, pseudo) & 0xffff;
        put16(frame, at + field, sum == 0 && protocol == PROTOCOL_UDP ? 0xffff : sum);
    }

    /** Sends an IP packet to the host; without a free frame, or longer than one, nothing. */
    public void sendPacket(final byte[] packet) {
        link.send(packet);
    }

    /** Sends bytes as they are; without a free frame, or longer than one, nothing. */
    public void sendFrame(final byte[] bytes) {
        link.sendFrame(bytes);
    }
}
