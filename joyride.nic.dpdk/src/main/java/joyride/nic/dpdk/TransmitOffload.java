package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/** Tells the device, in an mbuf's second cache line, where the headers end whose checksums it is to complete, and how to cut. */
final class TransmitOffload {
    private static final int ETHERNET = 14;
    private static final int PROTOCOL_TCP = 6;
    private static final int IPV6_HEADER = 40;
    private static final int UDP_HEADER = 8;

    private TransmitOffload() {}

    /**
     * Sets {@code tx_offload} for the frame at {@code frame}, IPv4 or IPv6 without extension headers.
     *
     * @param wanted bits of {@link Offload}, and a segment size
     * @return its {@code ol_flags}
     */
    static long set(final long mbuf, final long frame, final int wanted) {
        final long ip = frame + ETHERNET;
        final int first = Memory.getUnsignedByte(ip);
        final boolean four = first >> 4 == 4;
        final int ipLength = four ? (first & 0xf) << 2 : IPV6_HEADER;
        final boolean tcp = Memory.getByte(ip + (four ? 9 : 6)) == PROTOCOL_TCP;
        long flags = four ? Layout.TX_V4 : Layout.TX_V6;
        if (four && (wanted & Offload.TX_IPV4_CHECKSUM) != 0) {
            flags |= Layout.TX_IP;
        }
        long transportLength = 0;
        if ((wanted & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            flags |= tcp ? Layout.TX_TCP : Layout.TX_UDP;
            transportLength = tcp ? Memory.getUnsignedByte(ip + ipLength + 12) >> 4 << 2 : UDP_HEADER;
        }
        long size = 0;
        if ((wanted & Offload.TX_TCP_SEGMENTATION) != 0) {
            flags |= Layout.TX_SEGMENT;
            size = Offload.segmentSize(wanted);
        }
        // l2_len 7 bits, l3_len 9, l4_len 8, tso_segsz 16
        Memory.putLong(
                mbuf + Layout.MBUF_TX_OFFLOAD,
                ETHERNET | (long) ipLength << 7 | transportLength << 16 | size << Layout.SEGMENT_SIZE_SHIFT);
        return flags;
    }
}
