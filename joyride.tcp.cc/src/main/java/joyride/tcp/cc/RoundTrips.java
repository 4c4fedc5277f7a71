package joyride.tcp.cc;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;

/**
 * What delay-based congestion controls know of a path's round trips: the job of FreeBSD's h_ertt(4). Times in µs. The base of the state
 * of each of them.
 *
 * <p>The variant's samples may be as coarse as its timestamps' ticks. So it is noted when the next byte to be sent will be the one after
 * {@code sndMax}, here and there in the window, and how long that byte's acknowledgement takes: exact where acknowledgements clock
 * the sender, too long where it has nothing to send, so that the shorter of both counts. Some acknowledgements wait at the peer: of
 * one segment where it usually waits for two, until a timer ends that; of two, where the sender paused between them. The first kind is left
 * out, and of two samples in a row the shorter counts: what the queue does to one it does to its neighbours.
 */
class RoundTrips {
    /** Marks in a window. */
    private static final int MARKS = 16;

    /** The last round-trip time; 0: none yet. */
    int latest;

    /** Least of the connection. */
    int least;

    /** Largest of the connection. */
    int most;

    /** Least of the round in progress or, once {@link #acknowledged} said so, just ended; {@link Integer#MAX_VALUE}: none. */
    int roundLeast;

    /** Largest of that round; 0: none. */
    int roundMost;

    /** cwnd when the round that ended began. */
    int roundWindow;

    /** Bytes sent for the first time in the round that ended. */
    int roundBytes;

    private boolean open;
    private int roundMark;
    private int markedWindow;
    private boolean ended;

    /** The variant's sample for the acknowledgement in hand; 0: none. */
    private int coarse;

    /** Most that one acknowledgement acknowledged in this round and in the last, bytes. */
    private int span;

    private int lastSpan;

    /** The last sample as it was; 0: none yet. */
    private int neighbour;

    private final int[] markSequence = new int[MARKS];
    private final int[] markTime = new int[MARKS];
    private int firstMark;
    private int markCount;

    RoundTrips() {
        clear();
    }

    void clear() {
        latest = 0;
        least = Integer.MAX_VALUE;
        most = 0;
        roundLeast = Integer.MAX_VALUE;
        roundMost = 0;
        roundWindow = 0;
        roundBytes = 0;
        open = false;
        roundMark = 0;
        markedWindow = 0;
        ended = false;
        coarse = 0;
        span = 0;
        lastSpan = 0;
        neighbour = 0;
        firstMark = 0;
        markCount = 0;
    }

    /** The variant measured, for the acknowledgement that is about to be told of. */
    final void measured(final int micros) {
        coarse = micros;
    }

    /** New data is acknowledged. @return whether that ends a round trip in which there was a sample */
    final boolean acknowledged(final TcpControlBlock tcb) {
        final int edge = tcb.sndUna + tcb.ccBytesThisAck;
        final int now = (int) tcb.host.nowMicros();
        final int fine = passMarks(edge, now);
        mark(tcb, now);
        span = Math.max(span, tcb.ccBytesThisAck);
        final int two = 2 * tcb.segmentSize();
        // In recovery the sender pauses, and with it the peer's next acknowledgement.
        if (coarse > 0
                && !tcb.is(TcpControlBlock.RECOVERY)
                && (tcb.ccBytesThisAck >= two || Math.max(span, lastSpan) < two)) {
            take(Math.min(coarse, fine));
        }
        coarse = 0;
        if (open && !Seq.gt(edge, roundMark)) {
            return false;
        }
        final boolean complete = open && roundMost > 0 && !ended;
        if (complete) {
            roundWindow = markedWindow;
            roundBytes = tcb.sndMax - roundMark;
            ended = true;
        }
        open = true;
        roundMark = tcb.sndMax;
        markedWindow = tcb.sndCwnd;
        lastSpan = span;
        span = 0;
        return complete;
    }

    /** @return the time since the last mark that is acknowledged now; {@link Integer#MAX_VALUE}: none is */
    private int passMarks(final int edge, final int now) {
        int fine = Integer.MAX_VALUE;
        while (markCount > 0 && Seq.gt(edge, markSequence[firstMark])) {
            fine = Math.max(now - markTime[firstMark], 1);
            firstMark = (firstMark + 1) % MARKS;
            markCount--;
        }
        return fine;
    }

    private void mark(final TcpControlBlock tcb, final int now) {
        final int next = tcb.sndMax;
        if (markCount > 0) {
            final int last = (firstMark + markCount - 1) % MARKS;
            if (markSequence[last] == next) {
                markTime[last] = now; // not sent yet
                return;
            }
            if (markCount == MARKS || next - markSequence[last] < tcb.sndCwnd / MARKS) {
                return;
            }
        }
        final int at = (firstMark + markCount++) % MARKS;
        markSequence[at] = next;
        markTime[at] = now;
    }

    private void take(final int sample) {
        final int micros = neighbour == 0 ? sample : Math.min(sample, neighbour);
        neighbour = sample;
        if (ended) {
            ended = false;
            roundLeast = Integer.MAX_VALUE;
            roundMost = 0;
        }
        latest = micros;
        least = Math.min(least, micros);
        most = Math.max(most, micros);
        roundLeast = Math.min(roundLeast, micros);
        roundMost = Math.max(roundMost, micros);
    }

    /** Time in the queue now, by the last sample, µs. */
    final int queueing() {
        return latest == 0 ? 0 : latest - least;
    }
}
