package joyride.tcp.base;

import joyride.api.counters.DropReason;
import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Takes a segment through the checks of RFC 9293 §3.10.7 in FreeBSD's order (tcp_do_segment). */
public final class TcpInput {
    /** After so long without a segment the last timestamp says nothing (RFC 7323 §5.5): 24 days, ms. */
    private static final int TIMESTAMP_LIFETIME = 24 * 24 * 60 * 60 * 1000;

    private TcpInput() {}

    public static void segmentArrived(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        if (tcb.state == TcpState.ESTABLISHED && FastPath.take(tcp, tcb, segment)) {
            return;
        }
        final TcpHost host = tcb.host;
        final int synFin = TcpFlags.SYN | TcpFlags.FIN;
        if ((segment.flags & synFin) == synFin && host.tunables().dropSynFin != 0) {
            host.drop(DropReason.TCP_SYN);
            return;
        }
        if ((tcb.flags & (TcpControlBlock.ECN_PERMIT | TcpControlBlock.ACE_PERMIT)) != 0) {
            Ecn.received(tcb, segment);
        }
        if (segment.hasTimestamp && Seq.gt(segment.tsEcr, Segments.timestamp(tcb))) {
            // An echo of what we never sent.
            segment.tsEcr = 0;
        }
        final boolean live;
        if (tcb.state == TcpState.SYN_SENT) {
            live = Handshake.inSynSent(tcp, tcb, segment) && afterSyn(tcb, segment);
        } else {
            live = checked(tcp, tcb, segment);
        }
        if (live) {
            finish(tcp, tcb);
        }
    }

    /** Sends what the segment asks for, and lets a delayed acknowledgement wait. */
    private static void finish(final BaseTcp tcp, final TcpControlBlock tcb) {
        tcp.output(tcb);
        delayAck(tcb);
    }

    public static void delayAck(final TcpControlBlock tcb) {
        if (tcb.is(TcpControlBlock.DELACK)) {
            tcb.clear(TcpControlBlock.DELACK);
            tcb.host.timer(tcb, TcpTimer.DELACK, tcb.host.tunables().delackTime);
        }
    }

    /** What follows the SYN in a SYN-ACK that opened the connection. */
    private static boolean afterSyn(final TcpControlBlock tcb, final TcpSegment segment) {
        ReceiveWindow.refresh(tcb);
        if (segment.length > tcb.rcvWnd) {
            segment.trimBack(segment.length - tcb.rcvWnd);
            segment.flags &= ~TcpFlags.FIN;
        }
        tcb.sndWl1 = segment.seq - 1;
        tcb.sndWl2 = segment.ack;
        Urgent.received(tcb, segment);
        return DataInput.take(tcb, segment);
    }

    /** All states but SYN_SENT. @return whether the connection goes on and output should have a look */
    private static boolean checked(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final int flags = segment.flags;
        if (tcb.is(TcpControlBlock.RCVD_TSTMP)
                && !segment.hasTimestamp
                && (flags & TcpFlags.RST) == 0
                && host.tunables().tolerateMissingTs == 0
                && Segments.timestamps(tcb)) {
            host.drop(DropReason.TCP_NO_TIMESTAMP);
            return false;
        }
        ReceiveWindow.refresh(tcb);
        if (tcb.state == TcpState.SYN_RECEIVED
                && (flags & (TcpFlags.ACK | TcpFlags.RST)) == TcpFlags.ACK
                && (Seq.leq(segment.ack, tcb.sndUna) || Seq.gt(segment.ack, tcb.sndMax))) {
            host.drop(DropReason.TCP_ACK);
            host.resetFor(tcb, segment);
            return false;
        }
        if ((flags & TcpFlags.RST) != 0) {
            resetArrived(tcb, segment);
            return false;
        }
        if ((flags & TcpFlags.SYN) != 0
                && tcb.state == TcpState.SYN_RECEIVED
                && tcb.is(TcpControlBlock.FASTOPEN)
                && tcb.deadline(TcpTimer.REXMT) != 0) {
            // The SYN again: our timer sends the SYN-ACK again.
            host.drop(DropReason.TCP_SYN);
            return false;
        }
        if ((flags & TcpFlags.SYN) != 0 && tcb.state != TcpState.SYN_RECEIVED) {
            synArrived(tcb, segment);
            return false;
        }
        if (segment.hasTimestamp && Segments.timestamps(tcb) && Seq.lt(segment.tsVal, tcb.tsRecent)) {
            if (Integer.compareUnsigned((int) host.now() - tcb.tsRecentAge, TIMESTAMP_LIFETIME) > 0) {
                tcb.tsRecent = 0;
            } else {
                host.count(TcpCounter.PAWSDROP);
                host.drop(DropReason.TCP_PAWS);
                return segment.length > 0 && acknowledge(tcb);
            }
        }
        if (tcb.state == TcpState.SYN_RECEIVED && Seq.lt(segment.seq, tcb.irs)) {
            host.drop(DropReason.TCP_SEQUENCE);
            host.resetFor(tcb, segment);
            return false;
        }
        if (!trim(tcp, tcb, segment)) {
            return false;
        }
        noteTimestamp(tcb, segment);
        if ((segment.flags & TcpFlags.ACK) == 0) {
            host.drop(DropReason.TCP_NO_ACK);
            return tcb.is(TcpControlBlock.ACKNOW);
        }
        tcb.rcvTime = (int) host.now();
        int window = segment.window << tcb.sndScale;
        if (tcb.state == TcpState.SYN_RECEIVED) {
            opened(tcb, segment);
            window = segment.window << tcb.sndScale;
        }
        if (!Acknowledgement.acceptable(tcb, segment)) {
            return false;
        }
        if (!tcp.acknowledge(tcb, segment, window)) {
            return false;
        }
        updateWindow(tcb, segment, window);
        Urgent.received(tcb, segment);
        return DataInput.take(tcb, segment);
    }

    /** RFC 5961 §3: only the exact number ends the connection. */
    private static void resetArrived(final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final int distance = segment.seq - tcb.lastAckSent;
        final boolean inWindow = distance == 0 || distance > 0 && distance < tcb.rcvWnd;
        if (!inWindow) {
            host.count(TcpCounter.BADRST);
            host.drop(DropReason.TCP_RESET);
        } else if (distance == 0 || host.tunables().insecureRst != 0) {
            reset(tcb, tcb.state == TcpState.SYN_RECEIVED ? Errno.ECONNREFUSED : Errno.ECONNRESET);
        } else {
            host.count(TcpCounter.BADRST);
            host.drop(DropReason.TCP_RESET);
            Segments.challenge(tcb);
        }
    }

    /** The peer reset the connection. */
    public static void reset(final TcpControlBlock tcb, final int errno) {
        tcb.host.count(TcpState.haveEstablished(tcb.state) ? TcpCounter.DROPS : TcpCounter.CONNDROPS);
        tcb.host.close(tcb, errno);
    }

    /** RFC 5961 §4. */
    private static void synArrived(final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        host.count(TcpCounter.BADSYN);
        host.drop(DropReason.TCP_SYN);
        final int distance = segment.seq - tcb.lastAckSent;
        if (host.tunables().insecureSyn != 0 && distance >= 0 && distance < tcb.rcvWnd) {
            host.drop(tcb, Errno.ECONNRESET);
        } else {
            Segments.challenge(tcb);
        }
    }

    private static boolean acknowledge(final TcpControlBlock tcb) {
        tcb.set(TcpControlBlock.ACKNOW);
        return true;
    }

    /**
     * Cuts off what was received before and what lies beyond the window (RFC 9293 §3.10.7.4 first step).
     *
     * @return false: dealt with
     */
    private static boolean trim(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        int early = tcb.rcvNxt - segment.seq;
        if (early > 0) {
            if ((segment.flags & TcpFlags.SYN) != 0) {
                segment.flags &= ~TcpFlags.SYN;
                segment.seq++;
                segment.advanceUrgent(1);
                early--;
            }
            trimFront(tcb, segment, early);
        }
        if (tcb.programClosed && tcb.state > TcpState.CLOSE_WAIT && segment.length > 0) {
            host.count(TcpCounter.RCVAFTERCLOSE);
            host.drop(DropReason.TCP_AFTER_CLOSE);
            host.resetFor(tcb, segment);
            host.close(tcb, 0);
            return false;
        }
        final int late = segment.seq + segment.length - (tcb.rcvNxt + tcb.rcvWnd);
        return late <= 0 || trimBack(tcp, tcb, segment, late);
    }

    private static void trimFront(final TcpControlBlock tcb, final TcpSegment segment, final int early) {
        final TcpHost host = tcb.host;
        final boolean fin = (segment.flags & TcpFlags.FIN) != 0;
        int cut = early;
        if (early > segment.length || early == segment.length && !fin) {
            // All of it, its FIN too, was received before.
            segment.flags &= ~TcpFlags.FIN;
            cut = segment.length;
            if (cut > 0) {
                host.drop(DropReason.TCP_DUPLICATE);
            }
            tcb.set(TcpControlBlock.ACKNOW);
            host.count(TcpCounter.RCVDUPPACK);
            host.count(TcpCounter.RCVDUPBYTE, cut);
        } else {
            host.count(TcpCounter.RCVPARTDUPPACK);
            host.count(TcpCounter.RCVPARTDUPBYTE, cut);
        }
        if (cut > 0) {
            SackOptions.duplicate(tcb, segment.seq, segment.seq + cut);
            segment.trimFront(cut);
        }
        if (Seq.lt(segment.seq, tcb.rcvNxt)) {
            segment.seq = tcb.rcvNxt;
        }
    }

    private static boolean trimBack(
            final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment, final int late) {
        final TcpHost host = tcb.host;
        host.count(TcpCounter.RCVPACKAFTERWIN);
        if (late >= segment.length) {
            host.count(TcpCounter.RCVBYTEAFTERWIN, segment.length);
            if (tcb.rcvWnd != 0 || segment.seq != tcb.rcvNxt) {
                host.drop(DropReason.TCP_SEQUENCE);
                answerStray(tcp, tcb, segment);
                return false;
            }
            tcb.set(TcpControlBlock.ACKNOW);
            host.count(TcpCounter.RCVWINPROBE);
        } else {
            host.count(TcpCounter.RCVBYTEAFTERWIN, late);
        }
        segment.trimBack(Math.min(late, segment.length));
        segment.flags &= ~(TcpFlags.PSH | TcpFlags.FIN);
        return true;
    }

    /** Data beyond the window is acknowledged; two ends that disagree must not answer each other's acknowledgements for ever. */
    private static void answerStray(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        if (segment.length == 0) {
            Segments.challenge(tcb);
        } else {
            tcb.set(TcpControlBlock.ACKNOW);
            tcp.output(tcb);
        }
    }

    /** RFC 7323 §4.3: the timestamp of the segment that the last acknowledgement lies in. */
    private static void noteTimestamp(final TcpControlBlock tcb, final TcpSegment segment) {
        if (segment.hasTimestamp
                && Seq.leq(segment.seq, tcb.lastAckSent)
                && Seq.leq(
                        tcb.lastAckSent,
                        segment.seq
                                + segment.length
                                + ((segment.flags & (TcpFlags.SYN | TcpFlags.FIN)) != 0 ? 1 : 0))) {
            tcb.tsRecent = segment.tsVal;
            tcb.tsRecentAge = (int) tcb.host.now();
        }
    }

    /** SYN_RECEIVED: our SYN is acknowledged. */
    private static void opened(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.host.count(TcpCounter.CONNECTS);
        tcb.clear(TcpControlBlock.FASTOPEN);
        Handshake.settleScale(tcb);
        tcb.sndWnd = segment.window << tcb.sndScale;
        Handshake.established(tcb);
        tcb.sndWl1 = segment.seq - 1;
        DataInput.takeWaiting(tcb, segment);
    }

    /** RFC 9293 §3.10.7.4: the window, if the segment is not older than the last that told one. */
    public static void updateWindow(final TcpControlBlock tcb, final TcpSegment segment, final int window) {
        if (Seq.lt(tcb.sndWl1, segment.seq)
                || tcb.sndWl1 == segment.seq
                        && (Seq.lt(tcb.sndWl2, segment.ack) || tcb.sndWl2 == segment.ack && window > tcb.sndWnd)) {
            if (segment.length == 0 && tcb.sndWl2 == segment.ack && window > tcb.sndWnd) {
                tcb.host.count(TcpCounter.RCVWINUPD);
            }
            tcb.sndWnd = window;
            tcb.sndWl1 = segment.seq;
            tcb.sndWl2 = segment.ack;
            if (window > tcb.maxSndWnd) {
                tcb.maxSndWnd = window;
            }
        }
    }
}
