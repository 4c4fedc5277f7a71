package joyride.api.nic;

/** Bits that say what a port can do, and what was or is to be done for one frame. */
public final class Offload {
    /** Receive: the IPv4 header's and the transport's checksums were verified and are right. */
    public static final int RX_CHECKSUM_GOOD = 1;

    /** Receive: the driver found a checksum wrong. */
    public static final int RX_CHECKSUM_BAD = 1 << 1;

    /** Transmit: complete the IPv4 header checksum. */
    public static final int TX_IPV4_CHECKSUM = 1 << 2;

    /** Transmit: complete the TCP or UDP checksum, whose field holds the folded pseudo-header sum. */
    public static final int TX_TRANSPORT_CHECKSUM = 1 << 3;

    /** Transmit: cut into segments of the connection's MSS. */
    public static final int TX_TCP_SEGMENTATION = 1 << 4;

    private Offload() {}
}
