package joyride.testkit.simulation;

import java.util.ArrayDeque;
import java.util.Arrays;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/**
 * A peer that does what a test says, segment by segment, on a port of a wire; alone it only answers ARP. Frames come and go as
 * bytes, so that every wrong one can be made too.
 */
public final class ScriptedPeer {
    private static final int ETHERNET = 14;
    private static final int IP = 20;
    private static final int TCP = 20;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int PROTOCOL_TCP = 6;

    private final NicQueue queue;
    private final long mac;
    private final int address;
    private final PacketBatch batch = new PacketBatch(PacketBatch.BURST);
    private final ArrayDeque<Segment> seen = new ArrayDeque<>();
    private final long hostMac;
    private final int hostAddress;

    /**
     * A peer with an address.
     *
     * @param port its end of the wire
     * @param host the host's end, for its MAC address
     */
    public ScriptedPeer(final NicPort port, final IpAddress address, final NicPort host, final IpAddress hostAddress) {
        queue = port.queue(0);
        hostMac = host.macAddress().bits();
        mac = port.macAddress().bits();
        this.address = address.v4Bits();
        this.hostAddress = hostAddress.v4Bits();
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

    /** The oldest segment not yet looked at, or null. */
    public Segment next() {
        return seen.poll();
    }

    public void forget() {
        seen.clear();
    }

    private void take(final byte[] frame) {
        if (frame.length < ETHERNET) {
            return;
        }
        final int type = u16(frame, 12);
        if (type == TYPE_ARP && frame.length >= 42 && u16(frame, 20) == 1 && u32(frame, 38) == address) {
            arpReply(frame);
        } else if (type == TYPE_IPV4 && frame.length >= ETHERNET + IP + TCP && frame[23] == PROTOCOL_TCP) {
            seen.add(parse(frame));
        }
    }

    private void arpReply(final byte[] request) {
        final byte[] reply = request.clone();
        System.arraycopy(request, 6, reply, 0, 6);
        putMac(reply, 6, mac);
        reply[21] = 2;
        System.arraycopy(request, 22, reply, 32, 10);
        putMac(reply, 22, mac);
        putInt(reply, 28, address);
        sendFrame(reply);
    }

    private static Segment parse(final byte[] frame) {
        final int tcp = ETHERNET + (frame[ETHERNET] & 15) * 4;
        final int end = ETHERNET + u16(frame, ETHERNET + 2);
        final int header = (frame[tcp + 12] & 0xff) >>> 4 << 2;
        return new Segment(
                u16(frame, tcp),
                u16(frame, tcp + 2),
                u32(frame, tcp + 4),
                u32(frame, tcp + 8),
                frame[tcp + 13] & 0xff,
                u16(frame, tcp + 14),
                Arrays.copyOfRange(frame, tcp + TCP, tcp + header),
                Arrays.copyOfRange(frame, tcp + header, end));
    }

    /** Sends a segment to the host, with right checksums. */
    public void send(final Segment segment) {
        sendFrame(frame(segment));
    }

    /** The frame of a segment, checksums right. */
    public byte[] frame(final Segment segment) {
        final int length = TCP + segment.options().length + segment.payload().length;
        final byte[] frame = new byte[ETHERNET + IP + length];
        putMac(frame, 0, hostMac);
        putMac(frame, 6, mac);
        putShort(frame, 12, TYPE_IPV4);
        frame[14] = 0x45;
        putShort(frame, 16, IP + length);
        frame[20] = 0x40;
        frame[22] = 64;
        frame[23] = PROTOCOL_TCP;
        putInt(frame, 26, address);
        putInt(frame, 30, hostAddress);
        final int tcp = ETHERNET + IP;
        putShort(frame, tcp, segment.sourcePort());
        putShort(frame, tcp + 2, segment.destinationPort());
        putInt(frame, tcp + 4, segment.seq());
        putInt(frame, tcp + 8, segment.ack());
        frame[tcp + 12] = (byte) ((TCP + segment.options().length) / 4 << 4);
        frame[tcp + 13] = (byte) segment.flags();
        putShort(frame, tcp + 14, segment.window());
        System.arraycopy(segment.options(), 0, frame, tcp + TCP, segment.options().length);
        System.arraycopy(segment.payload(), 0, frame, tcp + TCP + segment.options().length, segment.payload().length);
        checksums(frame);
        return frame;
    }

    /** Writes right IPv4 and TCP checksums into a frame without IP options. */
    public void checksums(final byte[] frame) {
        putShort(frame, 24, 0);
        putShort(frame, 24, ~sum(frame, ETHERNET, IP, 0));
        final int length = frame.length - ETHERNET - IP;
        final int tcp = ETHERNET + IP;
        putShort(frame, tcp + 16, 0);
        final int pseudo = sum(frame, 26, 8, PROTOCOL_TCP + length);
        putShort(frame, tcp + 16, ~sum(frame, tcp, length, pseudo));
    }

    private static int sum(final byte[] bytes, final int from, final int length, final int initial) {
        long sum = initial;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        return Kernels.fold(sum);
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
        batch.add(frame, at, bytes.length, 0);
        queue.transmit(batch);
    }

    private static int u16(final byte[] bytes, final int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    private static int u32(final byte[] bytes, final int at) {
        return u16(bytes, at) << 16 | u16(bytes, at + 2);
    }

    private static void putShort(final byte[] bytes, final int at, final int value) {
        bytes[at] = (byte) (value >>> 8);
        bytes[at + 1] = (byte) value;
    }

    private static void putInt(final byte[] bytes, final int at, final int value) {
        putShort(bytes, at, value >>> 16);
        putShort(bytes, at + 2, value);
    }

    private static void putMac(final byte[] bytes, final int at, final long value) {
        putShort(bytes, at, (int) (value >>> 32));
        putInt(bytes, at + 2, (int) value);
    }
}
