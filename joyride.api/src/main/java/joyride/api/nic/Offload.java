package joyride.api.nic;

/**
 * Bits that say what a port can do ({@link NicPort#offloads}), and what was or is to be done for one frame
 * ({@link PacketBatch#flags}). The upper 16 bits of a frame's word are a segment size where one is needed.
 */
public final class Offload {
    /** Receive: the IP header's and the transport's checksums were verified and are right; or the frame never left this machine's memory, and the latter was not made. */
    public static final int RX_CHECKSUM_GOOD = 1;

    /** Receive: the driver found a checksum wrong. */
    public static final int RX_CHECKSUM_BAD = 1 << 1;

    /** Transmit: complete the IPv4 header checksum. */
    public static final int TX_IPV4_CHECKSUM = 1 << 2;

    /** Transmit: complete the TCP or UDP checksum, whose field holds the folded pseudo-header sum. */
    public static final int TX_TRANSPORT_CHECKSUM = 1 << 3;

    /**
     * Transmit: cut one large TCP segment, of IPv4, and of IPv6 on ports that say {@link #TX_TCP6_SEGMENTATION} too, into frames of {@link #segmentSize} bytes of payload each, the last one perhaps less. Every
     * frame gets the headers with its own lengths, sequence number and checksums; FIN and PSH go with the last alone, CWR with the first
     * (RFC 3168 §6.1.2), an IPv4 identification that is not 0 counts on. The packet is at most {@link NicPort#segmentationLimit} bytes of IP, its IP
     * length field is the whole's, and its TCP checksum field holds the folded pseudo-header sum with the length counted as 0.
     * Core sets it only together with {@link #TX_TRANSPORT_CHECKSUM} and, for IPv4, {@link #TX_IPV4_CHECKSUM}, and only on ports that say
     * all of these. What a port does not say core does itself, as it writes the frames.
     */
    public static final int TX_TCP_SEGMENTATION = 1 << 4;

    /**
     * Transmit: the packet goes on in the next entry of the batch, which is of the same batch always; the flags that say what to do are those
     * of the first entry. Headers lie in the first entry whole. On ports that say so; only with {@link #TX_TCP_SEGMENTATION}, in at
     * most {@link NicPort#segmentationPieces} entries.
     */
    public static final int TX_CONTINUES = 1 << 5;

    /**
     * Receive: the device merged several in-order TCP segments of one connection into this frame, in one piece, with
     * {@link #segmentSize} bytes of payload in each of them but the last. Flags, acknowledgement and window are those that the last of them
     * had, with every PSH; nothing was merged that RFC 9293 or RFC 3168 treat differently one by one. With {@link #RX_CHECKSUM_GOOD}.
     */
    public static final int RX_TCP_MERGED = 1 << 6;

    /** Transmit: what {@link #TX_TCP_SEGMENTATION} says of IPv4 holds for IPv6 too (FreeBSD's IFCAP_TSO6). A port says it, no frame. */
    public static final int TX_TCP6_SEGMENTATION = 1 << 7;

    private static final int SEGMENT_SIZE_SHIFT = 16;

    private Offload() {}

    /** The segment size in a frame's word, bytes of TCP payload, 0..65535. */
    public static int segmentSize(final int flags) {
        return flags >>> SEGMENT_SIZE_SHIFT;
    }

    /** {@code flags} without a segment size, with this one. @param bytes of TCP payload, 0..65535 */
    public static int withSegmentSize(final int flags, final int bytes) {
        return flags | bytes << SEGMENT_SIZE_SHIFT;
    }
}
