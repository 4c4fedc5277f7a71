package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;

/**
 * A pool whose mbufs lie side by side. Without huge pages DPDK begins each mbuf on a page of its own, since a device could not be given one that crosses pages
 * which lie apart. So all mbufs have the same place in their pages, their headers compete for 8 lines of the first-level cache, and a burst of 64 touches
 * 64 pages instead of 37. Devices that are software read memory as we do, and have no such need.
 */
final class DensePool {
    /** RTE_MEMPOOL_F_NO_IOVA_CONTIG: an mbuf may cross pages. */
    private static final int CROSSING = 0x20;

    /** RTE_MEMZONE_IOVA_CONTIG */
    private static final int IN_ONE_PIECE = 0x0010_0000;

    private static final int LINE = 64;
    private static final int PRIVATE_SIZE = 8;
    private static final String MEMORY = "-mbufs";

    /** Gives the mbufs to the kernel, which wants none across two pages. */
    private static final String KERNEL_TAKES_THEM = "net_af_xdp";

    private DensePool() {}

    /** @param driver of DPDK's; empty for a physical device */
    static boolean suits(final String driver) {
        try {
            return !driver.isEmpty()
                    && !driver.equals(KERNEL_TAKES_THEM)
                    && (int) Functions.HAS_HUGE_PAGES.invokeExact() == 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** What {@code rte_pktmbuf_pool_create} does, with memory that is ours. @return the pool, or 0 and an errno in DPDK */
    static long create(final String name, final int count, final int room, final int socket) {
        try (Arena arena = Arena.ofConfined()) {
            final long pool = (long) Functions.POOL_CREATE_EMPTY.invokeExact(
                    arena.allocateFrom(name).address(),
                    count,
                    Layout.MBUF_SIZE + room,
                    Mempool.CACHE,
                    PRIVATE_SIZE,
                    Math.max(Mempool.ANY_SOCKET, socket),
                    CROSSING);
            if (pool == 0) {
                return 0;
            }
            final long settings = arena.allocate(PRIVATE_SIZE, 8).address();
            Memory.putShort(settings, room);
            final long operations = (long) Functions.POOL_BEST_OPERATIONS.invokeExact();
            if ((int) Functions.POOL_SET_OPERATIONS.invokeExact(pool, operations, 0L) == 0) {
                Functions.POOL_INIT.invokeExact(pool, settings);
                if (populate(pool, name, count, socket, arena)) {
                    final int done = (int) Functions.POOL_FOR_EACH.invokeExact(pool, Functions.MBUF_INIT_ADDRESS, 0L);
                    if (done == count) {
                        return pool;
                    }
                }
            }
            Functions.POOL_FREE.invokeExact(pool);
            freeMemory(name);
            return 0;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static boolean populate(
            final long pool, final String name, final int count, final int socket, final Arena arena) throws Throwable {
        final long each = (long) Memory.getInt(pool + Layout.POOL_ELEMENT)
                + Memory.getInt(pool + Layout.POOL_HEADER)
                + Memory.getInt(pool + Layout.POOL_TRAILER);
        final long zone = (long) Functions.ZONE_RESERVE.invokeExact(
                arena.allocateFrom(name + MEMORY).address(),
                count * each,
                Math.max(Mempool.ANY_SOCKET, socket),
                IN_ONE_PIECE,
                LINE);
        return zone != 0
                && (int) Functions.POOL_POPULATE.invokeExact(
                                pool,
                                Memory.getLong(zone + Layout.ZONE_ADDRESS),
                                Memory.getLong(zone + Layout.ZONE_IOVA),
                                count * each,
                                0L,
                                0L)
                        == count;
    }

    /** The memory of the pool of that name, which is gone; of another one nothing happens. */
    static void freeMemory(final String name) {
        try (Arena arena = Arena.ofConfined()) {
            final long zone = (long) Functions.ZONE_LOOKUP.invokeExact(
                    arena.allocateFrom(name + MEMORY).address());
            if (zone != 0) {
                final int result = (int) Functions.ZONE_FREE.invokeExact(zone);
                if (result != 0) {
                    throw new IllegalStateException("the memory of pool " + name + ": " + Functions.text(result));
                }
            }
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }
}
