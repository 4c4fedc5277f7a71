package joyride.nic.dpdk;

/**
 * Offsets and bits of DPDK's structures, in bytes, as its public headers give them. What differs by release is looked up once; the JIT
 * sees constants. Initialised after {@link Libraries#open}.
 */
final class Layout {
    private static final Release.FastPath FAST = Libraries.opened().release().fastPath();

    // struct rte_eth_fp_ops: one entry for each port
    static final int FP_SIZE = 128;
    static final int FP_RECEIVE = FAST.receive();
    static final int FP_RX_DATA = FAST.rxData();
    static final int FP_RX_CALLBACKS = FAST.rxCallbacks();
    static final int FP_TRANSMIT = FAST.transmit();
    static final int FP_PREPARE = FAST.prepare();
    static final int FP_TX_DATA = FAST.txData();
    static final int FP_TX_CALLBACKS = FAST.txCallbacks();

    // struct rte_mbuf
    static final int MBUF_SIZE = 128;
    static final int MBUF_BUFFER = 0;
    static final int MBUF_BUFFER_IOVA = 8;
    /** data_off, refcnt, nb_segs, port: 16 bits each, set as one word. */
    static final int MBUF_REARM = 16;

    static final int MBUF_DATA_OFFSET = 16;
    static final int MBUF_REFERENCES = 18;
    static final int MBUF_SEGMENTS = 20;
    static final int MBUF_FLAGS = 24;
    static final int MBUF_PACKET_LENGTH = 36;
    static final int MBUF_DATA_LENGTH = 40;
    static final int MBUF_BUFFER_LENGTH = 54;
    static final int MBUF_POOL = 56;
    static final int MBUF_NEXT = 64;
    static final int MBUF_TX_OFFLOAD = 72;
    /** In {@link #MBUF_TX_OFFLOAD}: of bits that tell the payload of each segment. */
    static final int SEGMENT_SIZE_SHIFT = 24;

    static final int HEADROOM = 128;

    // ol_flags
    static final long RX_L4_BAD = 1L << 3;
    static final long RX_IP_BAD = 1L << 4;
    static final long RX_IP_GOOD = 1L << 7;
    static final long RX_L4_GOOD = 1L << 8;
    /** Several segments of one connection, merged; their size stands where a sender's would. */
    static final long RX_LRO = 1L << 16;

    static final long TX_SEGMENT = 1L << 50;
    static final long TX_TCP = 1L << 52;
    static final long TX_UDP = 3L << 52;
    static final long TX_IP = 1L << 54;
    static final long TX_V4 = 1L << 55;
    static final long TX_V6 = 1L << 56;
    /** The buffer is another mbuf's, or not a mempool's at all. */
    static final long FOREIGN_BUFFER = 3L << 61;

    // struct rte_mempool
    static final int POOL_NAME = 0;
    static final int POOL_SIZE = 64;
    static final int POOL_CACHE_SIZE = 68;
    static final int POOL_ELEMENT = 72;
    static final int POOL_HEADER = 76;
    static final int POOL_TRAILER = 80;
    static final int POOL_OPS = 88;
    static final int POOL_CACHES = 96;
    static final int POOL_POPULATED = 104;

    // struct rte_memzone
    static final int ZONE_IOVA = 32;
    static final int ZONE_ADDRESS = 40;

    // struct rte_mempool_ops_table
    static final int OPS_COUNT = 4;
    static final int OPS_FIRST = 64;
    static final int OPS_STRIDE = 128;
    static final int OPS_NAME = 0;
    static final int OPS_ENQUEUE = 48;
    static final int OPS_DEQUEUE = 56;

    // struct rte_mempool_cache
    static final int CACHE_STRIDE = 64 + 2 * 512 * 8;
    static final int CACHE_SIZE = 0;
    static final int CACHE_LIMIT = 4;
    static final int CACHE_LENGTH = 8;
    static final int CACHE_OBJECTS = 64;

    // struct rte_eth_conf; room is larger than any release's
    static final int CONF_ROOM = 4096;
    static final int CONF_RX_MODE = 8;
    static final int CONF_RX_MTU = 12;
    static final int CONF_RX_LRO_SIZE = 16;
    static final int CONF_RX_OFFLOADS = 24;
    static final int CONF_TX_OFFLOADS = 72;
    static final int CONF_RSS_KEY = 128;
    static final int CONF_RSS_KEY_LENGTH = 136;
    static final int CONF_RSS_FUNCTIONS = 144;
    static final int CONF_INTERRUPTS = Libraries.opened().release().interruptConf();
    static final int RX_MODE_RSS = 1;
    static final int INTERRUPT_LINK = 1;
    static final int INTERRUPT_RX = 2;
    static final int INTERRUPT_REMOVAL = 4;

    // struct rte_eth_dev_info
    static final int INFO_ROOM = 1024;
    static final int INFO_DEVICE = 0;
    static final int INFO_DRIVER = 8;
    static final int INFO_MIN_MTU = 20;
    static final int INFO_MAX_MTU = 22;
    static final int INFO_FLAGS = 24;
    static final int INFO_MAX_RX_LENGTH = Libraries.opened().release().maxRxPacketLength();
    static final int INFO_MAX_LRO = INFO_MAX_RX_LENGTH + 4;
    static final int INFO_MAX_RX_QUEUES = INFO_MAX_RX_LENGTH + 8;
    static final int INFO_MAX_TX_QUEUES = INFO_MAX_RX_LENGTH + 10;
    static final int INFO_RX_OFFLOADS = 72;
    static final int INFO_TX_OFFLOADS = 80;
    static final int INFO_SPREAD_SIZE = 104;
    static final int INFO_RSS_KEY_LENGTH = 106;
    static final int INFO_RSS_FUNCTIONS = 112;
    static final int INFO_TX_SEGMENTS = 278;
    /** In the word that {@link #INFO_FLAGS} points to. */
    static final int DEVICE_LINK_INTERRUPT = 2;

    static final int DEVICE_REMOVAL_INTERRUPT = 8;

    // struct rte_eth_rss_reta_entry64: a mask of 64 bits, 64 numbers of queues
    static final int SPREAD_STRIDE = 136;
    static final int SPREAD_QUEUES = 8;
    static final int SPREAD_GROUP = 64;

    // enum rte_eth_event_type
    static final int EVENT_LINK = 1;
    static final int EVENT_RESET = 3;
    static final int EVENT_REMOVAL = 6;

    // struct rte_eth_dev: what the driver's own half of a port hangs on
    static final int DEVICE_SIZE = Libraries.opened().release().deviceSize();
    static final int DEVICE_DATA = Libraries.opened().release().deviceData();
    static final int DEVICE_PRIVATE = DEVICE_DATA + 8;

    // RTE_ETH_RX_OFFLOAD_, RTE_ETH_TX_OFFLOAD_, RTE_ETH_RSS_
    static final long RX_OFFLOAD_CHECKSUMS = 0xe;
    static final long RX_OFFLOAD_LRO = 0x10;
    static final long RX_OFFLOAD_SCATTER = 0x2000;
    static final long TX_OFFLOAD_IPV4 = 0x2;
    static final long TX_OFFLOAD_UDP = 0x4;
    static final long TX_OFFLOAD_TCP = 0x8;
    static final long TX_OFFLOAD_TSO = 0x20;
    static final long TX_OFFLOAD_PIECES = 0x8000;
    /** Addresses, and ports of TCP and UDP, of IPv4 and IPv6. */
    static final long RSS_FUNCTIONS = 0x4 | 0x10 | 0x20 | 0x100 | 0x400 | 0x800;

    // struct rte_eth_stats, struct rte_eth_xstat, struct rte_eth_xstat_name, struct rte_eth_link
    static final int STATS_ROOM = 2048;
    static final int XSTAT_SIZE = 16;
    static final int XSTAT_NAME_SIZE = 64;
    static final int LINK_FLAGS = 4;
    static final int LINK_UP = 4;

    private Layout() {}
}
