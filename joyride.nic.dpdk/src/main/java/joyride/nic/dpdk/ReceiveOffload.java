package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.api.nic.Offload;

/** What the device found out about a received frame, as core understands it. */
final class ReceiveOffload {
    /** Bits that say anything. */
    static final long FLAGS =
            Layout.RX_IP_GOOD | Layout.RX_L4_GOOD | Layout.RX_IP_BAD | Layout.RX_L4_BAD | Layout.RX_LRO;

    private static final int ETHERNET = 14;
    private static final int IPV4 = 4;
    private static final int IPV6 = 6;
    private static final int MTU_OF_ALL = 536;

    private ReceiveOffload() {}

    /**
     * @param frame where it lies in one piece
     * @param flags of the mbuf. Neither good nor bad: the device does not know. Both: the checksum is not complete in the frame, which comes from this
     *     machine's memory, and what it covers is right
     * @return bits of {@link Offload}
     */
    static int of(final long mbuf, final long frame, final long flags) {
        if ((flags & (Layout.RX_IP_BAD | Layout.RX_IP_GOOD)) == Layout.RX_IP_BAD
                || (flags & (Layout.RX_L4_BAD | Layout.RX_L4_GOOD)) == Layout.RX_L4_BAD) {
            return Offload.RX_CHECKSUM_BAD;
        }
        if ((flags & Layout.RX_L4_GOOD) == 0 || (flags & Layout.RX_IP_GOOD) == 0 && !headerRight(frame + ETHERNET)) {
            return 0;
        }
        return (flags & Layout.RX_LRO) == 0 ? Offload.RX_CHECKSUM_GOOD : merged(mbuf);
    }

    private static int merged(final long mbuf) {
        final int size = (int) (Memory.getLong(mbuf + Layout.MBUF_TX_OFFLOAD) >>> Layout.SEGMENT_SIZE_SHIFT) & 0xffff;
        return Offload.withSegmentSize(Offload.RX_CHECKSUM_GOOD | Offload.RX_TCP_MERGED, size == 0 ? MTU_OF_ALL : size);
    }

    /** Devices that know nothing of IPv4's header checksum leave it to us; IPv6 has none. */
    private static boolean headerRight(final long ip) {
        final int first = Memory.getUnsignedByte(ip);
        if (first >> 4 != IPV4) {
            return first >> 4 == IPV6;
        }
        int sum = 0;
        for (int i = 0; i < (first & 0xf) << 2; i += 2) {
            sum += Memory.getUnsignedShortBE(ip + i);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (sum & 0xffff) + (sum >>> 16) == 0xffff;
    }
}
