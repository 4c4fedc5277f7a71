package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;

/**
 * A pool of mbufs, one for each port. All its methods are for control threads; loops allocate by {@link MbufCache}. A pool lives until all
 * its mbufs are back: another port or a peer may hold some when the port closes.
 */
@SuppressWarnings("restricted")
final class Mempool {
    /** Mbufs that a thread's cache holds before it gives some back, at the most one and a half times. */
    static final int CACHE = 256;

    static final int ANY_SOCKET = -1;
    private final String name;
    private final long address;
    private final int size;

    private Mempool(final String name, final long address) {
        this.name = name;
        this.address = address;
        size = Memory.getInt(address + Layout.POOL_POPULATED);
    }

    /** A name that no pool has. */
    static String freeName() {
        int number = 0;
        while (find("joyride-" + number) != null) {
            number++;
        }
        return "joyride-" + number;
    }

    /**
     * @param name at most 25 characters, of this pool alone
     * @param count of mbufs
     * @param room bytes of each one's buffer, headroom included
     * @param driver of the device, which see {@link DensePool}
     */
    static Mempool create(final String name, final int count, final int room, final int socket, final String driver)
            throws NicException {
        final long address = DensePool.suits(driver)
                ? DensePool.create(name, count, room, socket)
                : byDpdk(name, count, room, socket);
        if (address == 0) {
            throw new NicException("no memory for " + count + " frames of " + room + " bytes ("
                    + ((long) count * (room + Layout.MBUF_SIZE) >> 20) + " MiB) for pool " + name + ": "
                    + Functions.text(Functions.errno())
                    + "; set a larger memory.mib in etc/joyride.nic.dpdk.cfg or fewer 'frames'");
        }
        return new Mempool(name, address);
    }

    private static long byDpdk(final String name, final int count, final int room, final int socket) {
        try (Arena arena = Arena.ofConfined()) {
            return (long) Functions.POOL_CREATE.invokeExact(
                    arena.allocateFrom(name).address(),
                    count,
                    CACHE,
                    (short) 0,
                    (short) room,
                    Math.max(ANY_SOCKET, socket));
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** The pool of that name, perhaps an earlier bundle's; or null. */
    static Mempool find(final String name) {
        try (Arena arena = Arena.ofConfined()) {
            final long address = (long)
                    Functions.POOL_LOOKUP.invokeExact(arena.allocateFrom(name).address());
            return address == 0 ? null : new Mempool(name, address);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    String name() {
        return name;
    }

    long address() {
        return address;
    }

    /** How many mbufs there are. */
    int size() {
        return size;
    }

    /** How many are out: with programs, rings, devices. */
    int inUse() {
        try {
            return size - (int) Functions.POOL_AVAILABLE.invokeExact(address);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** All mbufs are back. */
    void free() {
        try {
            Functions.POOL_FREE.invokeExact(address);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
        DensePool.freeMemory(name);
    }
}
