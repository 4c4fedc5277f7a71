package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/** Tells the device, in an mbuf's second cache line, where the headers end whose checksums it is to complete. */
final class TransmitOffload {
    private static final int ETHERNET = 14;
    private static final int PROTOCOL_TCP = 6;

    private TransmitOffload() {}

    /**
     * Sets {@code tx_offload} for the IPv4 frame at {@code frame}.
     *
     * @param wanted bits of {@link Offload}
     * @return its {@code ol_flags}
     */
    static long set(final long mbuf, final long frame, final int wanted) {
        final long ip = frame + ETHERNET;
        final int ipLength = (Memory.getByte(ip) & 0xf) << 2;
        final boolean tcp = Memory.getByte(ip + 9) == PROTOCOL_TCP;
        long flags = Layout.TX_V4;
        if ((wanted & Offload.TX_IPV4_CHECKSUM) != 0) {
            flags |= Layout.TX_IP;
        }
        int transportLength = 0;
        if ((wanted & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            flags |= tcp ? Layout.TX_TCP : Layout.TX_UDP;
            transportLength = tcp ? Memory.getUnsignedByte(ip + ipLength + 12) >> 4 << 2 : 8;
        }
        // l2_len 7 bits, l3_len 9, l4_len 8, tso_segsz 16
        Memory.putLong(mbuf + Layout.MBUF_TX_OFFLOAD, ETHERNET | (long) ipLength << 7 | (long) transportLength << 16);
        return flags;
    }
}
