package joyride.tcp.base;

import joyride.api.counters.DropReason;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Text and FIN of a segment that passed the checks (RFC 9293 §3.10.7.4, seventh and eighth step). */
public final class DataInput {
    /** On the internal loopback, where a full segment may be more than a program's buffer, so much is acknowledged at once. */
    private static final int LARGE_LOCAL = 2048;

    private DataInput() {}

    /** Whether the acknowledgement of a segment may wait: none waits already, and the window is open (RFC 5681 §4.2). */
    public static boolean mayDelay(final TcpControlBlock tcb, final TcpSegment segment) {
        final int length = segment.length;
        return !tcb.timerActive(TcpTimer.DELACK)
                && segment.segments == 1
                && (tcb.flags & (TcpControlBlock.RXWIN0SENT | TcpControlBlock.QUICKACK)) == 0
                && length <= tcb.maxSeg
                && (length < LARGE_LOCAL || !tcb.is(TcpControlBlock.LOCAL))
                && tcb.host.tunables().delayedAck != 0;
    }

    /** @return whether the connection is still there */
    public static boolean take(final TcpControlBlock tcb, final TcpSegment segment) {
        final boolean fin = (segment.flags & TcpFlags.FIN) != 0;
        if (segment.length == 0 && !fin) {
            return true;
        }
        if (TcpState.haveReceivedFin(tcb.state)) {
            tcb.host.drop(DropReason.TCP_AFTER_FIN);
            return true;
        }
        if (segment.seq != tcb.rcvNxt) {
            Reassembly.keep(tcb, segment);
            tcb.set(TcpControlBlock.ACKNOW);
            return true;
        }
        final int end = segment.seq + segment.length;
        if (segment.length > 0) {
            inOrder(tcb, segment);
        }
        return !(fin && end == tcb.rcvNxt || Reassembly.finReached(tcb)) || finReached(tcb);
    }

    /** Data at {@code rcvNxt}, and what waited behind it. */
    private static void inOrder(final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final int length = segment.length;
        host.count(TcpCounter.RCVPACK, segment.segments);
        host.count(TcpCounter.RCVBYTE, length);
        if (tcb.reassembly == null && mayDelay(tcb, segment)) {
            tcb.set(TcpControlBlock.DELACK);
        } else {
            tcb.set(TcpControlBlock.ACKNOW);
        }
        final boolean wanted = !tcb.receiveClosed && !tcb.programClosed;
        if (wanted) {
            segment.copyTo(tcb.receiveRing, tcb.rcvNxtPosition, 0, length);
        }
        int advance = length;
        if (tcb.reassembly != null) {
            advance = Reassembly.join(tcb, segment) - tcb.rcvNxt;
        }
        append(tcb, segment, advance, wanted);
        if (tcb.rcvSackCount > 0) {
            SackOptions.advanced(tcb);
        }
    }

    /** Data that came with a SYN, before the connection was established, is next. */
    public static void takeWaiting(final TcpControlBlock tcb, final TcpSegment segment) {
        if (tcb.reassembly == null) {
            return;
        }
        final int advance = tcb.reassembly.advance(tcb.rcvNxt) - tcb.rcvNxt;
        Reassembly.release(tcb);
        if (advance > 0) {
            append(tcb, segment, advance, !tcb.receiveClosed && !tcb.programClosed);
            SackOptions.advanced(tcb);
        }
    }

    /** {@code advance} bytes from {@code rcvNxt} on are complete and lie in the ring. */
    public static void append(
            final TcpControlBlock tcb, final TcpSegment segment, final int advance, final boolean wanted) {
        tcb.rcvNxt += advance;
        tcb.rcvNxtPosition += advance;
        tcb.bytesReceived += advance;
        if (Seq.lt(tcb.rcvUp, tcb.rcvNxt)) {
            tcb.rcvUp = tcb.rcvNxt;
        }
        if (wanted) {
            tcb.receiveRing.publish(tcb.rcvNxtPosition);
            autosize(tcb, segment, advance);
            tcb.host.readable(tcb);
        }
    }

    private static void autosize(final TcpControlBlock tcb, final TcpSegment segment, final int bytes) {
        if (!tcb.rcvAutosize) {
            return;
        }
        if (tcb.rfbufTs == 0) {
            tcb.rfbufTs = Math.max((int) tcb.host.now(), 1);
            tcb.rfbufCnt = bytes;
        } else {
            tcb.host.receiveAutosize(tcb, segment, bytes);
        }
    }

    /** The peer's FIN is next: nothing follows it. */
    private static boolean finReached(final TcpControlBlock tcb) {
        tcb.rcvNxt++;
        tcb.rcvNxtPosition++;
        tcb.set(TcpControlBlock.ACKNOW);
        if (tcb.reassembly != null) {
            tcb.host.releaseReassembly(tcb);
        }
        tcb.host.endOfStream(tcb);
        switch (tcb.state) {
            case TcpState.SYN_RECEIVED, TcpState.ESTABLISHED -> tcb.state = TcpState.CLOSE_WAIT;
            case TcpState.FIN_WAIT_1 -> tcb.state = TcpState.CLOSING;
            case TcpState.FIN_WAIT_2 -> {
                tcb.host.timeWait(tcb, true);
                return false;
            }
            default -> {}
        }
        return true;
    }
}
