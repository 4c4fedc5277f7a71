package joyride.core.ip;

import java.nio.ByteBuffer;
import java.util.Arrays;
import joyride.api.net.IpAddress;

/** IPv6 frames made and read by hand, by code of its own: nothing of what is tested. */
public final class Frames6 {
    public static final IpAddress ADDRESS = IpAddress.parse("2001:db8::1");
    public static final IpAddress PEER = IpAddress.parse("2001:db8::2");
    public static final IpAddress PEER_LINK = IpAddress.parse("fe80::2");
    public static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    public static final IpAddress ANY = IpAddress.ANY;

    private Frames6() {}

    public static byte[] bytes(final IpAddress address) {
        return ByteBuffer.allocate(16)
                .putLong(address.high())
                .putLong(address.low())
                .array();
    }

    public static byte[] join(final byte[]... parts) {
        int length = 0;
        for (final byte[] part : parts) {
            length += part.length;
        }
        final ByteBuffer all = ByteBuffer.allocate(length);
        for (final byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }

    /** An IPv6 packet's parts, changed by a test as it likes. */
    public static final class Ip6 {
        public int trafficClass;
        public int label;
        public int next = Rig.PROBE;
        public int hops = 64;
        public IpAddress source = PEER;
        public IpAddress destination = ADDRESS;
        public byte[] payload = {};
        /** -1: as long as it is. */
        public int payloadLength = -1;

        public Ip6 next(final int number) {
            next = number;
            return this;
        }

        public Ip6 payload(final byte[]... parts) {
            payload = join(parts);
            return this;
        }

        public Ip6 from(final IpAddress address) {
            source = address;
            return this;
        }

        public Ip6 to(final IpAddress address) {
            destination = address;
            return this;
        }

        public Ip6 hops(final int limit) {
            hops = limit;
            return this;
        }

        public byte[] build() {
            return ByteBuffer.allocate(40 + payload.length)
                    .putInt(6 << 28 | trafficClass << 20 | label)
                    .putShort((short) (payloadLength < 0 ? payload.length : payloadLength))
                    .put((byte) next)
                    .put((byte) hops)
                    .put(bytes(source))
                    .put(bytes(destination))
                    .put(payload)
                    .array();
        }
    }

    /** From the peer's station to ours, or to the group's. */
    public static byte[] frame(final byte[] packet) {
        final ByteBuffer ip = ByteBuffer.wrap(packet);
        final boolean group = (packet[24] & 0xff) == 0xff;
        final long mac = group ? 0x3333_0000_0000L | ip.getInt(36) & 0xffff_ffffL : Rig.MAC;
        return Frames.ethernet(mac, Rig.PEER_MAC, 0x86dd, packet);
    }

    /** An ICMPv6 message with its checksum right. */
    public static byte[] icmp(
            final IpAddress from,
            final IpAddress to,
            final int hops,
            final int type,
            final int code,
            final int rest,
            final byte[]... body) {
        final byte[] message = join(
                new byte[] {(byte) type, (byte) code, 0, 0},
                ByteBuffer.allocate(4).putInt(rest).array(),
                join(body));
        final int sum = checksum(from, to, 58, message);
        message[2] = (byte) (sum >>> 8);
        message[3] = (byte) sum;
        return frame(
                new Ip6().from(from).to(to).hops(hops).next(58).payload(message).build());
    }

    public static int checksum(final IpAddress from, final IpAddress to, final int protocol, final byte[] message) {
        final byte[] pseudo = ByteBuffer.allocate(40)
                .put(bytes(from))
                .put(bytes(to))
                .putInt(message.length)
                .putInt(protocol)
                .array();
        final byte[] all = join(pseudo, message);
        return Frames.checksum(
                all.length % 2 == 0 ? all : Arrays.copyOf(all, all.length + 1), 0, all.length + all.length % 2);
    }

    /** A link-layer address option. */
    public static byte[] option(final int type, final long mac) {
        return ByteBuffer.allocate(8)
                .putLong((long) type << 56 | 1L << 48 | mac)
                .array();
    }

    public static byte[] solicitation(
            final IpAddress from, final IpAddress to, final IpAddress target, final byte[]... options) {
        return icmp(from, to, 255, 135, 0, 0, bytes(target), join(options));
    }

    /** @param flags R 0x80, S 0x40, O 0x20 */
    public static byte[] advertisement(
            final IpAddress from, final IpAddress to, final int flags, final IpAddress target, final long mac) {
        return icmp(from, to, 255, 136, 0, flags << 24, bytes(target), mac == 0 ? new byte[0] : option(2, mac));
    }

    public static byte[] prefix(
            final String address, final int length, final int flags, final int valid, final int preferred) {
        return ByteBuffer.allocate(32)
                .put((byte) 3)
                .put((byte) 4)
                .put((byte) length)
                .put((byte) flags)
                .putInt(valid)
                .putInt(preferred)
                .putInt(0)
                .put(bytes(IpAddress.parse(address)))
                .array();
    }

    /** @param lifetime s */
    public static byte[] routerAdvertisement(
            final IpAddress from, final int hops, final int flags, final int lifetime, final byte[]... options) {
        return icmp(from, ALL_NODES, 255, 134, 0, hops << 24 | flags << 16 | lifetime, new byte[8], join(options));
    }

    /** A fragment header. */
    public static byte[] fragment(final int next, final int offset, final boolean more, final int id) {
        return ByteBuffer.allocate(8)
                .put((byte) next)
                .put((byte) 0)
                .putShort((short) (offset | (more ? 1 : 0)))
                .putInt(id)
                .array();
    }

    // --- reading what was sent

    public static boolean isIcmp(final byte[] frame, final int type) {
        return frame.length > 54
                && frame[12] == (byte) 0x86
                && frame[13] == (byte) 0xdd
                && (frame[20] == 58 && (frame[54] & 0xff) == type || frame[20] == 0 && (frame[62] & 0xff) == type);
    }

    public static IpAddress source(final byte[] frame) {
        return address(frame, 22);
    }

    public static IpAddress destination(final byte[] frame) {
        return address(frame, 38);
    }

    /** Of an ND message. */
    public static IpAddress target(final byte[] frame) {
        return address(frame, 62);
    }

    public static IpAddress address(final byte[] bytes, final int at) {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new IpAddress(buffer.getLong(at), buffer.getLong(at + 8));
    }

    public static boolean checksumGood(final byte[] frame) {
        final byte[] message = Arrays.copyOfRange(frame, 54, frame.length);
        return checksum(source(frame), destination(frame), frame[20] & 0xff, message) == 0;
    }
}
