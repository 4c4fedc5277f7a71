package joyride.tcp.freebsd;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.tcp.base.Acknowledgement;
import joyride.tcp.base.Congestion;
import joyride.tcp.base.RateReduction;
import joyride.tcp.base.RttEstimator;
import joyride.tcp.base.Segments;
import joyride.tcp.base.Timers;

/** What an acknowledgement does: duplicates and recovery, or progress (RFC 9293 §3.10.7.4, RFC 5681, RFC 6582, RFC 6675). */
final class AckProcessing {
    /** Beyond it, ms, it is an echo of who knows what. */
    private static final int LONGEST_ROUND_TRIP = 1_000_000;

    private AckProcessing() {}

    /**
     * Takes in an acceptable acknowledgement.
     *
     * @param window the peer's window, bytes
     * @return whether the connection is still there
     */
    static boolean process(
            final FreeBsdTcp tcp, final TcpControlBlock tcb, final TcpSegment segment, final int window) {
        final int ack = segment.ack;
        final boolean news;
        if (tcb.is(TcpControlBlock.SACK_PERMIT) && (segment.sackCount > 0 || tcb.sack != null)) {
            final boolean blocks = segment.sackCount > 0;
            news = SackRecovery.update(tcb, segment, ack);
            if (Seq.leq(ack, tcb.sndUna)) {
                duplicate(tcp, tcb, segment, blocks ? news : window == tcb.sndWnd);
                return true;
            }
        } else {
            tcb.sackDelivered = Math.max(ack - tcb.sndUna, 0);
            if (Seq.leq(ack, tcb.sndUna)) {
                duplicate(tcp, tcb, segment, window == tcb.sndWnd);
                return true;
            }
        }
        return advance(tcp, tcb, segment);
    }

    // ------------------------------------------------------------------ duplicates

    /** @param telling whether it says that something arrived beyond a gap */
    private static void duplicate(
            final FreeBsdTcp tcp, final TcpControlBlock tcb, final TcpSegment segment, final boolean telling) {
        if (segment.length > 0) {
            if (SackRecovery.active(tcb) && tcb.sackDelivered > 0) {
                inSackRecovery(tcp, tcb, false);
            } else {
                enterIfCertain(tcp, tcb);
            }
            return;
        }
        final boolean newFin = (segment.flags & TcpFlags.FIN) != 0 && !TcpState.haveReceivedFin(tcb.state);
        // The answers to window probes are all the same, and tell of no loss.
        final boolean waiting = tcb.sndMax != tcb.sndUna && !tcb.timerActive(TcpTimer.PERSIST);
        if (newFin || !telling || !waiting || segment.ack != tcb.sndUna) {
            if (segment.ack == tcb.sndUna && !SackRecovery.active(tcb)) {
                tcb.dupAcks = 0;
            }
            return;
        }
        tcb.host.count(TcpCounter.RCVDUPACK);
        tcb.dupAcks++;
        if (SackRecovery.active(tcb)) {
            inSackRecovery(tcp, tcb, false);
        } else if (tcb.is(TcpControlBlock.FASTRECOVERY)) {
            Congestion.ackReceived(tcb, 0, CongestionControl.ACK_DUPLICATE);
            tcb.sndCwnd += tcb.segmentSize();
            tcp.output(tcb);
        } else if (tcb.dupAcks >= SackRecovery.DUPLICATE_THRESHOLD || SackRecovery.lossCertain(tcb)) {
            enter(tcp, tcb);
        } else if (tcb.host.tunables().rfc3042 != 0) {
            limitedTransmit(tcp, tcb);
        }
    }

    /** RFC 3042: each of the first two duplicates lets one new segment out, beyond cwnd. */
    private static void limitedTransmit(final FreeBsdTcp tcp, final TcpControlBlock tcb) {
        final int cwnd = tcb.sndCwnd;
        final int before = tcb.sndMax;
        Congestion.ackReceived(tcb, 0, CongestionControl.ACK_DUPLICATE);
        if (tcb.dupAcks == 1) {
            tcb.sndLimited = 0;
        }
        tcb.sndCwnd = tcb.sndNxt - tcb.sndUna + (tcb.dupAcks - tcb.sndLimited) * tcb.segmentSize();
        tcp.output(tcb);
        final int sent = tcb.sndMax - before;
        if (sent > tcb.segmentSize()) {
            tcb.sndLimited = 2;
        } else if (sent > 0) {
            tcb.sndLimited++;
        }
        if (sent > 0) {
            tcb.host.count(TcpCounter.LIMITED_TRANSMIT);
        }
        tcb.sndCwnd = cwnd;
    }

    private static void enterIfCertain(final FreeBsdTcp tcp, final TcpControlBlock tcb) {
        if (!tcb.is(TcpControlBlock.FASTRECOVERY) && SackRecovery.lossCertain(tcb)) {
            enter(tcp, tcb);
        }
    }

    /**
     * Fast retransmit, and the recovery that it begins; not while an older loss, rather than an echo of congestion, is being dealt with (RFC 6582
     * §3.2 step 2).
     */
    private static void enter(final FreeBsdTcp tcp, final TcpControlBlock tcb) {
        if (Seq.lt(tcb.sndUna, tcb.sndRecover) && !tcb.is(TcpControlBlock.CONGRECOVERY)) {
            tcb.dupAcks = 0;
            return;
        }
        tcb.host.count(TcpCounter.FASTREXMIT);
        Congestion.lossDetected(tcb);
        tcb.rttTime = 0;
        Timers.startRetransmit(tcb);
        if (tcb.is(TcpControlBlock.SACK_PERMIT)) {
            tcb.host.count(TcpCounter.SACK_RECOVERY_EPISODE);
            tcb.sndNxt = tcb.sndMax;
            SackRecovery.begin(tcb);
            if (tcb.sack != null) {
                RateReduction.begin(tcb);
                tcp.output(tcb);
                return;
            }
            // No scoreboard to be had: this connection recovers without SACK.
            tcb.clear(TcpControlBlock.SACK_PERMIT);
        }
        tcb.host.count(TcpCounter.NEWRENO_RECOVERY);
        final int size = tcb.segmentSize();
        retransmitFirst(tcp, tcb, size);
        tcb.sndCwnd = tcb.sndSsthresh + size * Math.max(tcb.dupAcks - tcb.sndLimited, 0);
    }

    /** Sends the first unacknowledged segment again and leaves {@code sndNxt} where it was. */
    private static void retransmitFirst(final FreeBsdTcp tcp, final TcpControlBlock tcb, final int window) {
        final int next = tcb.sndNxt;
        tcb.sndNxt = tcb.sndUna;
        tcb.sndCwnd = window;
        tcp.output(tcb);
        tcb.sndNxt = Seq.max(next, tcb.sndNxt);
    }

    private static void inSackRecovery(final FreeBsdTcp tcp, final TcpControlBlock tcb, final boolean progress) {
        if (SackRecovery.retransmissionLost(tcb)) {
            // The network lost again what it had lost before: back off once more (RFC 5681 §4.3).
            tcb.clear(TcpControlBlock.RECOVERY);
            Congestion.lossDetected(tcb);
            RateReduction.begin(tcb);
        } else {
            SackRecovery.overtake(tcb);
            RateReduction.acknowledged(tcb, progress);
        }
        tcp.output(tcb);
    }

    // ------------------------------------------------------------------ progress

    private static boolean advance(final FreeBsdTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final int ack = segment.ack;
        final int acked = ack - tcb.sndUna;
        host.count(TcpCounter.RCVACKPACK, segment.segments);
        host.count(TcpCounter.RCVACKBYTE, acked);
        tcb.dupAcks = 0;
        Acknowledgement.undoIfSpurious(tcb, segment);
        measure(tcb, segment);
        tcb.rxtShift = 0;
        tcb.ackTime = (int) host.now();
        final boolean recovering = tcb.is(TcpControlBlock.FASTRECOVERY);
        final boolean full = Seq.geq(ack, tcb.sndRecover);
        if (tcb.sndUna != tcb.iss) {
            Congestion.ackReceived(tcb, acked, CongestionControl.ACK, segment.segments);
        }
        final boolean finAcked = Acknowledgement.moveUna(tcb, acked);
        restartTimer(tcb);
        if (recovering) {
            if (full) {
                Congestion.recovered(tcb);
                if (tcb.sack != null && tcb.sack.count == 0) {
                    SackRecovery.forget(tcb);
                }
            } else {
                partial(tcp, tcb, acked);
            }
        } else if (tcb.is(TcpControlBlock.CONGRECOVERY)) {
            if (full) {
                Congestion.recovered(tcb);
            }
        } else {
            enterIfCertain(tcp, tcb);
        }
        return !finAcked || Acknowledgement.finAcknowledged(tcb);
    }

    /** RFC 6582 §3.2 step 3 or, with a scoreboard, PRR. */
    private static void partial(final FreeBsdTcp tcp, final TcpControlBlock tcb, final int acked) {
        if (SackRecovery.active(tcb)) {
            inSackRecovery(tcp, tcb, true);
            return;
        }
        Congestion.ackReceived(tcb, acked, CongestionControl.ACK_PARTIAL);
        final int cwnd = tcb.sndCwnd;
        final int size = tcb.segmentSize();
        tcb.rttTime = 0;
        retransmitFirst(tcp, tcb, size);
        tcb.sndCwnd = Math.max(cwnd - acked, 0) + size;
    }

    /** A round-trip time: from the timestamp echoed, or from the segment that was timed (RFC 7323 §4, RFC 6298 §3). */
    static void measure(final TcpControlBlock tcb, final TcpSegment segment) {
        final int now = (int) tcb.host.now();
        if (Segments.timestamps(tcb) && segment.hasTimestamp && segment.tsEcr != 0) {
            final int rtt = now - (segment.tsEcr - tcb.tsOffset);
            if (rtt >= 0) {
                measured(tcb, rtt + 1);
                return;
            }
        }
        if (tcb.rttTime != 0 && Seq.gt(segment.ack, tcb.rttSeq)) {
            measured(tcb, Math.max(now - tcb.rttTime, 0) + 1);
        }
    }

    /** @param rtt ms, counted from 1 */
    private static void measured(final TcpControlBlock tcb, final int rtt) {
        RttEstimator.sample(tcb, rtt, tcb.host.tunables().rexmitMax);
        tcb.cc.rttSample(tcb, Math.min(rtt, LONGEST_ROUND_TRIP) * 1000);
    }

    /** Header prediction's acknowledgement. */
    static void predicted(final TcpControlBlock tcb, final TcpSegment segment, final int acked) {
        measure(tcb, segment);
        tcb.ackTime = (int) tcb.host.now();
        Congestion.ackReceived(tcb, acked, CongestionControl.ACK, segment.segments);
        Acknowledgement.moveUna(tcb, acked);
        restartTimer(tcb);
    }

    private static void restartTimer(final TcpControlBlock tcb) {
        if (tcb.sndUna == tcb.sndMax) {
            Timers.stop(tcb, TcpTimer.REXMT);
        } else if (!tcb.timerActive(TcpTimer.PERSIST)) {
            Timers.startRetransmit(tcb);
        }
    }
}
