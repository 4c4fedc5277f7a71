package joyride.nic.dpdk;

import joyride.api.memory.Memory;

/** TCP over IPv4 over Ethernet, and the sums that its checksums are made of. */
final class TcpFrame {
    static final int HEADERS = 14 + 20 + 20;

    private TcpFrame() {}

    /** Writes the headers of a broadcast frame with {@code payload} bytes, both checksums 0. */
    static void headers(
            final long at,
            final int source,
            final int destination,
            final int payload,
            final int sequence,
            final int flags) {
        for (int i = 0; i < 12; i++) {
            Memory.putByte(at + i, i < 6 ? 0xff : 2);
        }
        Memory.putShortBE(at + 12, 0x0800);
        final long ip = at + 14;
        Memory.putLongBE(ip, 0x4500_0000_0001_4000L | (long) (40 + payload) << 32);
        Memory.putIntBE(ip + 8, 0x4006_0000);
        Memory.putIntBE(ip + 12, source);
        Memory.putIntBE(ip + 16, destination);
        final long tcp = ip + 20;
        Memory.putIntBE(tcp, 0x1000_0007);
        Memory.putIntBE(tcp + 4, sequence);
        Memory.putIntBE(tcp + 8, 0);
        Memory.putIntBE(tcp + 12, 0x5000_ffff | flags << 16);
        Memory.putIntBE(tcp + 16, 0);
    }

    /** Of {@code length} bytes in words of 16 bits, not folded. */
    static int sum(final long at, final int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += Memory.getUnsignedByte(at + i) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    static int fold(final int sum) {
        final int once = (sum & 0xffff) + (sum >>> 16);
        return (once & 0xffff) + (once >>> 16);
    }
}
