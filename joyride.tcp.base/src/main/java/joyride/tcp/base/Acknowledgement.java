package joyride.tcp.base;

import joyride.api.counters.DropReason;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;

/** What every variant does with an acknowledgement: validity, spurious timeouts, the left edge of what is outstanding, the FIN. */
public final class Acknowledgement {
    private Acknowledgement() {}

    /** Whether the acknowledgement number is one that an honest peer may send (RFC 5961 §5). */
    public static boolean acceptable(final TcpControlBlock tcb, final TcpSegment segment) {
        if (Seq.gt(segment.ack, tcb.sndMax)) {
            tcb.host.count(TcpCounter.RCVACKTOOMUCH);
        } else if (tcb.host.tunables().insecureAck != 0 || Seq.geq(segment.ack, tcb.sndUna - tcb.maxSndWnd)) {
            return true;
        }
        tcb.host.drop(DropReason.TCP_ACK);
        Segments.challenge(tcb);
        return false;
    }

    /** A timeout right before was spurious if this answers what was sent before it (RFC 3522). @return whether it was */
    public static boolean undoIfSpurious(final TcpControlBlock tcb, final TcpSegment segment) {
        if (tcb.rxtShift != 1 || !tcb.is(TcpControlBlock.PREVVALID) || tcb.badRxtWin == 0) {
            return false;
        }
        final boolean spurious;
        if (Segments.timestamps(tcb)) {
            spurious =
                    segment.hasTimestamp && segment.tsEcr != 0 && Seq.lt(segment.tsEcr - tcb.tsOffset, tcb.badRxtWin);
        } else {
            spurious = Seq.lt((int) tcb.host.now(), tcb.badRxtWin);
        }
        if (spurious) {
            Congestion.undoTimeout(tcb);
        }
        return spurious;
    }

    /** @return whether our FIN is acknowledged by this */
    public static boolean moveUna(final TcpControlBlock tcb, final int acked) {
        final long position = tcb.sndUnaPosition + acked;
        final boolean fin = tcb.is(TcpControlBlock.SENTFIN) && position > tcb.sndProduced;
        tcb.sndUna += acked;
        tcb.sndUnaPosition = position;
        tcb.sndWnd = Math.max(tcb.sndWnd - acked, 0);
        if (Seq.lt(tcb.sndNxt, tcb.sndUna)) {
            tcb.sndNxt = tcb.sndUna;
        }
        if (Seq.lt(tcb.sndUp, tcb.sndUna)) {
            tcb.sndUp = tcb.sndUna;
        }
        if (Seq.lt(tcb.sndFack, tcb.sndUna)) {
            tcb.sndFack = tcb.sndUna;
        }
        // Keeps "is this before the last loss" meaningful once the sequence numbers have run far ahead.
        if (!tcb.is(TcpControlBlock.RECOVERY) && Seq.lt(tcb.sndRecover, tcb.sndUna)) {
            tcb.sndRecover = tcb.sndUna;
        }
        final long released = fin ? tcb.sndProduced : position;
        if (released > 0) {
            tcb.host.acknowledged(tcb, released);
        }
        return fin;
    }

    /** Our FIN arrived. @return whether the connection is still there */
    public static boolean finAcknowledged(final TcpControlBlock tcb) {
        switch (tcb.state) {
            case TcpState.FIN_WAIT_1 -> {
                tcb.state = TcpState.FIN_WAIT_2;
                if (tcb.programClosed) {
                    Timers.startFinWait2(tcb);
                }
                return true;
            }
            case TcpState.CLOSING -> {
                tcb.host.timeWait(tcb, false);
                return false;
            }
            case TcpState.LAST_ACK -> {
                tcb.host.close(tcb, 0);
                return false;
            }
            default -> {
                return true;
            }
        }
    }
}
