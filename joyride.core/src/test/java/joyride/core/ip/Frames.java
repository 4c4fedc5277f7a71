package joyride.core.ip;

import java.nio.ByteBuffer;
import java.util.Random;

/** Frames made by hand, by code of its own: nothing of what is tested. */
public final class Frames {
    private Frames() {}

    public static byte[] ethernet(final long to, final long from, final int type, final byte[] payload) {
        final ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        frame.putShort((short) (to >>> 32)).putInt((int) to);
        frame.putShort((short) (from >>> 32)).putInt((int) from);
        return frame.putShort((short) type).put(payload).array();
    }

    /** From the peer to us. */
    public static byte[] ethernet(final byte[] ip) {
        return ethernet(Rig.MAC, Rig.PEER_MAC, 0x0800, ip);
    }

    public static byte[] arp(
            final int operation, final long senderMac, final int sender, final long targetMac, final int target) {
        final ByteBuffer arp = ByteBuffer.allocate(28);
        arp.putShort((short) 1)
                .putShort((short) 0x0800)
                .put((byte) 6)
                .put((byte) 4)
                .putShort((short) operation);
        arp.putShort((short) (senderMac >>> 32)).putInt((int) senderMac).putInt(sender);
        arp.putShort((short) (targetMac >>> 32)).putInt((int) targetMac).putInt(target);
        return ethernet(operation == 1 ? 0xffff_ffff_ffffL : Rig.MAC, senderMac, 0x0806, arp.array());
    }

    /** An IPv4 packet's parts, changed by a test as it likes. */
    public static final class Ip {
        public int tos;
        public int id = 1;
        public int flagsAndOffset;
        public int ttl = 64;
        public int protocol = Rig.PROBE;
        public int source = Rig.PEER;
        public int destination = Rig.ADDRESS;
        public byte[] options = {};
        public byte[] payload = {};

        public Ip payload(final byte[] bytes) {
            payload = bytes;
            return this;
        }

        public Ip protocol(final int number) {
            protocol = number;
            return this;
        }

        public byte[] build() {
            final int header = 20 + options.length;
            final ByteBuffer ip = ByteBuffer.allocate(header + payload.length);
            ip.put((byte) (0x40 | header / 4)).put((byte) tos).putShort((short) (header + payload.length));
            ip.putShort((short) id)
                    .putShort((short) flagsAndOffset)
                    .put((byte) ttl)
                    .put((byte) protocol);
            ip.putShort((short) 0)
                    .putInt(source)
                    .putInt(destination)
                    .put(options)
                    .put(payload);
            ip.putShort(10, (short) checksum(ip.array(), 0, header));
            return ip.array();
        }
    }

    /** RFC 1071, the simple way. */
    public static int checksum(final byte[] bytes, final int from, final int length) {
        return ~sum(bytes, from, length) & 0xffff;
    }

    public static int sum(final byte[] bytes, final int from, final int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[from + i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return sum;
    }

    public static byte[] icmp(final int type, final int code, final int rest, final byte[] data) {
        final ByteBuffer icmp = ByteBuffer.allocate(8 + data.length);
        icmp.put((byte) type).put((byte) code).putShort((short) 0).putInt(rest).put(data);
        icmp.putShort(2, (short) checksum(icmp.array(), 0, 8 + data.length));
        return icmp.array();
    }

    public static byte[] udp(final int source, final int destination, final int from, final int to, final byte[] data) {
        final ByteBuffer pseudo = ByteBuffer.allocate(20 + data.length);
        pseudo.putInt(source).putInt(destination).putShort((short) 17).putShort((short) (8 + data.length));
        pseudo.putShort((short) from).putShort((short) to).putShort((short) (8 + data.length));
        pseudo.putShort((short) 0).put(data);
        final int checksum = checksum(pseudo.array(), 0, pseudo.capacity());
        pseudo.putShort(18, (short) (checksum == 0 ? 0xffff : checksum));
        return java.util.Arrays.copyOfRange(pseudo.array(), 12, pseudo.capacity());
    }

    public static byte[] random(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    public static int u8(final byte[] bytes, final int at) {
        return bytes[at] & 0xff;
    }

    public static int u16(final byte[] bytes, final int at) {
        return u8(bytes, at) << 8 | u8(bytes, at + 1);
    }

    public static int i32(final byte[] bytes, final int at) {
        return u16(bytes, at) << 16 | u16(bytes, at + 2);
    }
}
