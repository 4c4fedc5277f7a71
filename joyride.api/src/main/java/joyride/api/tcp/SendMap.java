package joyride.api.tcp;

import java.util.Arrays;

/**
 * A sender's account of every segment that is not acknowledged (RFC 8985 §5.1), for variants that tell loss by time. It belongs to the connection, so
 * that it outlives the variant's bundle, and any newcomer can read it. Entries are contiguous from {@code sndUna} on and ordered by
 * sequence number; those in flight are also linked in the order in which they were sent last. An entry is named by its slot, which stays the
 * same while it lives. Plain arrays, so that it can be pooled; sending, acknowledging and SACK cost constant time an entry, but for a search by halves and, where
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

    /** First octet, by slot. */
    public int[] start = new int[LEAST];

    /** First octet after it. */
    public int[] end = new int[LEAST];

    /** When it was sent last, µs on {@link TcpHost#nowMicros}. */
    public long[] sentAt = new long[LEAST];

    /** How often it was sent. */
    public int[] times = new int[LEAST];

    /** Segments that a SACKed entry stands for. */
    public int[] weight = new int[LEAST];

    /** Bits above. */
    public byte[] mark = new byte[LEAST];

    private int[] older = new int[LEAST];
    private int[] newer = new int[LEAST];

    /** Slots in the order of sequence numbers, a ring; behind them the free ones. */
    private int[] order = new int[LEAST];

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

    public SendMap() {
        clear();
    }

    /** Back to an empty one. */
    public void clear() {
        clearLossState();
        empty();
    }

    /** No entries; what is known of the path stays. */
    public void empty() {
        first = 0;
        count = 0;
        oldest = NONE;
        newest = NONE;
        sackedBytes = 0;
        sackedSegments = 0;
        lostBytes = 0;
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
    }

    public int capacity() {
        return order.length;
    }

    public int count() {
        return count;
    }

    /** Whether an entry for new data finds room. */
    public boolean hasRoom() {
        return count < order.length - RESERVE;
    }

    /** Twice the room; allocates. @return false: it is as large as one may be */
    public boolean grow() {
        final int old = order.length;
        if (old >= MOST) {
            return false;
        }
        final int size = 2 * old;
        final int[] straight = new int[size];
        for (int i = 0; i < old; i++) {
            straight[i] = order[first + i & old - 1];
        }
        for (int i = old; i < size; i++) {
            straight[i] = i;
        }
        order = straight;
        first = 0;
        start = Arrays.copyOf(start, size);
        end = Arrays.copyOf(end, size);
        sentAt = Arrays.copyOf(sentAt, size);
        times = Arrays.copyOf(times, size);
        weight = Arrays.copyOf(weight, size);
        mark = Arrays.copyOf(mark, size);
        older = Arrays.copyOf(older, size);
        newer = Arrays.copyOf(newer, size);
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
        if (count == order.length) {
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
        count--;
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
