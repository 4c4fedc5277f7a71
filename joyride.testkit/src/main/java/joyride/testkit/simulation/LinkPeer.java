package joyride.testkit.simulation;

import static joyride.testkit.simulation.Octets.put16;
import static joyride.testkit.simulation.Octets.put32;
import static joyride.testkit.simulation.Octets.u16;
import static joyride.testkit.simulation.Octets.u32;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** The other end of a host's wire, as bytes: answers ARP or neighbour solicitations for its address, hands on IP packets, and sends what it is told to. */
public final class LinkPeer {
    private static final int ETHERNET = 14;
    private static final int ARP_LENGTH = 42;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int IPV6 = 40;
    private static final int ICMP6 = 58;
    private static final int SOLICIT = 135;
    private static final int ADVERTISE = 136;
    private static final int SOLICITATION = IPV6 + 24;
    private static final int ADVERTISEMENT = 32;

    private final NicQueue queue;
    private final long mac;
    private final long hostMac;
    private final IpAddress address;
    private final Consumer<byte[]> packets;
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);

    /** -1: what was there stays. */
    private int behind = -1;

    /**
     * @param port its end of the wire
     * @param host the host's end, for its MAC address
     * @param packets gets every IP packet of the host's, from its IP header on
     */
    public LinkPeer(final NicPort port, final IpAddress address, final NicPort host, final Consumer<byte[]> packets) {
        queue = port.queue(0);
        mac = port.macAddress().bits();
        hostMac = host.macAddress().bits();
        this.address = address;
        this.packets = packets;
    }

    /** Takes what arrived. @return frames */
    public int poll() {
        int count = 0;
        while (queue.receive(batch) > 0) {
            final byte[][] frames = new byte[batch.size()][];
            for (int i = 0; i < frames.length; i++) {
                frames[i] = new byte[batch.length(i)];
                Memory.copyOut(batch.address(i), frames[i], 0, frames[i].length);
            }
            queue.release(batch);
            for (final byte[] frame : frames) {
                take(frame);
                count++;
            }
        }
        return count;
    }

    /** From now on this byte fills a frame's memory behind what is sent: nobody should look at it. */
    void behind(final int value) {
        behind = value;
    }

    /** When the next frame arrives, ns; {@link Long#MAX_VALUE}: none is on the way. */
    long nextEvent() {
        return queue.nextEvent();
    }

    private void take(final byte[] frame) {
        if (frame.length < ETHERNET) {
            return;
        }
        final int type = u16(frame, 12);
        if (type == TYPE_ARP
                && frame.length >= ARP_LENGTH
                && u16(frame, 20) == 1
                && u32(frame, 38) == address.v4Bits()) {
            arpReply(frame);
        } else if (type == TYPE_IPV6 && isSolicitation(frame)) {
            advertise(frame);
        } else if (type == TYPE_IPV4 || type == TYPE_IPV6) {
            packets.accept(Arrays.copyOfRange(frame, ETHERNET, frame.length));
        }
    }

    private void arpReply(final byte[] request) {
        final byte[] reply = request.clone();
        System.arraycopy(request, 6, reply, 0, 6);
        putMac(reply, 6, mac);
        reply[21] = 2;
        System.arraycopy(request, 22, reply, 32, 10);
        putMac(reply, 22, mac);
        put32(reply, 28, address.v4Bits());
        sendFrame(reply);
    }

    /** Whether it is a neighbour solicitation for the peer's address from somebody who has one. */
    private boolean isSolicitation(final byte[] frame) {
        return frame.length >= ETHERNET + SOLICITATION
                && frame[ETHERNET + 6] == ICMP6
                && (frame[ETHERNET + IPV6] & 0xff) == SOLICIT
                && Arrays.equals(frame, ETHERNET + IPV6 + 8, ETHERNET + IPV6 + 24, bytes(), 0, 16)
                && (u32(frame, ETHERNET + 8) | u32(frame, ETHERNET + 20)) != 0;
    }

    private byte[] bytes() {
        return ByteBuffer.allocate(16)
                .putLong(address.high())
                .putLong(address.low())
                .array();
    }

    /** RFC 4861 §4.4: solicited, overriding. */
    private void advertise(final byte[] solicitation) {
        final byte[] packet = new byte[IPV6 + ADVERTISEMENT];
        put32(packet, 0, 0x6000_0000);
        put16(packet, 4, ADVERTISEMENT);
        packet[6] = ICMP6;
        packet[7] = (byte) 255;
        System.arraycopy(bytes(), 0, packet, 8, 16);
        System.arraycopy(solicitation, ETHERNET + 8, packet, 24, 16);
        packet[IPV6] = (byte) ADVERTISE;
        put32(packet, IPV6 + 4, 0x6000_0000);
        System.arraycopy(bytes(), 0, packet, IPV6 + 8, 16);
        packet[IPV6 + 24] = 2;
        packet[IPV6 + 25] = 1;
        putMac(packet, IPV6 + 26, mac);
        long sum = ICMP6 + ADVERTISEMENT;
        for (int i = 8; i < packet.length; i += 2) {
            sum += u16(packet, i);
        }
        put16(packet, IPV6 + 2, ~Kernels.fold(sum));
        send(packet);
    }

    /** Sends an IP packet to the host. */
    public void send(final byte[] packet) {
        final byte[] frame = new byte[ETHERNET + packet.length];
        putMac(frame, 0, hostMac);
        putMac(frame, 6, mac);
        put16(frame, 12, (packet[0] & 0xf0) == 0x60 ? TYPE_IPV6 : TYPE_IPV4);
        System.arraycopy(packet, 0, frame, ETHERNET, packet.length);
        sendFrame(frame);
    }

    /** Sends bytes as they are; without a free frame, or longer than one, nothing. */
    public void sendFrame(final byte[] bytes) {
        final long frame = queue.allocate();
        if (frame == 0) {
            return;
        }
        if (bytes.length > queue.frameSize()) {
            queue.free(frame);
            return;
        }
        final long at = queue.address(frame);
        Memory.copyIn(bytes, 0, at, bytes.length);
        for (int i = bytes.length; behind >= 0 && i < queue.frameSize(); i++) {
            Memory.putByte(at + i, behind);
        }
        batch.add(frame, at, bytes.length, 0);
        queue.transmit(batch);
    }

    /** The peer's MAC address in the low 48 bits. */
    long mac() {
        return mac;
    }

    /** The host's. */
    long hostMac() {
        return hostMac;
    }

    static void putMac(final byte[] bytes, final int at, final long value) {
        put16(bytes, at, (int) (value >>> 32));
        put32(bytes, at + 2, (int) value);
    }
}
