package joyride.api.tcp;

/**
 * A sender's account of every segment that is not acknowledged (RFC 8985 §5.1), for variants that tell loss by time. It belongs to the connection, so
 * that it outlives the variant's bundle, and any newcomer can read it. Entries are contiguous from {@code sndUna} on and ordered by
 * sequence number; those in flight are also linked in the order in which they were sent last. An entry is named by its slot, which stays the
 * same while it lives. Plain arrays, lent while something is outstanding; sending, acknowledging and SACK cost constant time an entry, but for a search by halves and, where
 * a block cuts an entry in two, the moving of numbers. What the marks mean is the variant's.
 */
public final class SendMap extends LossState {
    /** Entries of a new map. */
    public static final int LEAST = 32;

    /** Entries of the largest: a connection that has as many segments outstanding sends no further ones. */
    public static final int MOST = 1 << 14;

    /** Entries that stay free for cutting others in two. */
    public static final int RESERVE = 8;

    /** No slot. */
    public static final int NONE = -1;

    /** Of {@link #mark}: the peer has it. */
    public static final int SACKED = 1;

    /** Of {@link #mark}: taken to be lost, and not sent again since. */
    public static final int LOST = 2;

    /** Of {@link #mark}: it was lost before it was sent last. */
    public static final int RESENT = 4;

    private static final int[] NO_INTS = {};
    private static final long[] NO_LONGS = {};
    private static final byte[] NO_BYTES = {};

    /** Where the arrays come from, and go when nothing is outstanding: most connections have none at a time. On the connection's loop. */
    public interface Shelf {
        /** Room for so many entries, a power of two. */
        Room take(int entries);

        /** It is not used any more. */
        void giveBack(Room room);
    }

    /** Room for entries, between its uses in no map. */
    public static final class Room {
        private final int[] start;
        private final int[] end;
        private final long[] sentAt;
        private final int[] times;
        private final int[] weight;
        private final byte[] mark;
        private final int[] older;
        private final int[] newer;

        /** A permutation of all slots, whatever was done with it. */
        private final int[] order;

        /** Allocates. @param entries a power of two */
        public Room(final int entries) {
            start = new int[entries];
            end = new int[entries];
            sentAt = new long[entries];
            times = new int[entries];
            weight = new int[entries];
            mark = new byte[entries];
            older = new int[entries];
            newer = new int[entries];
            order = new int[entries];
            for (int i = 0; i < entries; i++) {
                order[i] = i;
            }
        }

        /** Entries that it is for. */
        public int entries() {
            return order.length;
        }
    }

    /** New arrays each time. */
    private static final Shelf NEW = new Shelf() {
        @Override
        public Room take(final int entries) {
            return new Room(entries);
        }

        @Override
        public void giveBack(final Room room) {
            // for the collector
        }
    };

    private final Shelf shelf;

    /** Null while there are no entries. */
    private Room room;

    /** First octet, by slot. */
    public int[] start = NO_INTS;

    /** First octet after it. */
    public int[] end = NO_INTS;

    /** When it was sent last, µs on {@link TcpHost#nowMicros}. */
    public long[] sentAt = NO_LONGS;

    /** How often it was sent. */
    public int[] times = NO_INTS;

    /** Segments that a SACKed entry stands for. */
    public int[] weight = NO_INTS;

    /** Bits above. */
    public byte[] mark = NO_BYTES;

    private int[] older = NO_INTS;
    private int[] newer = NO_INTS;

    /** Slots in the order of sequence numbers, a ring; behind them the free ones. */
    private int[] order = NO_INTS;

    private int first;
    private int count;
    private int oldest;
    private int newest;

    /** No entry below it is lost. */
    private int lostFrom;

    /** Bytes that the peer has beyond {@code sndUna}. */
    public int sackedBytes;

    /** Segments of {@link #sackedBytes}. */
    public int sackedSegments;

    /** Bytes taken to be lost and not sent again. */
    public int lostBytes;

    /** With arrays of its own, new ones each time: for tests. */
    public SendMap() {
        this(NEW);
    }

    /** An empty one. */
    public SendMap(final Shelf shelf) {
        this.shelf = shelf;
        clear();
    }

    /** Back to an empty one. */
    public void clear() {
        clearLossState();
        empty();
    }

    /** No entries; what is known of the path stays. */
    public void empty() {
        count = 0;
        oldest = NONE;
        newest = NONE;
        sackedBytes = 0;
        sackedSegments = 0;
        lostBytes = 0;
        if (room != null) {
            giveBack();
        }
    }

    private void giveBack() {
        final Room unused = room;
        room = null;
        start = NO_INTS;
        end = NO_INTS;
        sentAt = NO_LONGS;
        times = NO_INTS;
        weight = NO_INTS;
        mark = NO_BYTES;
        older = NO_INTS;
        newer = NO_INTS;
        order = NO_INTS;
        shelf.giveBack(unused);
    }

    private void use(final Room taken) {
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

    /** Entries that there is room for, or would be with the first. */
    public int capacity() {
        return room == null ? LEAST : room.entries();
    }

    public int count() {
        return count;
    }

    /** Whether an entry for new data finds room. */
    public boolean hasRoom() {
        return count < capacity() - RESERVE;
    }

    /** Twice the room. @return false: it is as large as one may be */
    public boolean grow() {
        final int old = capacity();
        if (old >= MOST) {
            return false;
        }
        final Room small = room;
        final Room large = shelf.take(2 * old);
        if (small == null) {
            use(large);
            return true;
        }
        System.arraycopy(start, 0, large.start, 0, old);
        System.arraycopy(end, 0, large.end, 0, old);
        System.arraycopy(sentAt, 0, large.sentAt, 0, old);
        System.arraycopy(times, 0, large.times, 0, old);
        System.arraycopy(weight, 0, large.weight, 0, old);
        System.arraycopy(mark, 0, large.mark, 0, old);
        System.arraycopy(older, 0, large.older, 0, old);
        System.arraycopy(newer, 0, large.newer, 0, old);
        for (int i = 0; i < old; i++) {
            large.order[i] = order[first + i & old - 1];
        }
        for (int i = old; i < 2 * old; i++) {
            large.order[i] = i;
        }
        use(large);
        shelf.giveBack(small);
        return true;
    }

    /** The slot of the entry at {@code index} in the order of sequence numbers. */
    public int slot(final int index) {
        return order[first + index & order.length - 1];
    }

    /** The slot in flight that was sent the longest ago. */
    public int oldest() {
        return oldest;
    }

    /** The slot in flight sent next after {@code slot}. */
    public int following(final int slot) {
        return newer[slot];
    }

    /** First octet that no entry covers; only where there is an entry. */
    public int limit() {
        return end[slot(count - 1)];
    }

    /** Bytes from the first to the last entry. */
    public int bytes() {
        return count == 0 ? 0 : limit() - start[slot(0)];
    }

    /** Bytes taken to be in the network (RFC 6675 §4, pipe). */
    public int inFlight() {
        return bytes() - sackedBytes - lostBytes;
    }

    /** Whether nothing is known to be lost or out of order, and no probe is out. */
    public boolean isQuiet() {
        return sackedBytes == 0 && lostBytes == 0 && !probeOut;
    }

    /** {@code [from, to)}, which continues the map, was sent. @return its slot; {@link #NONE}: no room */
    public int append(final int from, final int to, final long now) {
        if (room == null) {
            use(shelf.take(LEAST));
        } else if (count == order.length) {
            return NONE;
        }
        final int slot = order[first + count++ & order.length - 1];
        start[slot] = from;
        end[slot] = to;
        sentAt[slot] = now;
        times[slot] = 1;
        mark[slot] = 0;
        linkNewest(slot);
        return slot;
    }

    /** The index of the entry that covers {@code seq}, or the first beyond it; {@link #count()}: none. */
    public int find(final int seq) {
        int low = 0;
        int high = count;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (Seq.leq(end[slot(middle)], seq)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The index of the first entry that is lost; -1: none is. */
    public int firstLost() {
        if (lostBytes == 0) {
            return NONE;
        }
        int index = find(lostFrom);
        while ((mark[slot(index)] & LOST) == 0) {
            index++;
        }
        lostFrom = start[slot(index)];
        return index;
    }

    private void noteLost(final int slot) {
        if (lostBytes == 0 || Seq.lt(start[slot], lostFrom)) {
            lostFrom = start[slot];
        }
        lostBytes += end[slot] - start[slot];
    }

    /** Cuts the entry at {@code index} in two at {@code seq}, which lies within it. @return false: no room; one place stays for a FIN */
    public boolean split(final int index, final int seq) {
        if (count >= order.length - 1) {
            return false;
        }
        final int size = order.length;
        final int left = slot(index);
        final int right = order[first + count & size - 1];
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
        order[first + index + 1 & size - 1] = right;
        start[right] = seq;
        end[right] = end[left];
        end[left] = seq;
        sentAt[right] = sentAt[left];
        times[right] = times[left];
        mark[right] = mark[left];
        weight[right] = 0;
        if ((mark[left] & (SACKED | LOST)) == 0) {
            linkAfter(left, right);
        }
        return true;
    }

    /** Drops the first entry. */
    public void removeFirst() {
        final int slot = slot(0);
        forget(slot);
        first = first + 1 & order.length - 1;
        if (--count == 0) {
            giveBack();
        }
    }

    private void forget(final int slot) {
        final int length = end[slot] - start[slot];
        if ((mark[slot] & SACKED) != 0) {
            sackedBytes -= length;
            sackedSegments -= weight[slot];
        } else if ((mark[slot] & LOST) != 0) {
            lostBytes -= length;
        } else {
            unlink(slot);
        }
    }

    /** The first entry begins at {@code seq} from now on. */
    public void trimFirst(final int seq) {
        final int slot = slot(0);
        final int cut = seq - start[slot];
        if ((mark[slot] & SACKED) != 0) {
            sackedBytes -= cut;
        } else if ((mark[slot] & LOST) != 0) {
            lostBytes -= cut;
        }
        start[slot] = seq;
    }

    /** The peer has it. @param segments it stands for so many */
    public void sacked(final int slot, final int segments) {
        final int length = end[slot] - start[slot];
        if ((mark[slot] & LOST) != 0) {
            lostBytes -= length;
        } else {
            unlink(slot);
        }
        mark[slot] = (byte) (mark[slot] & ~LOST | SACKED);
        weight[slot] = segments;
        sackedBytes += length;
        sackedSegments += segments;
    }

    /** It is lost; it was in flight. */
    public void lost(final int slot) {
        unlink(slot);
        mark[slot] |= LOST;
        noteLost(slot);
    }

    /** It is sent again; it was lost, or in flight. */
    public void resent(final int slot, final long now) {
        if ((mark[slot] & LOST) != 0) {
            lostBytes -= end[slot] - start[slot];
            mark[slot] = (byte) (mark[slot] & ~LOST | RESENT);
        } else {
            unlink(slot);
        }
        times[slot]++;
        sentAt[slot] = now;
        linkNewest(slot);
    }

    /** It was taken to be lost, wrongly: it is in flight, as long as was known before. */
    public void found(final int slot) {
        mark[slot] &= ~LOST;
        lostBytes -= end[slot] - start[slot];
        int after = newest;
        while (after != NONE && sentAt[after] > sentAt[slot]) {
            after = older[after];
        }
        if (after == NONE) {
            linkOldest(slot);
        } else {
            linkAfter(after, slot);
        }
    }

    /** The peer has thrown away what it had reported (RFC 2018 §8): all of it is lost. */
    public void reneged() {
        for (int i = 0; i < count; i++) {
            final int slot = slot(i);
            if ((mark[slot] & SACKED) != 0) {
                mark[slot] = (byte) (mark[slot] & ~SACKED | LOST);
                noteLost(slot);
            }
        }
        sackedBytes = 0;
        sackedSegments = 0;
    }

    /** Joins the entries at {@code index} and behind it where both are SACKed, or both lost. @return whether they were */
    public boolean join(final int index) {
        if (index < 0 || index + 1 >= count) {
            return false;
        }
        final int left = slot(index);
        final int right = slot(index + 1);
        final int state = mark[left] & (SACKED | LOST);
        if (state == 0 || state != (mark[right] & (SACKED | LOST))) {
            return false;
        }
        end[left] = end[right];
        times[left] = Math.max(times[left], times[right]);
        mark[left] |= mark[right];
        if (state == SACKED) {
            weight[left] += weight[right];
        }
        final int size = order.length;
        for (int i = index + 1; i < count - 1; i++) {
            order[first + i & size - 1] = order[first + i + 1 & size - 1];
        }
        count--;
        order[first + count & size - 1] = right;
        return true;
    }

    private void linkNewest(final int slot) {
        older[slot] = newest;
        newer[slot] = NONE;
        if (newest == NONE) {
            oldest = slot;
        } else {
            newer[newest] = slot;
        }
        newest = slot;
    }

    private void linkOldest(final int slot) {
        newer[slot] = oldest;
        older[slot] = NONE;
        if (oldest == NONE) {
            newest = slot;
        } else {
            older[oldest] = slot;
        }
        oldest = slot;
    }

    private void linkAfter(final int before, final int slot) {
        final int after = newer[before];
        older[slot] = before;
        newer[slot] = after;
        newer[before] = slot;
        if (after == NONE) {
            newest = slot;
        } else {
            older[after] = slot;
        }
    }

    private void unlink(final int slot) {
        final int before = older[slot];
        final int after = newer[slot];
        if (before == NONE) {
            oldest = after;
        } else {
            newer[before] = after;
        }
        if (after == NONE) {
            newest = before;
        } else {
            older[after] = before;
        }
    }
}
