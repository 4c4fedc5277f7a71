package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.PacketBatch;

/** Where mbufs of a queue go when nobody needs them any more: to the cache of the queue's own pool, or through DPDK to whatever pool they are of. */
final class Returned {
    /** As many as a call to DPDK takes at once. */
    static final int MOST = 2 * PacketBatch.BURST;

    static final long ONE_REFERENCE = 1L << 16 | 1L << 32;
    private static final long REFERENCES_SEGMENTS = 0xffff_ffff_0000L;

    private final long pool;
    private final MbufCache cache;
    private final long toFree;
    private int freeing;

    /** @param arena of the port */
    Returned(final Mempool mempool, final MbufCache cache, final Arena arena) {
        pool = mempool.address();
        this.cache = cache;
        toFree = arena.allocate(MOST * 8L, 64).address();
    }

    /** Takes the mbufs of all frames of a batch. */
    void takeAll(final PacketBatch batch) {
        final int count = batch.size();
        final int own = own(batch.handles(), count);
        cache.putAll(batch.handles(), own);
        if (own < count) {
            for (int i = own; i < count; i++) {
                give(batch.handle(i));
            }
            freeCollected();
        }
    }

    /** @return how many of the array's first mbufs can go straight back to the pool */
    private int own(final long mbufs, final int count) {
        final long first = Memory.pointer(mbufs);
        final long mine = pool;
        for (int i = 0; i < count; i++) {
            if (!isOwn(Memory.getLong(first + i * 8L), mine)) {
                return i;
            }
        }
        return count;
    }

    /** One mbuf alone, in nobody else's hands, its buffer its own. */
    private static boolean isOwn(final long handle, final long pool) {
        final long mbuf = Memory.pointer(handle);
        return (Memory.getLong(mbuf + Layout.MBUF_REARM) & REFERENCES_SEGMENTS) == ONE_REFERENCE
                && Memory.getLong(mbuf + Layout.MBUF_POOL) == pool
                && (Memory.getLong(mbuf + Layout.MBUF_FLAGS) & Layout.FOREIGN_BUFFER) == 0;
    }

    private void give(final long mbuf) {
        if (isOwn(mbuf, pool)) {
            cache.put(mbuf);
        } else {
            freeLater(mbuf);
        }
    }

    /** Kept until {@link #freeCollected}. */
    void freeLater(final long mbuf) {
        if (freeing == MOST) {
            freeCollected();
        }
        Memory.putLong(toFree + freeing++ * 8L, mbuf);
    }

    void freeCollected() {
        if (freeing > 0) {
            final int count = freeing;
            freeing = 0;
            freeBulk(toFree, count);
        }
    }

    static void freeBulk(final long mbufs, final int count) {
        try {
            Functions.FREE_BULK.invokeExact(mbufs, count);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }
}
