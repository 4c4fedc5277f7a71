package joyride.api.tcp;

/** The entries of a {@link SendMap} in the order of their sequence numbers, and the room that they have: arrays by slot, lent while there are any. */
public abstract class SendMapEntries extends LossState {
    /** Entries of a new map. */
    public static final int LEAST = 32;

    /** Entries of the largest: a connection that has as many segments outstanding sends no further ones. */
    public static final int MOST = 1 << 14;

    /** Entries that stay free for cutting others in two. */
    public static final int RESERVE = 8;

    /** No slot. */
    public static final int NONE = -1;

    private final SendMapRoom.Shelf shelf;

    /** {@link SendMapRoom#NONE} while there are no entries. */
    private SendMapRoom room;

    /** First octet, by slot. */
    public int[] start;

    /** First octet after it. */
    public int[] end;

    /** When it was sent last, µs on {@link TcpHost#nowMicros}. */
    public long[] sentAt;

    /** How often it was sent. */
    public int[] times;

    /** Segments that a SACKed entry stands for. */
    public int[] weight;

    /** Bits of {@link SendMap}. */
    public byte[] mark;

    /** The slot in flight that was sent last before this one. */
    int[] older;

    /** The slot in flight that was sent next after it. */
    int[] newer;

    /** Slots in the order of sequence numbers, a ring; behind them the free ones. */
    private int[] order;

    private int first;
    private int count;

    SendMapEntries(final SendMapRoom.Shelf shelf) {
        this.shelf = shelf;
        use(SendMapRoom.NONE);
    }

    private void use(final SendMapRoom taken) {
        room = taken;
        first = 0;
        start = taken.start;
        end = taken.end;
        sentAt = taken.sentAt;
        times = taken.times;
        weight = taken.weight;
        mark = taken.mark;
        older = taken.older;
        newer = taken.newer;
        order = taken.order;
    }

    private void exchange(final SendMapRoom taken) {
        final SendMapRoom unused = room;
        use(taken);
        if (unused != SendMapRoom.NONE) {
            shelf.giveBack(unused);
        }
    }

    /** Entries that there is room for, or would be with the first. */
    public final int capacity() {
        return room == SendMapRoom.NONE ? LEAST : room.entries();
    }

    public final int count() {
        return count;
    }

    /** Whether an entry for new data finds room. */
    public final boolean hasRoom() {
        return count < capacity() - RESERVE;
    }

    /** Twice the room. @return false: it is as large as one may be */
    public final boolean grow() {
        final int old = capacity();
        if (old >= MOST) {
            return false;
        }
        final SendMapRoom large = shelf.take(2 * old);
        large.copy(room, first);
        exchange(large);
        return true;
    }

    /** The slot of the entry at {@code index} in the order of sequence numbers. */
    public final int slot(final int index) {
        return order[first + index & order.length - 1];
    }

    /** One more, at the end. @return its slot; {@link #NONE}: no room */
    final int add() {
        if (room == SendMapRoom.NONE) {
            use(shelf.take(LEAST));
        } else if (count == order.length) {
            return NONE;
        }
        return order[first + count++ & order.length - 1];
    }

    /** One more, behind that at {@code index}; one place stays for a FIN. @return its slot; {@link #NONE}: no room */
    final int insertBehind(final int index) {
        final int size = order.length;
        if (count >= size - 1) {
            return NONE;
        }
        final int slot = order[first + count & size - 1];
        if (index < count / 2) {
            // The free slot moves to the front's side: the front moves one down.
            order[first + count & size - 1] = order[first - 1 & size - 1];
            first = first - 1 & size - 1;
            for (int i = 0; i <= index; i++) {
                order[first + i & size - 1] = order[first + i + 1 & size - 1];
            }
        } else {
            for (int i = count; i > index + 1; i--) {
                order[first + i & size - 1] = order[first + i - 1 & size - 1];
            }
        }
        count++;
        order[first + index + 1 & size - 1] = slot;
        return slot;
    }

    final void dropFirst() {
        first = first + 1 & order.length - 1;
        if (--count == 0) {
            exchange(SendMapRoom.NONE);
        }
    }

    /** Drops the one at {@code index}, which is not the only one. */
    final void drop(final int index) {
        final int size = order.length;
        final int slot = slot(index);
        for (int i = index; i < count - 1; i++) {
            order[first + i & size - 1] = order[first + i + 1 & size - 1];
        }
        count--;
        order[first + count & size - 1] = slot;
    }

    final void removeAll() {
        count = 0;
        exchange(SendMapRoom.NONE);
    }
}
