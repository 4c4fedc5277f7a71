package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import joyride.api.memory.Memory;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicException;

/** DPDK's control functions of one port. The caller holds {@link Eal#lock}. What fails says so in one line. */
final class Ethdev {
    private static final long STOP_LIMIT_NANOS = 5_000_000_000L;
    private static final long MAC_BYTES = 6;
    private static final String[] BASIC = {
        "rx packets", "tx packets", "rx bytes", "tx bytes", "rx missed", "rx errors", "tx errors", "rx no frame"
    };

    private Ethdev() {}

    /** Makes EAL take a device, virtual or physical, and returns its port's number. */
    static int probe(final String device, final String arguments) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            if (find(device) >= 0) {
                throw NicException.busy("device " + device + " is open already; another port of this process has it");
            }
            final MemorySegment text = arena.allocateFrom(arguments.isEmpty() ? device : device + "," + arguments);
            final int result = (int) Functions.DEV_PROBE.invokeExact(text.address());
            if (result < 0) {
                throw new NicException("DPDK does not take device '" + text.getString(0) + "': "
                        + Functions.text(result)
                        + "; its own lines stand on standard error, ./joyride doctor lists devices");
            }
            final int port = find(device);
            if (port < 0) {
                throw new NicException("device " + device + " has no Ethernet port");
            }
            return port;
        } catch (final NicException e) {
            throw e;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The port's number, or -1. */
    static int find(final String device) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment port = arena.allocate(8, 8);
            final int result = (int) Functions.PORT_BY_NAME.invokeExact(
                    arena.allocateFrom(device).address(), port.address());
            return result == 0 ? Memory.getShort(port.address()) & 0xffff : -1;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The numbers that the device takes for the descriptors wanted: receive, transmit. */
    static int[] descriptors(final int port, final int receive, final int transmit) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(16, 8).address();
            Memory.putShort(room, receive);
            Memory.putShort(room + 8, transmit);
            check(
                    (int) Functions.ADJUST_DESCRIPTORS.invokeExact((short) port, room, room + 8),
                    "rte_eth_dev_adjust_nb_rx_tx_desc");
            return new int[] {Memory.getShort(room) & 0xffff, Memory.getShort(room + 8) & 0xffff};
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    /**
     * @param receiveOffloads bits of RTE_ETH_RX_OFFLOAD_
     * @param lroSize bytes of a merged frame at most; 0: as the device does
     * @param key of the hash that spreads frames over the queues, and its bytes; ethdev keeps the address until the port is closed; 0: the
     *     device's own
     * @param rssFunctions what is hashed; 0: one queue gets all
     * @param interrupts bits of Layout.INTERRUPT_
     */
    static void configure(
            final int port,
            final int queues,
            final int mtu,
            final long receiveOffloads,
            final int lroSize,
            final long transmitOffloads,
            final long key,
            final int keyLength,
            final long rssFunctions,
            final int interrupts)
            throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long conf = arena.allocate(Layout.CONF_ROOM, 8).address();
            Memory.putInt(conf + Layout.CONF_RX_MODE, rssFunctions == 0 ? 0 : Layout.RX_MODE_RSS);
            Memory.putInt(conf + Layout.CONF_RX_MTU, mtu);
            Memory.putLong(conf + Layout.CONF_RX_OFFLOADS, receiveOffloads);
            Memory.putLong(conf + Layout.CONF_TX_OFFLOADS, transmitOffloads);
            Memory.putLong(conf + Layout.CONF_RSS_FUNCTIONS, rssFunctions);
            if (rssFunctions != 0) {
                Memory.putLong(conf + Layout.CONF_RSS_KEY, key);
                Memory.putByte(conf + Layout.CONF_RSS_KEY_LENGTH, keyLength);
            }
            Memory.putInt(conf + Layout.CONF_RX_LRO_SIZE, lroSize);
            Memory.putInt(conf + Layout.CONF_INTERRUPTS, interrupts);
            check(
                    (int) Functions.CONFIGURE.invokeExact((short) port, (short) queues, (short) queues, conf),
                    "rte_eth_dev_configure");
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    static void setUpQueue(
            final int port, final int queue, final int[] descriptors, final int socket, final Mempool pool)
            throws NicException {
        try {
            // This one first: net_tap of 24.11 cuts no segments otherwise, though it says that it can.
            check(
                    (int) Functions.TX_QUEUE_SETUP.invokeExact(
                            (short) port, (short) queue, (short) descriptors[1], socket, 0L),
                    "rte_eth_tx_queue_setup");
            check(
                    (int) Functions.RX_QUEUE_SETUP.invokeExact(
                            (short) port, (short) queue, (short) descriptors[0], socket, 0L, pool.address()),
                    "rte_eth_rx_queue_setup");
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    static void start(final int port) throws NicException {
        try {
            check((int) Functions.START.invokeExact((short) port), "rte_eth_dev_start");
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    static int stop(final int port) {
        try {
            return (int) Functions.STOP.invokeExact((short) port);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /**
     * Stops a port on DPDK's interrupt thread, which takes no other event of the port's meanwhile: net_memif frees its memory both when it is
     * stopped and when the peer leaves, without a lock between the two.
     */
    static void stopAmongEvents(final int port) throws NicException {
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        final long before = Memory.getLong(entry + Layout.FP_RECEIVE);
        final long until = System.nanoTime() + STOP_LIMIT_NANOS;
        try {
            check((int) Functions.ALARM_SET.invokeExact(1L, Functions.STOP_ADDRESS, (long) port), "rte_eal_alarm_set");
            // The first that a stop does is to exchange the burst functions.
            while (Memory.getLong(entry + Layout.FP_RECEIVE) == before) {
                if (System.nanoTime() > until) {
                    throw new NicException("DPDK's interrupt thread did not stop port " + port + " in 5 s");
                }
                LockSupport.parkNanos(50_000);
            }
            // Returns when the call has returned.
            final int ignored = (int) Functions.ALARM_CANCEL.invokeExact(Functions.STOP_ADDRESS, (long) port);
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    /** Closes the port and makes EAL let go of its device. @return 0, or what the device said */
    static int close(final int port, final long device) {
        try {
            final int closed = (int) Functions.CLOSE.invokeExact((short) port);
            final int removed = device == 0 ? 0 : (int) Functions.DEV_REMOVE.invokeExact(device);
            return closed != 0 ? closed : removed;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** @return whether the device took it */
    static boolean promiscuous(final int port, final boolean on) {
        try {
            return (on
                            ? (int) Functions.PROMISCUOUS_ON.invokeExact((short) port)
                            : (int) Functions.PROMISCUOUS_OFF.invokeExact((short) port))
                    == 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** @return whether the device took it */
    static boolean allMulticast(final int port, final boolean on) {
        try {
            return (on
                            ? (int) Functions.MULTICAST_ON.invokeExact((short) port)
                            : (int) Functions.MULTICAST_OFF.invokeExact((short) port))
                    == 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** @return 0, or why not */
    static int setMtu(final int port, final int mtu) {
        try {
            return (int) Functions.SET_MTU.invokeExact((short) port, (short) mtu);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    static int mtu(final int port) {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(8, 8).address();
            final int result = (int) Functions.GET_MTU.invokeExact((short) port, room);
            return result == 0 ? Memory.getShort(room) & 0xffff : 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    static MacAddress mac(final int port) {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(8, 8).address();
            final int ignored = (int) Functions.MAC_GET.invokeExact((short) port, room);
            return new MacAddress(Memory.getLongBE(room) >>> 16);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    static void setMac(final int port, final MacAddress mac) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(8, 8).address();
            Memory.putLongBE(room, mac.bits() << 16);
            check((int) Functions.MAC_SET.invokeExact((short) port, room), "rte_eth_dev_default_mac_addr_set");
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    /** Lets the device receive for a further address. */
    static void addMac(final int port, final MacAddress mac) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(8, 8).address();
            Memory.putLongBE(room, mac.bits() << 16);
            check((int) Functions.MAC_ADD.invokeExact((short) port, room, 0), "rte_eth_dev_mac_addr_add of " + mac);
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    /** Lets the device receive for these multicast addresses, and no others. */
    static void groups(final int port, final List<MacAddress> groups) throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(groups.size() * MAC_BYTES + 8L, 8).address();
            for (int i = 0; i < groups.size(); i++) {
                Memory.putLongBE(room + i * MAC_BYTES, groups.get(i).bits() << 16);
            }
            final int result = (int) Functions.MULTICAST_SET.invokeExact((short) port, room, groups.size());
            if (result != 0) {
                throw new NicException("rte_eth_dev_set_mc_addr_list: " + Functions.text(result)
                        + "; remove the setting 'multicast', or set promiscuous=on");
            }
        } catch (final Throwable e) {
            throw failure(e);
        }
    }

    static boolean linkUp(final int port) {
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(64, 8).address();
            final int result = (int) Functions.LINK_GET.invokeExact((short) port, room);
            return result == 0 && (Memory.getInt(room + Layout.LINK_FLAGS) & Layout.LINK_UP) != 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    static int socket(final int port) {
        try {
            return (int) Functions.SOCKET.invokeExact((short) port);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The descriptor of a queue's interrupt, or -1. */
    static int interruptDescriptor(final int port, final int queue) {
        try {
            return (int) Functions.RX_INTERRUPT_FD.invokeExact((short) port, (short) queue);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The device's own counters: the basic ones, and of the extended ones those that counted something. */
    static Map<String, Long> statistics(final int port) {
        final Map<String, Long> statistics = new LinkedHashMap<>();
        try (Arena arena = Arena.ofConfined()) {
            final long room = arena.allocate(Layout.STATS_ROOM, 8).address();
            if ((int) Functions.STATS_GET.invokeExact((short) port, room) == 0) {
                for (int i = 0; i < BASIC.length; i++) {
                    statistics.put(BASIC[i], Memory.getLong(room + i * 8L));
                }
            }
            final int count = (int) Functions.XSTATS_GET.invokeExact((short) port, 0L, 0);
            if (count > 0) {
                final MemorySegment names = arena.allocate((long) count * Layout.XSTAT_NAME_SIZE, 8);
                final long values =
                        arena.allocate((long) count * Layout.XSTAT_SIZE, 8).address();
                final int named = (int) Functions.XSTATS_NAMES.invokeExact((short) port, names.address(), count);
                final int valued = (int) Functions.XSTATS_GET.invokeExact((short) port, values, count);
                for (int i = 0; i < Math.min(count, Math.min(named, valued)); i++) {
                    final long at = values + (long) i * Layout.XSTAT_SIZE;
                    final long id = Memory.getLong(at);
                    final long value = Memory.getLong(at + 8);
                    if (value != 0 && id >= 0 && id < named) {
                        statistics.put(names.getString(id * Layout.XSTAT_NAME_SIZE), value);
                    }
                }
            }
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
        return statistics;
    }

    static void resetStatistics(final int port) {
        try {
            final int ignored = (int) Functions.STATS_RESET.invokeExact((short) port);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static void check(final int result, final String call) throws NicException {
        if (result != 0) {
            throw new NicException(call + ": " + Functions.text(result));
        }
    }

    private static NicException failure(final Throwable thrown) {
        if (thrown instanceof NicException known) {
            return known;
        }
        throw Functions.thrown(thrown);
    }
}
