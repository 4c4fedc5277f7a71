package joyride.tcp.base;

import joyride.api.counters.DropReason;
import joyride.api.tcp.ReassemblyQueue;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;

/** Data beyond a gap: written in place into the receive ring, remembered as ranges (RFC 9293 §3.10.7.4). */
public final class Reassembly {
    private Reassembly() {}

    /** Keeps a segment that lies in the window beyond {@code rcvNxt}. */
    public static void keep(final TcpControlBlock tcb, final TcpSegment segment) {
        final int from = segment.seq;
        final int to = from + segment.length;
        tcb.oooPackets++;
        tcb.host.count(TcpCounter.RCVOOPACK);
        tcb.host.count(TcpCounter.RCVOOBYTE, segment.length);
        if (tcb.receiveClosed || tcb.reassembly == null && !tcb.host.acquireReassembly(tcb)) {
            refuse(tcb);
            return;
        }
        final ReassemblyQueue queue = tcb.reassembly;
        if (segment.length > 0) {
            reportOverlap(tcb, queue, from, to);
            if (!add(tcb, queue, from, to)) {
                refuse(tcb);
                release(tcb);
                return;
            }
            segment.copyTo(tcb.receiveRing, tcb.rcvNxtPosition + (from - tcb.rcvNxt), 0, segment.length);
            if (tcb.is(TcpControlBlock.SACK_PERMIT)) {
                SackOptions.arrived(tcb, from);
            }
        }
        if ((segment.flags & TcpFlags.FIN) != 0) {
            queue.fin = true;
            queue.finSeq = to;
        }
    }

    private static boolean add(final TcpControlBlock tcb, final ReassemblyQueue queue, final int from, final int to) {
        final int before = queue.count;
        if (before >= tcb.host.tunables().reassMaxQueueLen && !touches(queue, from, to)) {
            return false;
        }
        return queue.add(from, to);
    }

    private static boolean touches(final ReassemblyQueue queue, final int from, final int to) {
        final int at = queue.find(from);
        return at < queue.count && Seq.leq(queue.start[at], to);
    }

    private static void reportOverlap(
            final TcpControlBlock tcb, final ReassemblyQueue queue, final int from, final int to) {
        for (int i = queue.find(from); i < queue.count && Seq.lt(queue.start[i], to); i++) {
            final int low = Seq.max(queue.start[i], from);
            final int high = Seq.min(queue.end[i], to);
            if (Seq.lt(low, high)) {
                tcb.host.count(TcpCounter.RCVDUPBYTE, high - low);
                SackOptions.duplicate(tcb, low, high);
                return;
            }
        }
    }

    private static void refuse(final TcpControlBlock tcb) {
        tcb.host.count(TcpCounter.RCVREASSFULL);
        tcb.host.drop(DropReason.TCP_REASSEMBLY);
    }

    /**
     * Joins a segment taken in order with what waited behind it.
     *
     * @return where the contiguous run ends
     */
    public static int join(final TcpControlBlock tcb, final TcpSegment segment) {
        final ReassemblyQueue queue = tcb.reassembly;
        final int to = segment.seq + segment.length;
        if (tcb.dsackStart == tcb.dsackEnd) {
            reportOverlap(tcb, queue, segment.seq, to);
        }
        final int next = queue.advance(to);
        release(tcb);
        return next;
    }

    /** Whether the FIN that waited is next. */
    public static boolean finReached(final TcpControlBlock tcb) {
        final ReassemblyQueue queue = tcb.reassembly;
        return queue != null && queue.fin && queue.finSeq == tcb.rcvNxt;
    }

    /** Gives the queue back when nothing is in it. */
    public static void release(final TcpControlBlock tcb) {
        final ReassemblyQueue queue = tcb.reassembly;
        if (queue != null && queue.count == 0 && !queue.fin) {
            tcb.host.releaseReassembly(tcb);
        }
    }
}
