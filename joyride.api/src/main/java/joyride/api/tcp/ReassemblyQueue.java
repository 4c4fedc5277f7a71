package joyride.api.tcp;

import java.util.Arrays;

/**
 * What arrived out of order: ordered, disjoint ranges of sequence numbers whose octets already lie in the receive ring at
 * their stream positions (RFC 9293 §3.10.7.4). Plain arrays so that it can be pooled.
 */
public final class ReassemblyQueue {
    /** net.inet.tcp.reass.maxqueuelen at most: every other segment of the largest window missing. */
    public static final int MAX_RANGES = 4096;

    private static final int FIRST_RANGES = 32;

    /** SACK blocks kept for the peer: MAX_SACK_BLKS. */
    public static final int SACK_BLOCKS = 6;

    public int[] start = new int[FIRST_RANGES];
    public int[] end = new int[FIRST_RANGES];
    public int count;

    /** SACK blocks for the peer, newest first (RFC 2018 §4); {@link TcpControlBlock#rcvSackCount} are valid. */
    public final int[] sackStart = new int[SACK_BLOCKS];

    public final int[] sackEnd = new int[SACK_BLOCKS];

    /** Whether a FIN arrived beyond a gap, and its sequence number. */
    public boolean fin;

    public int finSeq;

    /** Empty again, and as small as it began. */
    public void clear() {
        count = 0;
        fin = false;
        if (start.length > FIRST_RANGES) {
            start = new int[FIRST_RANGES];
            end = new int[FIRST_RANGES];
        }
    }

    /** The first range that ends at or beyond {@code seq}; {@link #count}: none does. */
    public int find(final int seq) {
        int low = 0;
        int high = count;
        while (low < high) {
            final int middle = low + high >>> 1;
            if (Seq.lt(end[middle], seq)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private boolean makeRoom() {
        if (count == MAX_RANGES) {
            return false;
        }
        if (count == start.length) {
            start = Arrays.copyOf(start, 2 * count);
            end = Arrays.copyOf(end, 2 * count);
        }
        return true;
    }

    /** Adds {@code [from, to)}, merged with what touches it; false, and nothing changed, when full. */
    public boolean add(final int from, final int to) {
        final int first = find(from);
        int last = first;
        int low = from;
        int high = to;
        while (last < count && Seq.leq(start[last], to)) {
            low = Seq.min(low, start[last]);
            high = Seq.max(high, end[last]);
            last++;
        }
        if (first == last) {
            if (!makeRoom()) {
                return false;
            }
            System.arraycopy(start, first, start, first + 1, count - first);
            System.arraycopy(end, first, end, first + 1, count - first);
            count++;
        } else if (last - first > 1) {
            System.arraycopy(start, last, start, first + 1, count - last);
            System.arraycopy(end, last, end, first + 1, count - last);
            count -= last - first - 1;
        }
        start[first] = low;
        end[first] = high;
        return true;
    }

    /** Removes ranges that begin at or before {@code next} and returns where the contiguous run ends. */
    public int advance(final int next) {
        int run = next;
        int taken = 0;
        while (taken < count && Seq.leq(start[taken], run)) {
            run = Seq.max(run, end[taken]);
            taken++;
        }
        if (taken > 0) {
            System.arraycopy(start, taken, start, 0, count - taken);
            System.arraycopy(end, taken, end, 0, count - taken);
            count -= taken;
        }
        return run;
    }
}
