package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_CHUNK;
import static joyride.ipc.shm.ShmLayout.JR_CHUNK_SHIFT;
import static joyride.ipc.shm.ShmLayout.JR_LARGE_TABLE;
import static joyride.ipc.shm.ShmLayout.JR_TABLE;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_CONS;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_LARGE;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_LARGE_FROM;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_NEWEST;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_PROD;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_TABLE;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.socket.ReceiveRing;

/**
 * A socket's receive ring. The chunk table that counts is private; the one in shared memory is for the reader. Chunks from
 * {@code first} up to {@code end} are promised or taken; a chunk is taken when the first byte is written to it.
 */
final class ShmReceiveRing extends RingChunks implements ReceiveRing {
    private static final int MASK = JR_CHUNK - 1;

    /** Null: the slot's table shows all. */
    private LargeTables.Table large;

    private long produced;
    private long consumed;
    /** No byte at or beyond this was written. */
    private long written;

    private long first;
    private long end;

    ShmReceiveRing(final ShmEndpoint endpoint) {
        super(endpoint);
    }

    /** Begins a new use of the slot. The ring owns nothing. */
    void begin() {
        produced = 0;
        consumed = 0;
        written = 0;
        first = 0;
        end = 0;
        Memory.putLong(endpoint.at + SOCKET_RX_PROD, 0);
        Memory.putLong(endpoint.at + SOCKET_RX_CONS, 0);
    }

    /** Gives everything back; nobody reads any more. */
    void release() {
        while (first < end) {
            pool().shrunk((int) (end - first));
            drop(first++);
        }
        if (large != null) {
            giveLarge();
        }
    }

    private void giveLarge() {
        Memory.putIntRelease(endpoint.at + SOCKET_RX_LARGE, 0);
        endpoint.instance().largeTables().give(large);
        large = null;
    }

    private long entryAt(final long chunk) {
        final LargeTables.Table lent = large;
        return lent != null && chunk >= lent.from
                ? lent.entry(chunk)
                : endpoint.at + SOCKET_RX_TABLE + 4 * (chunk & JR_TABLE - 1);
    }

    @Override
    public long reserve(final long position, final int length) {
        final long wanted = Math.min(position + length, (first + JR_LARGE_TABLE) << JR_CHUNK_SHIFT);
        final long chunks = (wanted + MASK) >>> JR_CHUNK_SHIFT;
        if (chunks > end) {
            promise(chunks);
        }
        return Math.min(wanted, end << JR_CHUNK_SHIFT);
    }

    private void promise(final long asked) {
        // Without a large table the window ends with the slot's; there may be one when it is asked for again.
        final long chunks = asked - first > JR_TABLE && !enlarge() ? first + JR_TABLE : asked;
        if (chunks <= end) {
            return;
        }
        reach(first, (int) (chunks - first));
        end += pool().promise((int) (chunks - end), (int) (end - first));
        if (end < chunks) {
            endpoint.instance().wantsMemory(endpoint);
        }
    }

    /** Whether there is a large table: for chunks that were never promised, and so never looked for. */
    private boolean enlarge() {
        if (large == null) {
            large = endpoint.instance().largeTables().take();
            if (large != null) {
                large.from = end;
                Memory.putLong(endpoint.at + SOCKET_RX_LARGE_FROM, end << JR_CHUNK_SHIFT);
                Memory.putIntRelease(endpoint.at + SOCKET_RX_LARGE, large.number + 1);
            }
        }
        return large != null;
    }

    @Override
    public void write(final long position, final long address, final int length) {
        long to = position;
        long from = address;
        int left = length;
        final Kernels kernels = endpoint.instance().kernels();
        while (left > 0) {
            final int piece = Math.min(left, JR_CHUNK - ((int) to & MASK));
            kernels.copy(from, place(to), piece);
            to += piece;
            from += piece;
            left -= piece;
        }
        if (to > written) {
            written = to;
        }
    }

    /** Where byte {@code position} lies; takes the chunk if none is there yet. */
    private long place(final long position) {
        final long chunk = position >>> JR_CHUNK_SHIFT;
        int entry = entry(chunk);
        if (entry == 0) {
            if (chunk < first || chunk >= end) {
                throw new IllegalArgumentException("byte " + position + " of socket " + endpoint.slot
                        + " was not reserved: chunks " + first + ".." + end + " are");
            }
            entry = pool().takePromised(endpoint.slot) + 1;
            own(chunk, entry, first, (int) (end - first));
            Memory.putInt(entryAt(chunk), entry);
            Memory.putLong(endpoint.at + SOCKET_RX_NEWEST, SocketWords.newest(chunk, entry));
            endpoint.instance().holdsMemory(endpoint);
        }
        return pool().address(entry - 1) + (position & MASK);
    }

    /** Queues an accepted socket's handle, visible at once. @return whether there was room */
    boolean offer(final long handle) {
        if (reserve(produced, 8) < produced + 8) {
            return false;
        }
        Memory.putLong(place(produced), handle);
        written = produced + 8;
        publish(written);
        return true;
    }

    @Override
    public void publish(final long position) {
        produced = position;
        Memory.putLongRelease(endpoint.at + SOCKET_RX_PROD, position);
    }

    /** The objects of the ring and its socket, then the slot and where the next bytes go. */
    @Override
    public int readAhead(final int step) {
        return switch (step) {
            case 0 -> (int) (produced + end + endpoint.at) + endpoint.ring().limit();
            case 1 -> SocketWords.readAhead(endpoint.at) + readByte(produced);
            default -> 0;
        };
    }

    @Override
    public long produced() {
        return produced;
    }

    @Override
    public long consumed() {
        final long now = Memory.getLongAcquire(endpoint.at + SOCKET_RX_CONS);
        if (now != consumed) {
            if (now < consumed || now > produced) {
                endpoint.instance().violation("rx_cons", endpoint.slot, now, consumed, produced);
            } else {
                consumed = now;
                final long reached = now >>> JR_CHUNK_SHIFT;
                while (first < reached && first < end) {
                    pool().shrunk((int) (end - first));
                    drop(first++);
                }
            }
        }
        return consumed;
    }

    private void drop(final long chunk) {
        final int entry = disown(chunk);
        if (entry == 0) {
            pool().unpromise(1);
        } else {
            Memory.putInt(entryAt(chunk), 0);
            pool().give(entry - 1);
        }
    }

    /** Gives a drained ring's chunk and large table back; the promise stays. @return whether the ring owns no chunk now */
    boolean idle() {
        if (owned() == 1 && consumed() == written && produced == written) {
            final long last = written >>> JR_CHUNK_SHIFT;
            if (entry(last) != 0) {
                drop(last);
                pool().repromise();
            }
        }
        if (owned() != 0) {
            return false;
        }
        if (large != null && end - first <= JR_TABLE) {
            giveLarge();
        }
        return true;
    }

    // ---- the service reads, for a program without the layer

    /** How many bytes may be read at {@link #takeAddress} in one piece. */
    int takeLength() {
        return (int) Math.min(produced - consumed(), JR_CHUNK - (consumed & MASK));
    }

    long takeAddress() {
        return addressOf(consumed);
    }

    void took(final int length) {
        Memory.putLongRelease(endpoint.at + SOCKET_RX_CONS, consumed + length);
        consumed();
    }

    @Override
    public void read(final long position, final long address, final int length) {
        long from = position;
        long to = address;
        int left = length;
        final Kernels kernels = endpoint.instance().kernels();
        while (left > 0) {
            final int piece = Math.min(left, JR_CHUNK - ((int) from & MASK));
            final int entry = entry(from >>> JR_CHUNK_SHIFT);
            if (entry == 0) {
                throw new IllegalArgumentException(
                        "byte " + from + " of socket " + endpoint.slot + " is not in memory");
            }
            kernels.copy(pool().address(entry - 1) + (from & MASK), to, piece);
            from += piece;
            to += piece;
            left -= piece;
        }
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(produced).number(consumed).number(written).number(first).number(end);
        for (long chunk = first; chunk < end; chunk++) {
            to.number(entry(chunk));
        }
        LargeTables.save(large, to);
    }

    void restore(final BooksReader from) {
        produced = from.longNumber();
        consumed = from.longNumber();
        written = from.longNumber();
        first = from.longNumber();
        end = from.longNumber();
        if (end < first || end - first > JR_LARGE_TABLE) {
            throw new IllegalStateException("socket " + endpoint.slot + " has chunks " + first + ".." + end);
        }
        for (long chunk = first; chunk < end; chunk++) {
            final int entry = from.number(0, pool().capacity());
            if (entry != 0) {
                own(chunk, entry, first, (int) (end - first));
            }
        }
        large = endpoint.instance().largeTables().restore(from);
    }
}
