package joyride.nic.dpdk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import joyride.api.memory.Memory;

/**
 * DPDK's exported functions. Pointers are passed as longs. Handles stand in constants, so that the JIT folds them; initialised
 * after {@link Libraries#open}.
 */
@SuppressWarnings("restricted")
final class Functions {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Libraries LIBRARIES = Libraries.opened();
    private static final Linker.Option CRITICAL = Linker.Option.critical(false);
    private static final FunctionDescriptor BURST_TYPE =
            FunctionDescriptor.of(JAVA_SHORT, JAVA_LONG, JAVA_LONG, JAVA_SHORT);
    private static final FunctionDescriptor TRANSFER_TYPE =
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);

    /** A burst function, the first argument: (queue, array of mbufs, count) → count. For drivers that make no system call. */
    static final MethodHandle BURST = LINKER.downcallHandle(BURST_TYPE, CRITICAL);

    /** The same for drivers that do. */
    static final MethodHandle BURST_BLOCKING = LINKER.downcallHandle(BURST_TYPE);

    /** A mempool's enqueue or dequeue, the first argument: (pool, array, count) → 0 or a negative errno. */
    static final MethodHandle TRANSFER = LINKER.downcallHandle(TRANSFER_TYPE, CRITICAL);

    static final MethodHandle EAL_INIT = of("rte_eal_init", JAVA_INT, JAVA_INT, JAVA_LONG);
    static final MethodHandle STRERROR = of("rte_strerror", ADDRESS, JAVA_INT);
    private static final MethodHandle LOG_LEVEL_GET = of("rte_log_get_global_level", JAVA_INT);
    private static final MethodHandle LOG_LEVEL_SET = ofVoid("rte_log_set_global_level", JAVA_INT);
    static final MethodHandle ALARM_SET = of("rte_eal_alarm_set", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle ALARM_CANCEL = of("rte_eal_alarm_cancel", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle THREAD_REGISTER = of("rte_thread_register", JAVA_INT);
    static final MethodHandle THREAD_UNREGISTER = ofVoid("rte_thread_unregister");
    static final MethodHandle DEV_PROBE = of("rte_dev_probe", JAVA_INT, JAVA_LONG);
    static final MethodHandle DEV_REMOVE = of("rte_dev_remove", JAVA_INT, JAVA_LONG);

    static final MethodHandle POOL_CREATE =
            of("rte_pktmbuf_pool_create", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_INT);
    static final MethodHandle POOL_LOOKUP = of("rte_mempool_lookup", JAVA_LONG, JAVA_LONG);
    static final MethodHandle POOL_AVAILABLE = of("rte_mempool_avail_count", JAVA_INT, JAVA_LONG);
    static final MethodHandle POOL_FREE = ofVoid("rte_mempool_free", JAVA_LONG);

    // name, mbufs, bytes of each, cache, bytes of its own, socket, flags
    static final MethodHandle POOL_CREATE_EMPTY = of(
            "rte_mempool_create_empty",
            JAVA_LONG,
            JAVA_LONG,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT,
            JAVA_INT);
    static final MethodHandle POOL_BEST_OPERATIONS = of("rte_mbuf_best_mempool_ops", JAVA_LONG);
    static final MethodHandle POOL_SET_OPERATIONS =
            of("rte_mempool_set_ops_byname", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    static final MethodHandle POOL_INIT = ofVoid("rte_pktmbuf_pool_init", JAVA_LONG, JAVA_LONG);
    /** pool, memory, its IOVA, bytes, what frees it, argument → mbufs, or a negative errno */
    static final MethodHandle POOL_POPULATE =
            of("rte_mempool_populate_iova", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

    static final MethodHandle POOL_FOR_EACH = of("rte_mempool_obj_iter", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    /** void rte_pktmbuf_init(struct rte_mempool *, void *, void *mbuf, unsigned) */
    static final long MBUF_INIT_ADDRESS = LIBRARIES.address("rte_pktmbuf_init");

    static final MethodHandle HAS_HUGE_PAGES = of("rte_eal_has_hugepages", JAVA_INT);
    static final MethodHandle ZONE_RESERVE =
            of("rte_memzone_reserve_aligned", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT);
    static final MethodHandle ZONE_LOOKUP = of("rte_memzone_lookup", JAVA_LONG, JAVA_LONG);
    static final MethodHandle ZONE_FREE = of("rte_memzone_free", JAVA_INT, JAVA_LONG);

    static final MethodHandle CACHE_CREATE = of("rte_mempool_cache_create", JAVA_LONG, JAVA_INT, JAVA_INT);
    static final MethodHandle CACHE_FREE = ofVoid("rte_mempool_cache_free", JAVA_LONG);
    /** void rte_pktmbuf_free_bulk(struct rte_mbuf **, unsigned): chains, and mbufs of any pool. */
    static final MethodHandle FREE_BULK = LINKER.downcallHandle(
            symbol("rte_pktmbuf_free_bulk"), FunctionDescriptor.ofVoid(JAVA_LONG, JAVA_INT), CRITICAL);

    static final MethodHandle PORT_BY_NAME = of("rte_eth_dev_get_port_by_name", JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle INFO_GET = of("rte_eth_dev_info_get", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle CONFIGURE =
            of("rte_eth_dev_configure", JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle ADJUST_DESCRIPTORS =
            of("rte_eth_dev_adjust_nb_rx_tx_desc", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle RX_QUEUE_SETUP =
            of("rte_eth_rx_queue_setup", JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle TX_QUEUE_SETUP =
            of("rte_eth_tx_queue_setup", JAVA_INT, JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_INT, JAVA_LONG);
    static final MethodHandle START = of("rte_eth_dev_start", JAVA_INT, JAVA_SHORT);
    static final MethodHandle STOP = of("rte_eth_dev_stop", JAVA_INT, JAVA_SHORT);
    static final MethodHandle CLOSE = of("rte_eth_dev_close", JAVA_INT, JAVA_SHORT);
    static final MethodHandle SET_MTU = of("rte_eth_dev_set_mtu", JAVA_INT, JAVA_SHORT, JAVA_SHORT);
    static final MethodHandle GET_MTU = of("rte_eth_dev_get_mtu", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle MAC_GET = of("rte_eth_macaddr_get", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle MAC_SET = of("rte_eth_dev_default_mac_addr_set", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle PROMISCUOUS_ON = of("rte_eth_promiscuous_enable", JAVA_INT, JAVA_SHORT);
    static final MethodHandle PROMISCUOUS_OFF = of("rte_eth_promiscuous_disable", JAVA_INT, JAVA_SHORT);
    static final MethodHandle MULTICAST_ON = of("rte_eth_allmulticast_enable", JAVA_INT, JAVA_SHORT);
    static final MethodHandle MULTICAST_OFF = of("rte_eth_allmulticast_disable", JAVA_INT, JAVA_SHORT);
    static final MethodHandle MAC_ADD = of("rte_eth_dev_mac_addr_add", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_INT);
    static final MethodHandle MULTICAST_SET =
            of("rte_eth_dev_set_mc_addr_list", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_INT);
    static final MethodHandle SPREAD_SET =
            of("rte_eth_dev_rss_reta_update", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_SHORT);
    static final MethodHandle SPREAD_GET =
            of("rte_eth_dev_rss_reta_query", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_SHORT);
    static final MethodHandle EVENT_REGISTER =
            of("rte_eth_dev_callback_register", JAVA_INT, JAVA_SHORT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle EVENT_UNREGISTER =
            of("rte_eth_dev_callback_unregister", JAVA_INT, JAVA_SHORT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    static final MethodHandle LINK_GET = of("rte_eth_link_get_nowait", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle STATS_GET = of("rte_eth_stats_get", JAVA_INT, JAVA_SHORT, JAVA_LONG);
    static final MethodHandle STATS_RESET = of("rte_eth_stats_reset", JAVA_INT, JAVA_SHORT);
    static final MethodHandle XSTATS_GET = of("rte_eth_xstats_get", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_INT);
    static final MethodHandle XSTATS_NAMES = of("rte_eth_xstats_get_names", JAVA_INT, JAVA_SHORT, JAVA_LONG, JAVA_INT);
    static final MethodHandle SOCKET = of("rte_eth_dev_socket_id", JAVA_INT, JAVA_SHORT);
    static final MethodHandle RX_INTERRUPT_FD =
            of("rte_eth_dev_rx_intr_ctl_q_get_fd", JAVA_INT, JAVA_SHORT, JAVA_SHORT);
    static final MethodHandle RX_INTERRUPT_OFF = of("rte_eth_dev_rx_intr_disable", JAVA_INT, JAVA_SHORT, JAVA_SHORT);
    static final MethodHandle RX_INTERRUPT_ON = of("rte_eth_dev_rx_intr_enable", JAVA_INT, JAVA_SHORT, JAVA_SHORT);

    /** uint16_t rte_eth_call_rx_callbacks(port, queue, mbufs, received, room, first call-back) */
    static final MethodHandle RX_CALLBACKS = of(
            "rte_eth_call_rx_callbacks",
            JAVA_SHORT,
            JAVA_SHORT,
            JAVA_SHORT,
            JAVA_LONG,
            JAVA_SHORT,
            JAVA_SHORT,
            JAVA_LONG);

    /** uint16_t rte_eth_call_tx_callbacks(port, queue, mbufs, count, first call-back) */
    static final MethodHandle TX_CALLBACKS =
            of("rte_eth_call_tx_callbacks", JAVA_SHORT, JAVA_SHORT, JAVA_SHORT, JAVA_LONG, JAVA_SHORT, JAVA_LONG);

    /** int rte_eth_dev_stop(uint16_t) */
    static final long STOP_ADDRESS = LIBRARIES.address("rte_eth_dev_stop");

    /** struct rte_eth_fp_ops rte_eth_fp_ops[] */
    static final long FAST_PATH = LIBRARIES.address("rte_eth_fp_ops");

    /** struct rte_eth_dev rte_eth_devices[] */
    static final long DEVICES = LIBRARIES.address("rte_eth_devices");

    /** int rte_intr_fd_get(const struct rte_intr_handle *) */
    static final MethodHandle INTERRUPT_DESCRIPTOR = of("rte_intr_fd_get", JAVA_INT, JAVA_LONG);

    /** struct rte_mempool_ops_table rte_mempool_ops_table */
    static final long POOL_OPS_TABLE = LIBRARIES.address("rte_mempool_ops_table");

    private Functions() {}

    private static MemorySegment symbol(final String name) {
        return LIBRARIES
                .find(name)
                .orElseThrow(() -> new IllegalStateException(LIBRARIES.version() + " has no symbol " + name));
    }

    private static MethodHandle of(final String name, final MemoryLayout result, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle ofVoid(final String name, final MemoryLayout... arguments) {
        return LINKER.downcallHandle(symbol(name), FunctionDescriptor.ofVoid(arguments));
    }

    /** The calling thread's {@code rte_errno}. */
    static int errno() {
        return Memory.getInt(LIBRARIES.address("per_lcore__rte_errno"));
    }

    /** Lets DPDK print lines up to {@code level} alone. @return the level before */
    static int logLevel(final int level) {
        try {
            final int before = (int) LOG_LEVEL_GET.invokeExact();
            LOG_LEVEL_SET.invokeExact(level);
            return before;
        } catch (final Throwable e) {
            throw thrown(e);
        }
    }

    /** What an errno says, for people. */
    static String text(final int errno) {
        try {
            final MemorySegment text = (MemorySegment) STRERROR.invokeExact(Math.abs(errno));
            return text.reinterpret(256).getString(0) + " (errno " + Math.abs(errno) + ")";
        } catch (final Throwable e) {
            throw thrown(e);
        }
    }

    /** A downcall handle threw: only errors do. */
    static RuntimeException thrown(final Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException runtime) {
            return runtime;
        }
        return new IllegalStateException(thrown);
    }
}
