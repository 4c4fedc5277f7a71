package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import joyride.api.memory.Memory;

/**
 * What a device can do.
 *
 * @param device the address by which EAL knows it
 * @param driver such as {@code net_memif}
 * @param maxMtu the driver's word; some say 65535 and mean less
 * @param maxLro bytes of a frame that the device merges; 0: it does not say
 * @param spreadSize entries of the table that spreads hashes over queues, 0: there is none
 * @param transmitPieces mbufs that a packet to send may consist of; 0: the device does not say
 * @param flags bits of RTE_ETH_DEV_
 */
@SuppressWarnings("restricted")
record DeviceInfo(
        long device,
        String driver,
        int minMtu,
        int maxMtu,
        long maxFrame,
        long maxLro,
        int receiveQueues,
        int transmitQueues,
        long receiveOffloads,
        long transmitOffloads,
        long rssFunctions,
        int spreadSize,
        int rssKeyLength,
        int transmitPieces,
        int flags) {
    /** Drivers that ask the kernel in each burst: the thread may stop there, so the JVM must know where it is. */
    private static final Set<String> BLOCKING = Set.of(
            "net_tap", "net_tun", "net_af_packet", "net_af_xdp", "net_pcap", "net_virtio_user", "net_vhost", "net_kni");

    static DeviceInfo of(final int port) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment room = arena.allocate(Layout.INFO_ROOM, 8);
            final int result = (int) Functions.INFO_GET.invokeExact((short) port, room.address());
            if (result != 0) {
                throw new IllegalStateException("rte_eth_dev_info_get of port " + port + ": " + Functions.text(result));
            }
            final long at = room.address();
            return new DeviceInfo(
                    Memory.getLong(at + Layout.INFO_DEVICE),
                    MemorySegment.ofAddress(Memory.getLong(at + Layout.INFO_DRIVER))
                            .reinterpret(64)
                            .getString(0),
                    Memory.getShort(at + Layout.INFO_MIN_MTU) & 0xffff,
                    Memory.getShort(at + Layout.INFO_MAX_MTU) & 0xffff,
                    Memory.getInt(at + Layout.INFO_MAX_RX_LENGTH) & 0xffff_ffffL,
                    Memory.getInt(at + Layout.INFO_MAX_LRO) & 0xffff_ffffL,
                    Memory.getShort(at + Layout.INFO_MAX_RX_QUEUES) & 0xffff,
                    Memory.getShort(at + Layout.INFO_MAX_TX_QUEUES) & 0xffff,
                    Memory.getLong(at + Layout.INFO_RX_OFFLOADS),
                    Memory.getLong(at + Layout.INFO_TX_OFFLOADS),
                    Memory.getLong(at + Layout.INFO_RSS_FUNCTIONS),
                    Memory.getShort(at + Layout.INFO_SPREAD_SIZE) & 0xffff,
                    Memory.getUnsignedByte(at + Layout.INFO_RSS_KEY_LENGTH),
                    Memory.getShort(at + Layout.INFO_TX_SEGMENTS) & 0xffff,
                    flags(Memory.getLong(at + Layout.INFO_FLAGS)));
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static int flags(final long at) {
        return at == 0 ? 0 : Memory.getInt(at);
    }

    /** Whether its burst functions make system calls as a rule. */
    boolean blocking() {
        return BLOCKING.contains(driver);
    }

    boolean receives(final long offload) {
        return (receiveOffloads & offload) == offload;
    }

    boolean transmits(final long offload) {
        return (transmitOffloads & offload) == offload;
    }
}
