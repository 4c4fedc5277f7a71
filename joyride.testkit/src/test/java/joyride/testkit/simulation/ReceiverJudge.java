package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpFlags;

/**
 * Holds what a receiver of one stream sends against what came to it, segment by segment: each of its frames must be what RFC 9293, 5681, 2018, 7323, 3168 and 9768 ask of
 * one who has just taken some segment, none before one that was taken already. Numbers count from the peer's first.
 */
final class ReceiverJudge {
    /** An acknowledgement that is due may wait for the rest of a burst, ns. */
    private static final long BURST_NANOS = 200_000;

    /** RFC 1122 §4.2.3.2: half a second at most; a FreeBSD waits 40 ms. */
    private static final long DELAYED_NANOS = 50_000_000;

    /** RFC 9768 §3.2.2.5.1: CE marks that one acknowledgement may tell of at most. */
    private static final int MOST_MARKS = 6;

    private final List<WireSegment> arrivals;
    private final boolean accurate;
    private final Map<Integer, Integer> ranges = new TreeMap<>();
    private final List<Integer> progress = new ArrayList<>();
    private final int first;
    private int taken;
    private int next;
    private int last = -1;
    private boolean ended;
    private int stamp;
    /** RFC 7323 takes that of what came twice, too; a FreeBSD that of what the last acknowledgement lies in. */
    private int mayStamp;

    private int lastAck;
    private int marks;
    private int marksTold;
    private boolean echo;
    private WireSegment newest;
    private boolean atOnce;
    private boolean answered;
    private boolean cameBefore;
    private int edge;
    private int shift;
    private int outOfOrder;

    /** @param arrivals by the time they came @param accurate whether both ends speak Accurate ECN */
    ReceiverJudge(final List<WireSegment> arrivals, final boolean accurate) {
        this.arrivals = arrivals;
        this.accurate = accurate;
        first = arrivals.getFirst().seq();
    }

    /** @param replies in the order they were sent in @return segments that came out of order */
    int judge(final List<WireSegment> replies) {
        for (final WireSegment reply : replies) {
            judge(reply);
        }
        assertTrue(ended, "the end was not acknowledged");
        judgeTimes(replies);
        return outOfOrder;
    }

    private void judge(final WireSegment reply) {
        int came = taken;
        while (came < arrivals.size() && arrivals.get(came).arrived() <= reply.sent()) {
            came++;
        }
        final int from = taken;
        String why = null;
        // What was answered is not answered again while there is something new.
        if (taken == 0 || answered && taken < came) {
            take();
        }
        while ((why = mismatch(reply)) != null) {
            assertTrue(
                    taken < came,
                    () -> reply + " answers none of " + arrivals.subList(Math.max(from - 1, 0), taken) + ": "
                            + mismatch(reply));
            take();
        }
        assertEquals(null, why);
        final int now = edgeOf(reply);
        // The field may round down by less than its unit (RFC 7323 §2.4).
        assertTrue(now > edge - (1 << shift), () -> "the window shrinks by " + (edge - now) + ": " + reply);
        edge = Math.max(edge, now);
        if ((reply.flags() & TcpFlags.SYN) != 0) {
            shift = reply.windowShift();
        }
        assertTrue(
                !accurate || marks - marksTold <= MOST_MARKS, () -> (marks - marksTold) + " marks at once: " + reply);
        marksTold = marks;
        stamp = reply.hasStamp() ? reply.stampEcho() : 0;
        mayStamp = stamp;
        lastAck = reply.ack() - first;
        atOnce = false;
        answered = true;
    }

    private int edgeOf(final WireSegment reply) {
        return reply.ack() - first + (reply.window() << shift);
    }

    /** Takes the next segment that came. */
    private void take() {
        takeOne();
        progress.add(next);
    }

    private void takeOne() {
        assertTrue(!atOnce, () -> "not acknowledged for itself: " + newest);
        answered = false;
        newest = arrivals.get(taken++);
        final WireSegment segment = newest;
        final int from = segment.seq() - first;
        final int end = from + segment.payload() + ((segment.flags() & TcpFlags.SYN) != 0 ? 1 : 0);
        if ((segment.flags() & TcpFlags.FIN) != 0) {
            last = end;
        }
        echo &= (segment.flags() & TcpFlags.CWR) == 0;
        echo |= segment.marked();
        marks += segment.marked() ? 1 : 0;
        if (taken > 1 && segment.hasStamp() && Seq.lt(segment.stamp(), stamp)) {
            atOnce = true;
            return;
        }
        if (segment.hasStamp() && from <= lastAck) {
            if (end >= lastAck) {
                stamp = segment.stamp();
            }
            mayStamp = segment.stamp();
        }
        cameBefore = false;
        if (segment.sequenceLength() == 0) {
            return;
        }
        cameBefore = from < next || ranges.entrySet().stream().anyMatch(r -> r.getKey() < end && r.getValue() > from);
        atOnce = from != next || !ranges.isEmpty();
        outOfOrder += from > next ? 1 : 0;
        if (end > next) {
            add(Math.max(from, next), end);
        }
        final Integer to = ranges.remove(next);
        if (to != null) {
            next = to;
        }
        if (next == last && !ended) {
            ended = true;
            next++;
        }
    }

    private void add(final int from, final int end) {
        int low = from;
        int high = end;
        for (final Map.Entry<Integer, Integer> range : List.copyOf(ranges.entrySet())) {
            if (range.getKey() <= high && range.getValue() >= low) {
                low = Math.min(low, range.getKey());
                high = Math.max(high, range.getValue());
                ranges.remove(range.getKey());
            }
        }
        ranges.put(low, high);
    }

    /** Why the frame is none that one sends who took {@link #newest} last; null: it may be. */
    private String mismatch(final WireSegment reply) {
        final int ack = reply.ack() - first;
        final boolean syn = (reply.flags() & TcpFlags.SYN) != 0;
        if (ack != next) {
            return "acknowledges " + ack + " of " + next;
        }
        if (reply.hasStamp() != newest.hasStamp()
                || reply.hasStamp() && reply.stampEcho() != stamp && reply.stampEcho() != mayStamp) {
            return "echoes " + reply.stampEcho() + ", not " + stamp;
        }
        if (accurate && !syn && reply.ace() != (5 + marks & 7)) {
            return "counts " + reply.ace() + " marks, not " + (5 + marks);
        }
        if (!accurate && !syn && ((reply.flags() & TcpFlags.ECE) != 0) != echo) {
            return echo ? "does not echo the mark" : "echoes no mark";
        }
        return sackMismatch(reply);
    }

    private String sackMismatch(final WireSegment reply) {
        final int[] edges = reply.sackEdges();
        final List<int[]> blocks = new ArrayList<>();
        for (int i = 0; i < edges.length; i += 2) {
            blocks.add(new int[] {edges[i] - first, edges[i + 1] - first});
        }
        if (!blocks.isEmpty() && isDuplicate(blocks)) {
            final int[] twice = blocks.removeFirst();
            final int from = newest.seq() - first;
            if (!cameBefore || twice[0] < from || twice[1] > from + newest.sequenceLength()) {
                return "tells of a duplicate that did not come";
            }
        }
        for (final int[] block : blocks) {
            if (!Integer.valueOf(block[1]).equals(ranges.get(block[0]))) {
                return "has a block " + block[0] + ".." + block[1] + " beside " + ranges;
            }
        }
        if (blocks.isEmpty() != ranges.isEmpty()) {
            return "tells nothing of " + ranges;
        }
        final int at = newest.seq() - first;
        return atOnce && at > next && !(blocks.getFirst()[0] <= at && at < blocks.getFirst()[1])
                ? "tells of the segment that came not first"
                : null;
    }

    /** RFC 2883 §4: the first block lies below the acknowledgement, or within the second. */
    private boolean isDuplicate(final List<int[]> blocks) {
        final int[] block = blocks.getFirst();
        return block[0] < next || blocks.size() > 1 && block[0] >= blocks.get(1)[0] && block[1] <= blocks.get(1)[1];
    }

    /** RFC 5681 §4.2: at once for two full segments, which may be those of a burst, and soon for less. */
    private void judgeTimes(final List<WireSegment> replies) {
        int full = 0;
        for (final WireSegment segment : arrivals) {
            full = Math.max(full, segment.payload());
        }
        int told = 0;
        for (int i = 0; i < taken; i++) {
            final WireSegment segment = arrivals.get(i);
            final int came = progress.get(i);
            while (told < replies.size() && replies.get(told).ack() - first < came) {
                told++;
            }
            assertTrue(told < replies.size(), () -> "never acknowledged: " + segment);
            final long waited = replies.get(told).sent() - segment.arrived();
            assertTrue(waited <= DELAYED_NANOS, () -> "acknowledged after " + waited + " ns: " + segment);
            int soon = 0;
            while (soon < replies.size() && replies.get(soon).ack() - first <= came - 2 * full) {
                soon++;
            }
            final long late = replies.get(soon).sent() - segment.arrived();
            assertTrue(late <= BURST_NANOS, () -> "two segments wait for " + late + " ns: " + segment);
        }
    }
}
