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
final class ShmSendRing implements SendRing {
    private static final int MASK = JR_CHUNK - 1;
    private static final int MOST = (JR_LARGE_TABLE - 1) * JR_CHUNK;
    /** What the slot's own table shows. */
    private static final int SMALL_MOST = (JR_TABLE - 1) * JR_CHUNK;

    private final ShmEndpoint endpoint;
    private final ChunkPool pool;
    /** Chunk index + 1 by chunk number of the stream modulo its length, a power of two; 0: none. */
    private int[] table = ChunkTables.NONE;
    /** Null: the slot's table shows all. */
    private LargeTables.Table large;

    private long produced;
    private long released;
    /** The highest position that the program was ever allowed to write up to. */
    private long allowed;

    private int limit;
    /** What the limit is to be; more than it where there is no large table, or the ring was idle. */
    private int wanted;

    private int taken;
    private boolean starved;

    ShmSendRing(final ShmEndpoint endpoint) {
        this.endpoint = endpoint;
        this.pool = endpoint.instance().pool();
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
        // The whole table: a chunk may have been taken for bytes that never came.
        final long oldest = released >>> JR_CHUNK_SHIFT;
        for (long chunk = oldest; chunk < oldest + table.length; chunk++) {
            drop(chunk);
        }
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + shown(); chunk++) {
            final long place = entryAt(chunk);
            final int unpublished = Memory.getInt(place) - 1;
            if (unpublished == -1 && chunk > from) {
                break;
            }
            if (pool.kind(unpublished) == ChunkPool.MAGAZINE
                    || pool.owns(unpublished, ChunkPool.ORPHAN, endpoint.slot)) {
                pool.give(unpublished);
            }
            Memory.putInt(place, 0);
        }
        rest();
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

    /** Without chunks it needs no table. */
    private void rest() {
        endpoint.instance().chunkTables().give(table);
        table = ChunkTables.NONE;
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
        final long oldest = released >>> JR_CHUNK_SHIFT;
        if (last - oldest >= table.length) {
            grow((int) (last - oldest) + 1, oldest);
        }
        for (long chunk = produced >>> JR_CHUNK_SHIFT; chunk <= last; chunk++) {
            if (table[(int) chunk & table.length - 1] == 0 && !takeOver(chunk)) {
                return false;
            }
        }
        produced = now;
        if (limit < wanted) {
            limit(wanted);
        }
        return true;
    }

    private boolean takeOver(final long chunk) {
        final int index = Memory.getInt(entryAt(chunk)) - 1;
        if (pool.kind(index) == ChunkPool.MAGAZINE) {
            endpoint.instance().processes().spent(pool.holder(index));
        } else if (!pool.owns(index, ChunkPool.ORPHAN, endpoint.slot)) {
            endpoint.instance().violation("tx_table", endpoint.slot, index + 1L, 1, pool.capacity());
            return false;
        }
        take(chunk, index);
        return true;
    }

    private void take(final long chunk, final int index) {
        if (table == ChunkTables.NONE) {
            grow(1, chunk);
        }
        pool.transfer(index, ChunkPool.SEND, endpoint.slot);
        table[(int) chunk & table.length - 1] = index + 1;
        taken++;
        endpoint.instance().holdsMemory(endpoint.slot);
    }

    private void grow(final int chunks, final long oldest) {
        table = endpoint.instance().chunkTables().grow(table, chunks, oldest);
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
        return pool.address(table[(int) (position >>> JR_CHUNK_SHIFT) & table.length - 1] - 1) + (position & MASK);
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
        final int index = (int) chunk & table.length - 1;
        final int entry = table[index];
        if (entry != 0) {
            table[index] = 0;
            taken--;
            Memory.putInt(entryAt(chunk), 0);
            pool.give(entry - 1);
        }
    }

    /** Gives a drained ring's chunk and tables back, unless the program is just writing. @return whether the ring owns none now */
    boolean idle() {
        if (taken == 0 && large == null) {
            rest();
            return true;
        }
        final long at = endpoint.at;
        if (taken > 1
                || released != produced
                || Memory.getLongAcquire(at + SOCKET_TX_PROD) != produced
                || !Memory.compareAndSetInt(at + SOCKET_TX_LOCK, 0, JR_LOCK_SERVICE)) {
            return false;
        }
        if (Memory.getLongVolatile(at + SOCKET_TX_PROD) == produced) {
            Memory.putLong(at + SOCKET_TX_NEWEST, 0);
            drop(produced >>> JR_CHUNK_SHIFT);
            if (taken == 0) {
                rest();
                shrink();
            }
        }
        Memory.getAndSetInt(at + SOCKET_TX_LOCK, 0);
        return taken == 0;
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

    /** A process that wrote here has died: chunks that it put into the table and did not publish belong to the socket. */
    void adopt(final int process) {
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + shown(); chunk++) {
            final int index = Memory.getInt(entryAt(chunk)) - 1;
            if (index == -1 && chunk > from) {
                break;
            }
            if (pool.owns(index, ChunkPool.MAGAZINE, process)) {
                pool.transfer(index, ChunkPool.ORPHAN, endpoint.slot);
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

    /** How many bytes may be written at {@link #offerAddress} in one piece. */
    int offerRoom() {
        starved = false;
        final int room = limit - (int) (produced - released);
        if (room <= 0) {
            return 0;
        }
        final long chunk = produced >>> JR_CHUNK_SHIFT;
        final long oldest = released >>> JR_CHUNK_SHIFT;
        if (chunk - oldest >= table.length) {
            grow((int) (chunk - oldest) + 1, oldest);
        }
        final int index = (int) chunk & table.length - 1;
        if (table[index] == 0) {
            if (Memory.getInt(entryAt(chunk)) != 0) {
                return takeOver(chunk) ? offerRoom() : 0;
            }
            final int fresh = pool.take(ChunkPool.SEND, endpoint.slot);
            starved = fresh < 0;
            if (starved) {
                return 0;
            }
            take(chunk, fresh);
            Memory.putInt(entryAt(chunk), fresh + 1);
        }
        return (int) Math.min(room, JR_CHUNK - (produced & MASK));
    }

    /** Whether the last {@link #offerRoom} found no chunk. */
    boolean starved() {
        return starved;
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
                endpoint.instance().holdsMemory(endpoint.slot);
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
        to.numbers(table, table == ChunkTables.NONE ? 0 : table.length);
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
        table = saved.length == 0 ? ChunkTables.NONE : saved;
        large = endpoint.instance().largeTables().restore(from);
        taken = 0;
        for (final int entry : table) {
            if (entry < 0 || entry > pool.capacity()) {
                throw new IllegalStateException("socket " + endpoint.slot + " has chunk " + entry);
            }
            taken += entry == 0 ? 0 : 1;
        }
    }
}
