package joyride.nic.wire;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/** What a NIC that completes checksums does to a frame: the wire's ports can, so that this way through a stack is tested too. */
final class ChecksumOffload {
    /** All that the wire can do. */
    static final int ABLE = Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM | Offload.RX_CHECKSUM_GOOD;

    private static final int IP = 14;
    private static final int IPV6 = 40;
    private static final int IP_CHECKSUM = 10;
    private static final int TCP = 6;
    private static final int TCP_CHECKSUM = 16;
    private static final int UDP_CHECKSUM = 6;

    private ChecksumOffload() {}

    /** Completes what {@code flags} ask for. */
    static void complete(final long frame, final int length, final int flags) {
        final long ip = frame + IP;
        final boolean six = Memory.getUnsignedByte(ip) >>> 4 == 6;
        final int header = six ? IPV6 : (Memory.getUnsignedByte(ip) & 15) << 2;
        if (!six && (flags & Offload.TX_IPV4_CHECKSUM) != 0) {
            Memory.putShortBE(ip + IP_CHECKSUM, 0);
            Memory.putShortBE(ip + IP_CHECKSUM, ~sum(ip, header));
        }
        if ((flags & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            final boolean tcp = Memory.getUnsignedByte(ip + (six ? 6 : 9)) == TCP;
            final int total = six ? IPV6 + Memory.getUnsignedShortBE(ip + 4) : Memory.getUnsignedShortBE(ip + 2);
            final int sum = ~sum(ip + header, Math.min(total, length - IP) - header) & 0xffff;
            Memory.putShortBE(ip + header + (tcp ? TCP_CHECKSUM : UDP_CHECKSUM), !tcp && sum == 0 ? 0xffff : sum);
        }
    }

    private static int sum(final long at, final int length) {
        long sum = 0;
        for (int i = 0; i + 1 < length; i += 2) {
            sum += Memory.getUnsignedShortBE(at + i);
        }
        if ((length & 1) != 0) {
            sum += Memory.getUnsignedByte(at + length - 1) << 8;
        }
        return Kernels.fold(sum);
    }
}
