package joyride.tcp.base;

import joyride.api.tcp.ReassemblyQueue;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;

/** The receiver's side of SACK: which blocks to report, newest first (RFC 2018 §4), duplicates before them (RFC 2883). */
public final class SackOptions {
    private static final int MAX_OPTIONS = 40;

    private SackOptions() {}

    /** {@code [from, to)} arrived a second time. */
    public static void duplicate(final TcpControlBlock tcb, final int from, final int to) {
        if (tcb.is(TcpControlBlock.SACK_PERMIT) && Seq.lt(from, to)) {
            tcb.dsackStart = from;
            tcb.dsackEnd = to;
        }
    }

    /** Data beginning at {@code from} lies in the reassembly queue: the range that holds it comes first from now on. */
    public static void arrived(final TcpControlBlock tcb, final int from) {
        final ReassemblyQueue queue = tcb.reassembly;
        final int at = queue.find(from + 1);
        if (at < queue.count && Seq.leq(queue.start[at], from)) {
            insert(tcb, queue.start[at], queue.end[at]);
        }
    }

    private static void insert(final TcpControlBlock tcb, final int from, final int to) {
        final int[] start = tcb.reassembly.sackStart;
        final int[] end = tcb.reassembly.sackEnd;
        int kept = 0;
        for (int i = 0; i < tcb.rcvSackCount; i++) {
            if (Seq.lt(end[i], from) || Seq.gt(start[i], to)) {
                start[kept] = start[i];
                end[kept++] = end[i];
            }
        }
        kept = Math.min(kept, ReassemblyQueue.SACK_BLOCKS - 1);
        System.arraycopy(start, 0, start, 1, kept);
        System.arraycopy(end, 0, end, 1, kept);
        start[0] = from;
        end[0] = to;
        tcb.rcvSackCount = kept + 1;
    }

    /** {@code rcvNxt} moved: blocks below it are gone. */
    public static void advanced(final TcpControlBlock tcb) {
        final ReassemblyQueue queue = tcb.reassembly;
        int kept = 0;
        for (int i = 0; i < tcb.rcvSackCount; i++) {
            if (Seq.gt(queue.sackStart[i], tcb.rcvNxt)) {
                queue.sackStart[kept] = queue.sackStart[i];
                queue.sackEnd[kept++] = queue.sackEnd[i];
            }
        }
        tcb.rcvSackCount = kept;
    }

    public static boolean pending(final TcpControlBlock tcb) {
        return tcb.rcvSackCount > 0 || tcb.dsackStart != tcb.dsackEnd;
    }

    /** Blocks that go into a segment beside the other options. */
    public static int count(final TcpControlBlock tcb) {
        if (!tcb.is(TcpControlBlock.SACK_PERMIT)) {
            return 0;
        }
        final int blocks = tcb.rcvSackCount + (tcb.dsackStart != tcb.dsackEnd ? 1 : 0);
        return Math.min(blocks, room(tcb));
    }

    /** Blocks for which there is room beside timestamp and digest. */
    private static int room(final TcpControlBlock tcb) {
        return Math.min((MAX_OPTIONS - 4 - tcb.plainOptionLength()) / 8, TcpSegment.SACK_BLOCKS);
    }

    public static void write(final TcpControlBlock tcb, final TcpOutput output) {
        final int count = count(tcb);
        int at = 0;
        if (count > 0 && tcb.dsackStart != tcb.dsackEnd) {
            output.sackStart[0] = tcb.dsackStart;
            output.sackEnd[0] = tcb.dsackEnd;
            at = 1;
        }
        for (int i = 0; at < count; i++) {
            output.sackStart[at] = tcb.reassembly.sackStart[i];
            output.sackEnd[at++] = tcb.reassembly.sackEnd[i];
        }
        output.sackCount = count;
    }

    /** The segment with the blocks went out: a duplicate is reported once. */
    public static void sent(final TcpControlBlock tcb, final int count) {
        tcb.host.count(TcpCounter.SACK_SEND_BLOCKS, count);
        if (tcb.dsackStart != tcb.dsackEnd) {
            tcb.host.count(TcpCounter.DSACK_SENT);
            tcb.dsackStart = tcb.dsackEnd;
        }
    }
}
