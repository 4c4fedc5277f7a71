package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;

/**
 * How a device spreads frames over its queues: by a hash of addresses and ports, and a table that gives each hash a queue.
 *
 * @param key of the hash; empty: the device's own
 * @param functions wanted, bits of RTE_ETH_RSS_; a device may have fewer
 */
record Rss(byte[] key, long functions) {
    private static final long IP = 0x4 | 0x100;
    private static final long TCP = 0x10 | 0x400;
    private static final long UDP = 0x20 | 0x800;

    /** What a word of the setting {@code rss.hash} means, for IPv4 and IPv6; 0: nothing. */
    static long functions(final String word) {
        return switch (word) {
            case "ip" -> IP;
            case "tcp" -> TCP;
            case "udp" -> UDP;
            default -> 0;
        };
    }

    /** Of those wanted the ones that the device has, for that many queues. */
    long of(final DeviceInfo info, final int queues) {
        return queues > 1 ? functions & info.rssFunctions() : 0;
    }

    /** @throws NicException if the device takes no key of this length */
    void check(final DeviceInfo info, final int queues) throws NicException {
        if (key.length > 0 && key.length != info.rssKeyLength()) {
            throw new NicException("rss.key has " + key.length + " bytes, but "
                    + (info.rssKeyLength() == 0
                            ? "the device takes none; remove it"
                            : "the device takes " + info.rssKeyLength() + "; give as many"));
        }
    }

    /** Spreads all hashes evenly over the queues of a started port, where it has a table for that. */
    static void spread(final int port, final DeviceInfo info, final int queues) throws NicException {
        final int size = info.spreadSize();
        if (size == 0 || queues < 2) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            final long table = table(arena, size);
            for (int i = 0; i < size; i++) {
                Memory.putShort(entry(table, i), i % queues);
            }
            final int result = (int) Functions.SPREAD_SET.invokeExact((short) port, table, (short) size);
            if (result != 0) {
                throw new NicException("rte_eth_dev_rss_reta_update: " + Functions.text(result));
            }
        } catch (final NicException e) {
            throw e;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The queue of each hash, as the device says; empty if it does not. */
    static int[] spread(final int port, final DeviceInfo info) {
        try (Arena arena = Arena.ofConfined()) {
            final long table = table(arena, info.spreadSize());
            final int[] queues = new int[info.spreadSize()];
            if ((int) Functions.SPREAD_GET.invokeExact((short) port, table, (short) queues.length) != 0) {
                return new int[0];
            }
            for (int i = 0; i < queues.length; i++) {
                queues[i] = Memory.getShort(entry(table, i));
            }
            return queues;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static long table(final Arena arena, final int size) {
        final int groups = (size + Layout.SPREAD_GROUP - 1) / Layout.SPREAD_GROUP;
        final long table =
                arena.allocate((long) groups * Layout.SPREAD_STRIDE, 8).address();
        for (int i = 0; i < groups; i++) {
            Memory.putLong(table + (long) i * Layout.SPREAD_STRIDE, -1);
        }
        return table;
    }

    private static long entry(final long table, final int hash) {
        return table
                + (long) (hash / Layout.SPREAD_GROUP) * Layout.SPREAD_STRIDE
                + Layout.SPREAD_QUEUES
                + hash % Layout.SPREAD_GROUP * 2L;
    }

    /** The key in memory of {@code arena}, or 0. */
    long keyIn(final Arena arena) {
        return key.length == 0
                ? 0
                : arena.allocateFrom(ValueLayout.JAVA_BYTE, key).address();
    }
}
