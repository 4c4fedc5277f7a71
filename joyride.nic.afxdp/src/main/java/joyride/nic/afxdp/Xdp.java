package joyride.nic.afxdp;

/** Numbers of {@code linux/if_xdp.h} and the socket options around it. */
final class Xdp {
    static final int SOL_XDP = 283;

    static final int RX_RING = 2;
    static final int TX_RING = 3;
    static final int UMEM_REG = 4;
    static final int UMEM_FILL_RING = 5;
    static final int UMEM_COMPLETION_RING = 6;
    static final int MMAP_OFFSETS = 1;
    static final int STATISTICS = 7;
    static final int OPTIONS = 8;

    /** Frames that one send call takes in copy mode (Linux 6.17; 32 before). */
    static final int MAX_TX_SKB_BUDGET = 9;

    static final long RX_RING_AT = 0;
    static final long TX_RING_AT = 0x8000_0000L;
    static final long FILL_RING_AT = 0x1_0000_0000L;
    static final long COMPLETION_RING_AT = 0x1_8000_0000L;

    static final int BIND_COPY = 1 << 1;
    static final int BIND_ZEROCOPY = 1 << 2;
    static final int BIND_USE_NEED_WAKEUP = 1 << 3;

    /** Frames may have several descriptors (Linux 6.6). */
    static final int BIND_USE_SG = 1 << 4;

    static final int OPTION_ZEROCOPY = 1;

    /** Descriptor's option: the frame continues in the next descriptor. */
    static final int CONTINUED = 1;

    /** A descriptor: address u64, length u32, options u32. */
    static final int DESCRIPTOR_SHIFT = 4;

    /** An entry of the fill and completion rings: address u64. */
    static final int ADDRESS_SHIFT = 3;

    static final int SO_SNDBUFFORCE = 32;
    static final int SO_BUSY_POLL = 46;
    static final int SO_PREFER_BUSY_POLL = 69;
    static final int SO_BUSY_POLL_BUDGET = 70;

    private Xdp() {}
}
