package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;

/** The SACK blocks of an acknowledgement that say something (RFC 2018 §4, RFC 2883 §4). */
public final class SackBlocks {
    private SackBlocks() {}

    /** Sorts the acceptable blocks to the front; a duplicate report (RFC 2883 §4) is counted and left out. @return how many */
    public static int sort(final TcpControlBlock tcb, final TcpSegment segment, final int una) {
        final int[] start = segment.sackStart;
        final int[] end = segment.sackEnd;
        tcb.host.count(TcpCounter.SACK_RCV_BLOCKS, segment.sackCount);
        int first = 0;
        if (duplicateReport(segment, una)) {
            tcb.dsackPackets++;
            tcb.host.count(TcpCounter.DSACK_RECVD);
            first = 1;
        }
        int count = 0;
        for (int i = first; i < segment.sackCount; i++) {
            final int from = start[i];
            final int to = end[i];
            if (Seq.geq(from, to) || Seq.leq(from, una) || Seq.gt(to, tcb.sndMax)) {
                continue;
            }
            int at = count++;
            while (at > 0 && Seq.gt(start[at - 1], from)) {
                start[at] = start[at - 1];
                end[at] = end[at - 1];
                at--;
            }
            start[at] = from;
            end[at] = to;
        }
        segment.sackCount = count;
        return count;
    }

    /** Whether the first block reports a duplicate: it lies below the acknowledgement, or within the second. */
    public static boolean duplicateReport(final TcpSegment segment, final int una) {
        final int from = segment.sackStart[0];
        final int to = segment.sackEnd[0];
        return Seq.leq(to, una)
                || segment.sackCount > 1 && Seq.geq(from, segment.sackStart[1]) && Seq.leq(to, segment.sackEnd[1]);
    }
}
