package joyride.api.tcp;

/**
 * The sender's SACK scoreboard (RFC 2018 §5, RFC 6675): what lies between {@code snd_una} and the highest sequence number
 * SACKed, as ordered holes. Plain arrays so that it can be pooled; the algorithms are the variant's.
 */
public final class SackScoreboard {
    /** net.inet.tcp.sack.maxholes. */
    public static final int MAX_HOLES = 128;

    /** First octet of the hole. */
    public final int[] start = new int[MAX_HOLES];

    /** First octet after the hole. */
    public final int[] end = new int[MAX_HOLES];

    /** Next octet of the hole to retransmit: {@code start <= rxmit <= end}. */
    public final int[] rxmit = new int[MAX_HOLES];

    /** {@code sndMax} when the hole was retransmitted last: a SACK beyond it shows that the retransmission was lost. */
    public final int[] sentAt = new int[MAX_HOLES];

    /** Holes in use. */
    public int count;

    /** Bytes that were retransmitted and are still in holes. */
    public int rexmitBytes;

    /** Bytes SACKed. */
    public int sackedBytes;

    /** Bytes of holes that count as lost, retransmitted or not (RFC 6675 §4, IsLost). */
    public int lostBytes;

    /** Holes below this index count as lost. */
    public int lostHoles;

    /** Holes of all boards that draw on one {@code net.inet.tcp.sack.globalmaxholes}. */
    public static final class HoleCount {
        private int holes;

        public int holes() {
            return holes;
        }
    }

    private HoleCount all = new HoleCount();

    /** Counts its holes, it has none yet, with those of others. */
    public void countWith(final HoleCount others) {
        all = others;
    }

    /** Whether there may be one more. */
    public boolean hasRoom(final int most, final int mostOfAll) {
        return count < most && all.holes < mostOfAll;
    }

    /** {@code sndMax} when recovery began: whatever was sent again since was sent later than all below it. */
    public int begunAt;

    /** Whether {@link #begunAt} is known. */
    public boolean begun;

    /** Bytes that were sent again, and have arrived, in this recovery. */
    public int againDelivered;

    /** Whether what was sent before recovery began, and has not arrived, counts as lost. */
    public boolean overtaken;

    /** Whether this recovery had its rescue retransmission (RFC 6675 §4, NextSeg rule 4). */
    public boolean rescued;

    public void clear() {
        all.holes -= count;
        count = 0;
        rexmitBytes = 0;
        sackedBytes = 0;
        lostBytes = 0;
        lostHoles = 0;
        rescued = false;
        begun = false;
        againDelivered = 0;
        overtaken = false;
    }

    /** Opens a place at {@code index}; false when full. */
    public boolean insert(final int index, final int from, final int to, final int rexmitted, final int sent) {
        if (count == MAX_HOLES) {
            return false;
        }
        final int moved = count - index;
        System.arraycopy(start, index, start, index + 1, moved);
        System.arraycopy(end, index, end, index + 1, moved);
        System.arraycopy(rxmit, index, rxmit, index + 1, moved);
        System.arraycopy(sentAt, index, sentAt, index + 1, moved);
        start[index] = from;
        end[index] = to;
        rxmit[index] = rexmitted;
        sentAt[index] = sent;
        count++;
        all.holes++;
        return true;
    }

    public void remove(final int index) {
        final int moved = count - index - 1;
        System.arraycopy(start, index + 1, start, index, moved);
        System.arraycopy(end, index + 1, end, index, moved);
        System.arraycopy(rxmit, index + 1, rxmit, index, moved);
        System.arraycopy(sentAt, index + 1, sentAt, index, moved);
        count--;
        all.holes--;
    }
}
