package joyride.tcp.base;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;

/** What the variant tells the congestion control, and what it does itself around that. */
public final class Congestion {
    private Congestion() {}

    /** The handshake is done: the initial window (RFC 6928), one segment if the SYN was lost. */
    public static void established(final TcpControlBlock tcb) {
        tcb.sndCwnd = tcb.sndCwnd == 1 || tcb.rxtShift > 1 ? tcb.segmentSize() : Reno.initialWindow(tcb);
        tcb.cc.connInit(tcb);
    }

    /** @param bytes newly acknowledged */
    public static void ackReceived(final TcpControlBlock tcb, final int bytes, final int type) {
        ackReceived(tcb, bytes, type, 1);
    }

    /**
     * @param bytes newly acknowledged
     * @param segments that large receive made one of: each of them may open the window
     */
    public static void ackReceived(final TcpControlBlock tcb, final int bytes, final int type, final int segments) {
        tcb.ccBytesThisAck = bytes;
        tcb.ccSegments = segments;
        if (tcb.sndCwnd <= tcb.sndWnd && validated(tcb)) {
            tcb.ccFlags |= TcpControlBlock.CC_CWND_LIMITED;
        } else {
            tcb.ccFlags &= ~TcpControlBlock.CC_CWND_LIMITED;
        }
        if (type == CongestionControl.ACK) {
            countBytes(tcb, bytes);
        }
        tcb.cc.ackReceived(tcb, type);
    }

    /** RFC 7661 §4.3: the network is known to carry the window if at least half of it is out; {@code sndUna} has not moved yet. */
    private static boolean validated(final TcpControlBlock tcb) {
        return tcb.host.tunables().newCwv == 0 || tcb.sndCwnd < 2L * Reno.pipe(tcb);
    }

    /** Appropriate byte counting in congestion avoidance (RFC 3465 §2.1): a window of bytes is one segment's credit. */
    private static void countBytes(final TcpControlBlock tcb, final int bytes) {
        if (tcb.sndCwnd <= tcb.sndSsthresh) {
            tcb.ccFlags &= ~TcpControlBlock.CC_ABC_SENTAWND;
            tcb.bytesAcked = 0;
            return;
        }
        tcb.bytesAcked += bytes;
        if (tcb.bytesAcked >= tcb.sndCwnd) {
            tcb.bytesAcked -= tcb.sndCwnd;
            tcb.ccFlags |= TcpControlBlock.CC_ABC_SENTAWND;
        }
    }

    /** Loss by duplicate acknowledgements or SACK. */
    public static void lossDetected(final TcpControlBlock tcb) {
        if (!tcb.is(TcpControlBlock.FASTRECOVERY)) {
            tcb.sndRecover = tcb.sndMax;
            congestionWindowReducedDue(tcb);
        }
        tcb.cc.congestionSignal(tcb, CongestionControl.SIGNAL_DUPACKS);
        tcb.set(TcpControlBlock.FASTRECOVERY);
    }

    public static void ecnEcho(final TcpControlBlock tcb) {
        if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
            tcb.sndRecover = tcb.sndMax;
            congestionWindowReducedDue(tcb);
        }
        tcb.cc.congestionSignal(tcb, CongestionControl.SIGNAL_ECN);
    }

    public static void timeout(final TcpControlBlock tcb) {
        tcb.dupAcks = 0;
        tcb.bytesAcked = 0;
        tcb.clear(TcpControlBlock.RECOVERY);
        tcb.cc.congestionSignal(tcb, CongestionControl.SIGNAL_RTO);
        congestionWindowReducedDue(tcb);
    }

    /** The last timeout was spurious: back to where it was (RFC 3522, RFC 4015 in spirit). */
    public static void undoTimeout(final TcpControlBlock tcb) {
        tcb.host.count(TcpCounter.BADREXMIT);
        tcb.sndCwnd = tcb.sndCwndPrev;
        tcb.sndSsthresh = tcb.sndSsthreshPrev;
        tcb.sndRecover = tcb.sndRecoverPrev;
        if (tcb.is(TcpControlBlock.WASFRECOVERY)) {
            tcb.set(TcpControlBlock.FASTRECOVERY);
        }
        if (tcb.is(TcpControlBlock.WASCRECOVERY)) {
            tcb.set(TcpControlBlock.CONGRECOVERY);
        }
        tcb.sndNxt = tcb.sndMax;
        tcb.clear(TcpControlBlock.PREVVALID);
        tcb.badRxtWin = 0;
        tcb.cc.congestionSignal(tcb, CongestionControl.SIGNAL_RTO_ERROR);
    }

    /** What to go back to if the timeout turns out spurious. */
    public static void remember(final TcpControlBlock tcb) {
        tcb.sndCwndPrev = tcb.sndCwnd;
        tcb.sndSsthreshPrev = tcb.sndSsthresh;
        tcb.sndRecoverPrev = tcb.sndRecover;
        tcb.clear(TcpControlBlock.WASFRECOVERY | TcpControlBlock.WASCRECOVERY);
        if (tcb.is(TcpControlBlock.FASTRECOVERY)) {
            tcb.set(TcpControlBlock.WASFRECOVERY);
        }
        if (tcb.is(TcpControlBlock.CONGRECOVERY)) {
            tcb.set(TcpControlBlock.WASCRECOVERY);
        }
        tcb.set(TcpControlBlock.PREVVALID);
    }

    /** Everything outstanding at the loss is acknowledged; {@code sndUna} has moved. */
    public static void recovered(final TcpControlBlock tcb) {
        tcb.cc.postRecovery(tcb);
        tcb.clear(TcpControlBlock.RECOVERY);
        tcb.bytesAcked = 0;
        tcb.prrDelivered = 0;
        tcb.prrOut = 0;
        tcb.recoverFs = 0;
    }

    private static void congestionWindowReducedDue(final TcpControlBlock tcb) {
        if (tcb.is(TcpControlBlock.ECN_PERMIT)) {
            tcb.set(TcpControlBlock.ECN_SND_CWR);
        }
    }
}
