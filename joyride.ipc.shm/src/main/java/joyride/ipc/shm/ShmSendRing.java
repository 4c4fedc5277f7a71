package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static joyride.ipc.shm.ShmLayout.JR_CHUNK_SHIFT;
import static joyride.ipc.shm.ShmLayout.JR_LARGE_TABLE;
import static joyride.ipc.shm.ShmLayout.JR_LOCK_SERVICE;
import static joyride.ipc.shm.ShmLayout.JR_TABLE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_CONS;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LARGE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LARGE_FROM;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LIMIT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LOCK;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_NEWEST;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_PROD;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_TABLE;

import joyride.api.memory.Memory;
import joyride.api.socket.SendRing;

/**
 * A socket's send ring. The program puts chunks from its magazine into the shared table; each entry is read once, checked
 * against the {@link ChunkPool}'s books and kept in a private table, which alone is used from then on.
 */
final class ShmSendRing extends RingChunks implements SendRing {
    private static final int MASK = JR_CHUNK - 1;
    private static final int MOST = (JR_LARGE_TABLE - 1) * JR_CHUNK;
    /** What the slot's own table shows. */
    private static final int SMALL_MOST = (JR_TABLE - 1) * JR_CHUNK;

    /** Null: the slot's table shows all. */
    private LargeTables.Table large;

    private long produced;
    private long released;
    /** The highest position that the program was ever allowed to write up to. */
    private long allowed;

    private int limit;
    /** What the limit is to be; more than it where there is no large table, or the ring was idle. */
    private int wanted;

    ShmSendRing(final ShmEndpoint endpoint) {
        super(endpoint);
    }

    /** Begins a new use of the slot. The ring owns nothing. */
    void begin() {
        produced = 0;
        released = 0;
        allowed = 0;
        limit = 0;
        wanted = 0;
        Memory.putLong(endpoint.at + SOCKET_TX_CONS, 0);
        Memory.putLong(endpoint.at + SOCKET_TX_PROD, 0);
        Memory.putInt(endpoint.at + SOCKET_TX_LIMIT, 0);
    }

    /** Gives everything back, unpublished chunks too; nobody writes any more. */
    void release() {
        // All of them: a chunk may have been taken for bytes that never came.
        for (long chunk = released >>> JR_CHUNK_SHIFT; owned() > 0; chunk++) {
            drop(chunk);
        }
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + shown(); chunk++) {
            final long place = entryAt(chunk);
            final int unpublished = Memory.getInt(place) - 1;
            if (unpublished == -1 && chunk > from) {
                break;
            }
            if (pool().kind(unpublished) == ChunkPool.MAGAZINE
                    || pool().owns(unpublished, ChunkPool.ORPHAN, endpoint.slot)) {
                pool().give(unpublished);
            }
            Memory.putInt(place, 0);
        }
        if (large != null) {
            giveLarge();
        }
    }

    /** So many chunks in a row the tables in shared memory show. */
    private int shown() {
        return large == null ? JR_TABLE : JR_LARGE_TABLE;
    }

    private long entryAt(final long chunk) {
        final LargeTables.Table lent = large;
        return lent != null && chunk >= lent.from
                ? lent.entry(chunk)
                : endpoint.at + SOCKET_TX_TABLE + 4 * (chunk & JR_TABLE - 1);
    }

    private void giveLarge() {
        Memory.putIntRelease(endpoint.at + SOCKET_TX_LARGE, 0);
        endpoint.instance().largeTables().give(large);
        large = null;
    }

    /**
     * Reads how far the program wrote, once, and takes over the chunks that it filled.
     *
     * @return whether there is more than before
     */
    boolean refresh() {
        final long now = Memory.getLongAcquire(endpoint.at + SOCKET_TX_PROD);
        if (now == produced) {
            return false;
        }
        if (now < produced || now > allowed) {
            endpoint.instance().violation("tx_prod", endpoint.slot, now, produced, allowed);
            return false;
        }
        final long last = now - 1 >>> JR_CHUNK_SHIFT;
        reach(released >>> JR_CHUNK_SHIFT, chunksTo(last));
        for (long chunk = produced >>> JR_CHUNK_SHIFT; chunk <= last; chunk++) {
            if (entry(chunk) == 0 && !takeOver(chunk, last)) {
                return false;
            }
        }
        produced = now;
        if (limit < wanted) {
            limit(wanted);
        }
        return true;
    }

    /** From the oldest that it may own to number {@code last}. */
    private int chunksTo(final long last) {
        return (int) (last - (released >>> JR_CHUNK_SHIFT)) + 1;
    }

    /** @param last the last that it takes now */
    private boolean takeOver(final long chunk, final long last) {
        final int index = Memory.getInt(entryAt(chunk)) - 1;
        if (pool().kind(index) == ChunkPool.MAGAZINE) {
            endpoint.instance().processes().spent(pool().holder(index));
        } else if (!pool().owns(index, ChunkPool.ORPHAN, endpoint.slot)) {
            endpoint.instance().violation("tx_table", endpoint.slot, index + 1L, 1, pool().capacity());
            return false;
        }
        take(chunk, index, last);
        return true;
    }

    private void take(final long chunk, final int index, final long last) {
        pool().transfer(index, ChunkPool.SEND, endpoint.slot);
        own(chunk, index + 1, released >>> JR_CHUNK_SHIFT, chunksTo(last));
        endpoint.instance().holdsMemory(endpoint);
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long released() {
        return released;
    }

    @Override
    public long address(final long position) {
        return addressOf(position);
    }

    @Override
    public int contiguous(final long position, final int most) {
        return (int) Math.min(Math.min(most, produced - position), JR_CHUNK - (position & MASK));
    }

    @Override
    public void release(final long position) {
        final long reached = position >>> JR_CHUNK_SHIFT;
        for (long chunk = released >>> JR_CHUNK_SHIFT; chunk < reached; chunk++) {
            drop(chunk);
        }
        released = position;
        allowed = Math.max(allowed, position + limit);
        Memory.putLongRelease(endpoint.at + SOCKET_TX_CONS, position);
    }

    private void drop(final long chunk) {
        final int entry = disown(chunk);
        if (entry != 0) {
            Memory.putInt(entryAt(chunk), 0);
            pool().give(entry - 1);
        }
    }

    /** Gives a drained ring's chunk and large table back, unless the program is just writing. @return whether the ring owns none now */
    boolean idle() {
        if (owned() == 0 && large == null) {
            return true;
        }
        final long at = endpoint.at;
        if (owned() > 1
                || released != produced
                || Memory.getLongAcquire(at + SOCKET_TX_PROD) != produced
                || !Memory.compareAndSetInt(at + SOCKET_TX_LOCK, 0, JR_LOCK_SERVICE)) {
            return false;
        }
        if (Memory.getLongVolatile(at + SOCKET_TX_PROD) == produced) {
            Memory.putLong(at + SOCKET_TX_NEWEST, 0);
            drop(produced >>> JR_CHUNK_SHIFT);
            if (owned() == 0) {
                shrink();
            }
        }
        Memory.getAndSetInt(at + SOCKET_TX_LOCK, 0);
        return owned() == 0;
    }

    /** Nobody writes, and all that was written is gone: what the slot's table shows is enough until somebody does. */
    private void shrink() {
        if (large != null && Memory.getInt(entryAt(produced >>> JR_CHUNK_SHIFT)) == 0) {
            limit = Math.min(limit, SMALL_MOST);
            allowed = released + limit;
            Memory.putIntRelease(endpoint.at + SOCKET_TX_LIMIT, limit);
            giveLarge();
        }
    }

    /** A process that wrote here holds the socket no more: chunks that it put into the table and did not publish belong to the socket. */
    void adopt(final int process) {
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + shown(); chunk++) {
            final int index = Memory.getInt(entryAt(chunk)) - 1;
            if (index == -1 && chunk > from) {
                break;
            }
            if (pool().owns(index, ChunkPool.MAGAZINE, process)) {
                pool().transfer(index, ChunkPool.ORPHAN, endpoint.slot);
            }
        }
    }

    // ---- the service writes, for a program without the layer

    /** Locks the program's side out. @param alone whether no process holds the socket: a lock left behind counts for nothing */
    boolean lock(final boolean alone) {
        if (alone) {
            Memory.putIntVolatile(endpoint.at + SOCKET_TX_LOCK, JR_LOCK_SERVICE);
            return true;
        }
        return Memory.compareAndSetInt(endpoint.at + SOCKET_TX_LOCK, 0, JR_LOCK_SERVICE);
    }

    void unlock() {
        Memory.getAndSetInt(endpoint.at + SOCKET_TX_LOCK, 0);
    }

    /** How many bytes may be written at {@link #offerAddress} in one piece; -1: there is room, and no chunk for it. */
    int offerRoom() {
        final int room = limit - (int) (produced - released);
        if (room <= 0) {
            return 0;
        }
        final long chunk = produced >>> JR_CHUNK_SHIFT;
        reach(released >>> JR_CHUNK_SHIFT, chunksTo(chunk));
        if (entry(chunk) == 0) {
            if (Memory.getInt(entryAt(chunk)) != 0) {
                return takeOver(chunk, chunk) ? offerRoom() : 0;
            }
            final int fresh = pool().take(ChunkPool.SEND, endpoint.slot);
            if (fresh < 0) {
                return -1;
            }
            take(chunk, fresh, chunk);
            Memory.putInt(entryAt(chunk), fresh + 1);
        }
        return (int) Math.min(room, JR_CHUNK - (produced & MASK));
    }

    long offerAddress() {
        return address(produced);
    }

    void offered(final int length) {
        produced += length;
        Memory.putLongRelease(endpoint.at + SOCKET_TX_PROD, produced);
        if (limit < wanted) {
            limit(wanted);
        }
    }

    @Override
    public void limit(final int bytes) {
        wanted = Math.min(bytes, MOST);
        if (wanted > SMALL_MOST && large == null) {
            large = endpoint.instance().largeTables().take();
            if (large != null) {
                // The first chunk that the program was never allowed to look for.
                large.from = allowed + MASK >>> JR_CHUNK_SHIFT;
                Memory.putLong(endpoint.at + SOCKET_TX_LARGE_FROM, large.from << JR_CHUNK_SHIFT);
                Memory.putIntRelease(endpoint.at + SOCKET_TX_LARGE, large.number + 1);
                endpoint.instance().holdsMemory(endpoint);
            }
        }
        limit = large == null ? Math.min(wanted, SMALL_MOST) : wanted;
        allowed = Math.max(allowed, released + limit);
        Memory.putIntRelease(endpoint.at + SOCKET_TX_LIMIT, limit);
    }

    @Override
    public int limit() {
        return limit;
    }

    /** Whether a program that waits for room has it: at most two thirds of the limit are in use. */
    boolean roomy() {
        return produced - released <= limit / 3 * 2;
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(produced).number(released).number(allowed).number(limit).number(wanted);
        saveTable(released >>> JR_CHUNK_SHIFT, to);
        LargeTables.save(large, to);
    }

    void restore(final BooksReader from) {
        produced = from.longNumber();
        released = from.longNumber();
        allowed = from.longNumber();
        limit = from.number(0, MOST);
        wanted = from.number(0, MOST);
        final int[] saved = from.numbers(2 * JR_LARGE_TABLE);
        if (Integer.bitCount(saved.length) > 1 || saved.length != 0 && saved.length < 4) {
            throw new IllegalStateException("socket " + endpoint.slot + " has a chunk table of " + saved.length);
        }
        final long oldest = released >>> JR_CHUNK_SHIFT;
        for (long chunk = oldest; chunk < oldest + saved.length; chunk++) {
            final int entry = saved[(int) chunk & saved.length - 1];
            if (entry < 0 || entry > pool().capacity()) {
                throw new IllegalStateException("socket " + endpoint.slot + " has chunk " + entry);
            }
            if (entry != 0) {
                own(chunk, entry, oldest, saved.length);
            }
        }
        large = endpoint.instance().largeTables().restore(from);
    }
}
