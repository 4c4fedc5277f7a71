package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpSegment;

/**
 * Header prediction: in ESTABLISHED, with nothing lost or out of order, a segment that is next in sequence and acknowledges what
 * may be acknowledged needs none of the checks. What it does equals what the long way would do.
 */
public final class FastPath {
    private static final int PREDICTED_MASK =
            TcpFlags.SYN | TcpFlags.FIN | TcpFlags.RST | TcpFlags.URG | TcpFlags.ACK | TcpFlags.ECN;

    private static final int NOT_PREDICTED = TcpControlBlock.NEEDFIN
            | TcpControlBlock.RECOVERY
            | TcpControlBlock.ECN_PERMIT
            | TcpControlBlock.ACE_PERMIT;

    private FastPath() {}

    /** @return whether the segment was as predicted, and is dealt with */
    public static boolean take(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        if (segment.seq != tcb.rcvNxt
                || (segment.flags & PREDICTED_MASK) != TcpFlags.ACK
                || segment.window == 0
                || (tcb.flags & NOT_PREDICTED) != 0
                || !tcp.undisturbed(tcb)
                || segment.sackCount != 0
                || tcb.reassembly != null
                || tcb.receiveClosed
                || tcb.rxtShift != 0) {
            return false;
        }
        final int ack = segment.ack;
        final int acked = ack - tcb.sndUna;
        if (acked < 0 || Seq.gt(ack, tcb.sndMax) || segment.length > tcb.rcvAdv - tcb.rcvNxt) {
            return false;
        }
        final int window = segment.window << tcb.sndScale;
        // A duplicate acknowledgement, or a window update alone, goes the long way.
        if (segment.length == 0 && acked == 0) {
            return false;
        }
        if (Segments.timestamps(tcb)) {
            if (!segment.hasTimestamp
                    || Seq.lt(segment.tsVal, tcb.tsRecent)
                    || Seq.gt(segment.tsEcr, Segments.timestamp(tcb))) {
                return false;
            }
            if (Seq.leq(segment.seq, tcb.lastAckSent) && Seq.leq(tcb.lastAckSent, segment.seq + segment.length)) {
                tcb.tsRecent = segment.tsVal;
                tcb.tsRecentAge = (int) tcb.host.now();
            }
        }
        tcb.rcvTime = (int) tcb.host.now();
        if (acked > 0) {
            acknowledge(tcp, tcb, segment, acked);
        }
        TcpInput.updateWindow(tcb, segment, window);
        if (segment.length > 0) {
            data(tcb, segment);
        }
        if (acked > 0 || tcb.sndProduced > tcb.sndUnaPosition) {
            tcp.output(tcb);
        } else if (tcb.is(TcpControlBlock.ACKNOW)) {
            // One for all segments of a burst, as where FreeBSD's LRO makes one segment of them.
            tcb.host.acknowledgeLater(tcb);
        }
        TcpInput.delayAck(tcb);
        return true;
    }

    private static void acknowledge(
            final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment, final int acked) {
        final TcpHost host = tcb.host;
        if (segment.length == 0) {
            host.count(TcpCounter.PREDACK);
        }
        host.count(TcpCounter.RCVACKPACK, segment.segments);
        host.count(TcpCounter.RCVACKBYTE, acked);
        tcb.dupAcks = 0;
        tcp.progress(tcb, segment, acked);
    }

    private static void data(final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final int length = segment.length;
        host.count(TcpCounter.PREDDAT);
        host.count(TcpCounter.RCVPACK, segment.segments);
        host.count(TcpCounter.RCVBYTE, length);
        if (DataInput.mayDelay(tcb, segment)) {
            tcb.set(TcpControlBlock.DELACK);
        } else {
            tcb.set(TcpControlBlock.ACKNOW);
        }
        segment.copyTo(tcb.receiveRing, tcb.rcvNxtPosition, 0, length);
        DataInput.append(tcb, segment, length, true);
    }
}
