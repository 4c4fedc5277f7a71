package joyride.nic.dpdk;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import joyride.api.memory.Memory;

/**
 * One loop's way to a pool's mbufs: what {@code rte_mempool_get} and {@code rte_mempool_put} do inline, on the same cache that DPDK's drivers
 * use on this thread: a stack, so that a frame that came back is the next that goes out. Used by one thread at a time; {@link #enter}
 * makes the calling one that thread.
 */
@SuppressWarnings("restricted")
final class MbufCache {
    private static final int NO_LCORE = -1;
    private static final long ONE = 8;

    private final long pool;
    private final MemorySegment enqueue;
    private final MemorySegment dequeue;
    private Thread thread;
    private long cache;
    private long own;

    MbufCache(final Mempool mempool) {
        pool = mempool.address();
        final long ops = ops(pool);
        enqueue = MemorySegment.ofAddress(Memory.getLong(ops + Layout.OPS_ENQUEUE));
        dequeue = MemorySegment.ofAddress(Memory.getLong(ops + Layout.OPS_DEQUEUE));
    }

    /** The operations of a pool. */
    static long ops(final long pool) {
        return Functions.POOL_OPS_TABLE
                + Layout.OPS_FIRST
                + (long) Memory.getInt(pool + Layout.POOL_OPS) * Layout.OPS_STRIDE;
    }

    /** Makes the calling thread the user. A look at a field where it is already. */
    void enter() {
        if (thread != Thread.currentThread()) {
            change();
        }
    }

    private void change() {
        thread = Thread.currentThread();
        final int lcore = lcore();
        cache = lcore == NO_LCORE
                ? ownCache()
                : Memory.getLong(pool + Layout.POOL_CACHES) + (long) lcore * Layout.CACHE_STRIDE;
    }

    /** The number that DPDK knows this thread by, and gives caches by. */
    static int lcore() {
        final Optional<MemorySegment> number = Libraries.opened().find("per_lcore__lcore_id");
        if (number.isEmpty()) {
            return NO_LCORE;
        }
        final long at = number.get().address();
        if (Memory.getInt(at) == NO_LCORE) {
            try {
                // Without a number left (128 of them) the thread goes on with a cache of its own.
                final int ignored = (int) Functions.THREAD_REGISTER.invokeExact();
            } catch (final Throwable e) {
                throw Functions.thrown(e);
            }
        }
        return Memory.getInt(at);
    }

    private long ownCache() {
        if (own == 0) {
            try {
                own = (long) Functions.CACHE_CREATE.invokeExact(Mempool.CACHE, -1);
            } catch (final Throwable e) {
                throw Functions.thrown(e);
            }
            if (own == 0) {
                throw new IllegalStateException("no memory for a cache of " + Mempool.CACHE + " mbufs");
            }
        }
        return own;
    }

    /** An mbuf with nothing set, or 0 if the pool has none left. */
    long get() {
        final long at = cache;
        int length = Memory.getInt(at + Layout.CACHE_LENGTH);
        if (length == 0) {
            length = refill(at);
            if (length == 0) {
                return 0;
            }
        }
        Memory.putInt(at + Layout.CACHE_LENGTH, length - 1);
        return Memory.getLong(at + Layout.CACHE_OBJECTS + (length - 1) * ONE);
    }

    private int refill(final long at) {
        for (int wanted = Memory.getInt(at + Layout.CACHE_SIZE); wanted > 0; wanted >>= 1) {
            if (transfer(dequeue, at + Layout.CACHE_OBJECTS, wanted) == 0) {
                Memory.putInt(at + Layout.CACHE_LENGTH, wanted);
                return wanted;
            }
        }
        return 0;
    }

    /** Takes an mbuf of this pool back: alone, not chained, its buffer its own. */
    void put(final long mbuf) {
        final long at = cache;
        int length = Memory.getInt(at + Layout.CACHE_LENGTH);
        if (length >= Memory.getInt(at + Layout.CACHE_LIMIT)) {
            final int keep = Memory.getInt(at + Layout.CACHE_SIZE);
            giveBack(at, keep, length - keep);
            length = keep;
        }
        Memory.putLong(at + Layout.CACHE_OBJECTS + length * ONE, mbuf);
        Memory.putInt(at + Layout.CACHE_LENGTH, length + 1);
    }

    /** Takes as many such mbufs back as the array at {@code mbufs} has. */
    void putAll(final long mbufs, final int count) {
        final long at = cache;
        final int limit = Memory.getInt(at + Layout.CACHE_LIMIT);
        int length = Memory.getInt(at + Layout.CACHE_LENGTH);
        for (int done = 0; done < count; ) {
            if (length >= limit) {
                final int keep = Memory.getInt(at + Layout.CACHE_SIZE);
                giveBack(at, keep, length - keep);
                length = keep;
            }
            final int some = Math.min(count - done, limit - length);
            Memory.copy(mbufs + done * ONE, at + Layout.CACHE_OBJECTS + length * ONE, some * ONE);
            length += some;
            done += some;
            Memory.putInt(at + Layout.CACHE_LENGTH, length);
        }
    }

    private void giveBack(final long at, final int from, final int count) {
        final int result = transfer(enqueue, at + Layout.CACHE_OBJECTS + from * ONE, count);
        if (result != 0) {
            throw new IllegalStateException("mempool refused its own " + count + " mbufs: " + Functions.text(result));
        }
    }

    private int transfer(final MemorySegment function, final long objects, final int count) {
        try {
            return (int) Functions.TRANSFER.invokeExact(function, pool, objects, count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** Nobody uses it any more, and nobody else the thread's cache of this pool: what is in it goes back to the pool. */
    void close() {
        if (own != 0) {
            final int length = Memory.getInt(own + Layout.CACHE_LENGTH);
            if (length > 0) {
                giveBack(own, 0, length);
            }
            try {
                Functions.CACHE_FREE.invokeExact(own);
            } catch (final Throwable e) {
                throw Functions.thrown(e);
            }
            own = 0;
        }
        thread = null;
        cache = 0;
    }
}
