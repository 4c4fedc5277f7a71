package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static joyride.ipc.shm.ShmLayout.JR_CHUNK_SHIFT;
import static joyride.ipc.shm.ShmLayout.JR_LOCK_SERVICE;
import static joyride.ipc.shm.ShmLayout.JR_TABLE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_CONS;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LIMIT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_LOCK;
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
    private static final int MOST = (JR_TABLE - 1) * JR_CHUNK;

    private final ShmInstance instance;
    private final ChunkPool pool;
    private final int slot;
    private final long at;
    /** Chunk index + 1 by chunk number of the stream modulo its length, a power of two; 0: none. */
    private int[] table = new int[4];

    private long produced;
    private long released;
    /** The highest position that the program was ever allowed to write up to. */
    private long allowed;

    private int limit;
    private int taken;
    private boolean starved;

    ShmSendRing(final ShmInstance instance, final int slot, final long at) {
        this.instance = instance;
        this.pool = instance.pool();
        this.slot = slot;
        this.at = at;
    }

    /** Begins a new use of the slot. The ring owns nothing. */
    void begin() {
        produced = 0;
        released = 0;
        allowed = 0;
        limit = 0;
        Memory.putLong(at + SOCKET_TX_CONS, 0);
        Memory.putLong(at + SOCKET_TX_PROD, 0);
        Memory.putInt(at + SOCKET_TX_LIMIT, 0);
    }

    /** Gives everything back, unpublished chunks too; nobody writes any more. */
    void release() {
        // The whole table: a chunk may have been taken for bytes that never came.
        final long oldest = released >>> JR_CHUNK_SHIFT;
        for (long chunk = oldest; chunk < oldest + table.length; chunk++) {
            drop(chunk);
        }
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + JR_TABLE; chunk++) {
            final long place = entryAt(chunk);
            final int unpublished = Memory.getInt(place) - 1;
            if (unpublished == -1 && chunk > from) {
                break;
            }
            if (pool.kind(unpublished) == ChunkPool.MAGAZINE || pool.owns(unpublished, ChunkPool.ORPHAN, slot)) {
                pool.give(unpublished);
            }
            Memory.putInt(place, 0);
        }
    }

    private long entryAt(final long chunk) {
        return at + SOCKET_TX_TABLE + 4 * (chunk & JR_TABLE - 1);
    }

    /**
     * Reads how far the program wrote, once, and takes over the chunks that it filled.
     *
     * @return whether there is more than before
     */
    boolean refresh() {
        final long now = Memory.getLongAcquire(at + SOCKET_TX_PROD);
        if (now == produced) {
            return false;
        }
        if (now < produced || now > allowed) {
            instance.violation("tx_prod", slot, now, produced, allowed);
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
        return true;
    }

    private boolean takeOver(final long chunk) {
        final int index = Memory.getInt(entryAt(chunk)) - 1;
        if (pool.kind(index) == ChunkPool.MAGAZINE) {
            instance.processes().spent(pool.holder(index));
        } else if (!pool.owns(index, ChunkPool.ORPHAN, slot)) {
            instance.violation("tx_table", slot, index + 1L, 1, pool.capacity());
            return false;
        }
        pool.transfer(index, ChunkPool.SEND, slot);
        table[(int) chunk & table.length - 1] = index + 1;
        taken++;
        instance.holdsMemory(slot);
        return true;
    }

    private void grow(final int chunks, final long oldest) {
        final int[] larger = new int[Integer.highestOneBit(chunks - 1) << 1];
        for (int i = 0; i < table.length; i++) {
            final long chunk = oldest + i;
            larger[(int) chunk & larger.length - 1] = table[(int) chunk & table.length - 1];
        }
        table = larger;
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
        Memory.putLongRelease(at + SOCKET_TX_CONS, position);
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

    /** Gives a drained ring's chunk back, unless the program is just writing. @return whether the ring owns no chunk now */
    boolean idle() {
        if (taken == 0) {
            return true;
        }
        if (taken > 1
                || released != produced
                || Memory.getLongAcquire(at + SOCKET_TX_PROD) != produced
                || !Memory.compareAndSetInt(at + SOCKET_TX_LOCK, 0, JR_LOCK_SERVICE)) {
            return false;
        }
        if (Memory.getLongVolatile(at + SOCKET_TX_PROD) == produced) {
            drop(produced >>> JR_CHUNK_SHIFT);
        }
        Memory.getAndSetInt(at + SOCKET_TX_LOCK, 0);
        return taken == 0;
    }

    /** A process that wrote here has died: chunks that it put into the table and did not publish belong to the socket. */
    void adopt(final int process) {
        final long from = produced >>> JR_CHUNK_SHIFT;
        for (long chunk = from; chunk < from + JR_TABLE; chunk++) {
            final int index = Memory.getInt(entryAt(chunk)) - 1;
            if (index == -1 && chunk > from) {
                break;
            }
            if (pool.owns(index, ChunkPool.MAGAZINE, process)) {
                pool.transfer(index, ChunkPool.ORPHAN, slot);
            }
        }
    }

    // ---- the service writes, for a program without the layer

    /** Locks the program's side out. @param alone whether no process holds the socket: a lock left behind counts for nothing */
    boolean lock(final boolean alone) {
        if (alone) {
            Memory.putIntVolatile(at + SOCKET_TX_LOCK, JR_LOCK_SERVICE);
            return true;
        }
        return Memory.compareAndSetInt(at + SOCKET_TX_LOCK, 0, JR_LOCK_SERVICE);
    }

    void unlock() {
        Memory.getAndSetInt(at + SOCKET_TX_LOCK, 0);
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
            final int fresh = pool.take(ChunkPool.SEND, slot);
            starved = fresh < 0;
            if (starved) {
                return 0;
            }
            table[index] = fresh + 1;
            taken++;
            Memory.putInt(entryAt(chunk), fresh + 1);
            instance.holdsMemory(slot);
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
        Memory.putLongRelease(at + SOCKET_TX_PROD, produced);
    }

    @Override
    public void limit(final int bytes) {
        limit = Math.min(bytes, MOST);
        allowed = Math.max(allowed, released + limit);
        Memory.putInt(at + SOCKET_TX_LIMIT, limit);
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
        to.number(produced).number(released).number(allowed).number(limit).numbers(table, table.length);
    }

    void restore(final BooksReader from) {
        produced = from.longNumber();
        released = from.longNumber();
        allowed = from.longNumber();
        limit = from.number(0, MOST);
        table = from.numbers(2 * JR_TABLE);
        if (Integer.bitCount(table.length) != 1) {
            throw new IllegalStateException("socket " + slot + " has a chunk table of " + table.length);
        }
        taken = 0;
        for (final int entry : table) {
            if (entry < 0 || entry > pool.capacity()) {
                throw new IllegalStateException("socket " + slot + " has chunk " + entry);
            }
            taken += entry == 0 ? 0 : 1;
        }
    }
}
