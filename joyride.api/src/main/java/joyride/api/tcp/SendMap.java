package joyride.api.tcp;

/**
 * A sender's account of every segment that is not acknowledged (RFC 8985 §5.1), for variants that tell loss by time. It belongs to the connection, so
 * that it outlives the variant's bundle, and any newcomer can read it. Entries are contiguous from {@code sndUna} on and ordered by
 * sequence number; those in flight are also linked in the order in which they were sent last. An entry is named by its slot, which stays the
 * same while it lives. Plain arrays, lent while something is outstanding; sending, acknowledging and SACK cost constant time an entry, but for a search by halves and, where
 * a block cuts an entry in two, the moving of numbers. What the marks mean is the variant's.
 */
public final class SendMap extends SendMapEntries {
    /** Of {@link #mark}: the peer has it. */
    public static final int SACKED = 1;

    /** Of {@link #mark}: taken to be lost, and not sent again since. */
    public static final int LOST = 2;

    /** Of {@link #mark}: it was lost before it was sent last. */
    public static final int RESENT = 4;

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
        this(SendMapRoom.NEW);
    }

    /** An empty one. */
    public SendMap(final SendMapRoom.Shelf shelf) {
        super(shelf);
        clear();
    }

    /** Back to an empty one. */
    public void clear() {
        clearLossState();
        empty();
    }

    /** No entries; what is known of the path stays. */
    public void empty() {
        oldest = NONE;
        newest = NONE;
        sackedBytes = 0;
        sackedSegments = 0;
        lostBytes = 0;
        removeAll();
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
        return end[slot(count() - 1)];
    }

    /** Bytes from the first to the last entry. */
    public int bytes() {
        return count() == 0 ? 0 : limit() - start[slot(0)];
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
        final int slot = add();
        if (slot == NONE) {
            return NONE;
        }
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
        int high = count();
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
        final int left = slot(index);
        final int right = insertBehind(index);
        if (right == NONE) {
            return false;
        }
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
        dropFirst();
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
        for (int i = 0; i < count(); i++) {
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
        if (index < 0 || index + 1 >= count()) {
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
        drop(index + 1);
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
