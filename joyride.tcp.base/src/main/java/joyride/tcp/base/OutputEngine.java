package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Sends what can be sent: data by the windows, Nagle and recovery, acknowledgements, window updates, FIN (tcp_output). */
public final class OutputEngine {
    private OutputEngine() {}

    public static void output(final BaseTcp tcp, final TcpControlBlock tcb) {
        if (!TcpState.haveEstablished(tcb.state) && !FastOpen.mayAnswer(tcb)) {
            if (tcb.state >= TcpState.SYN_SENT) {
                Handshake.output(tcb);
            }
            return;
        }
        tcb.refreshProduced();
        // A SYN-ACK is no data that Nagle's algorithm would wait for.
        final int outstanding = tcb.sndMax - (tcb.state == TcpState.SYN_RECEIVED ? tcb.iss + 1 : tcb.sndUna);
        boolean idle = tcb.is(TcpControlBlock.LASTIDLE) || outstanding == 0;
        final boolean pending = tcb.sndProduced > tcb.sndUnaPosition;
        if (idle && pending && (int) tcb.host.now() - tcb.rcvTime >= tcb.rxtCur) {
            tcb.cc.afterIdle(tcb);
        }
        tcb.clear(TcpControlBlock.LASTIDLE);
        if (idle && tcb.is(TcpControlBlock.MORETOCOME)) {
            tcb.set(TcpControlBlock.LASTIDLE);
            idle = false;
        }
        if (tcb.state == TcpState.FIN_WAIT_2 && tcb.programClosed && !tcb.timerActive(TcpTimer.MSL2)) {
            Timers.startFinWait2(tcb);
        }
        final int space = ReceiveWindow.space(tcb);
        while (step(tcp, tcb, idle, space)) {
            // One segment each, or a unit of full ones.
        }
    }

    /** Sends at most one segment or unit. @return whether there may be another */
    private static boolean step(final BaseTcp tcp, final TcpControlBlock tcb, final boolean idle, final int space) {
        final int available = (int) Math.max(tcb.sndProduced - tcb.sndUnaPosition, 0);
        final int blocks = SackOptions.pending(tcb) ? SackOptions.count(tcb) : 0;
        final int size = Math.max(tcb.segmentSize() - (blocks > 0 ? 4 + 8 * blocks : 0), 1);
        return tcp.step(tcb, idle, space, available, size, blocks);
    }

    /** Sends {@code length} bytes at {@code sndNxt} if the rules allow it, or an empty segment if one is due. */
    public static boolean send(
            final BaseTcp tcp,
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks,
            final int wanted) {
        int length = wanted;
        boolean more = false;
        if (length > size) {
            length = unit(tcb, length, size, blocks);
            more = length < wanted;
        }
        if (tcb.sndAutosize
                && available
                        >= tcb.sndHiwat
                                - (tcb.sndHiwat >> 3)
                                - tcb.host.tunables().sendLowWater()) {
            tcb.host.sendAutosize(tcb, Math.min(tcb.sndWnd, tcb.sndCwnd));
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        // While data waits for the window to open, the FIN behind it does too.
        final boolean fin = Transmission.carriesFin(tcb.state)
                && offset + length >= available
                && (!tcb.timerActive(TcpTimer.PERSIST) || length > 0);
        if (length == 0 || !dataDue(tcb, idle, available, size, length, offset)) {
            if (!emptyDue(tcb, fin, space, size)) {
                startTimers(tcp, tcb, available);
                return false;
            }
            // What can go with it goes.
            more = false;
        }
        return emit(tcp, tcb, length, fin, space, available, blocks, size) && more;
    }

    /**
     * How many of {@code length} bytes, more than a segment, go at once: full segments alone, so that what is on the wire is what it would be one by
     * one, and none that is partly a retransmission. A rest goes by its own rules.
     */
    private static int unit(final TcpControlBlock tcb, final int length, final int size, final int blocks) {
        if (blocks > 0 || tcb.is(TcpControlBlock.FORCEDATA) || Urgent.ahead(tcb)) {
            return size;
        }
        int most = Math.min(length, tcb.host.largestUnit(tcb));
        if (tcb.sndNxt != tcb.sndMax) {
            most = Math.min(most, tcb.sndMax - tcb.sndNxt);
        }
        return most < 2 * size ? size : most - most % size;
    }

    /** Whether the data should go now: full, last and allowed by Nagle, forced, half a window, or sent before (RFC 1122 §4.2.3.4). */
    private static boolean dataDue(
            final TcpControlBlock tcb,
            final boolean idle,
            final int available,
            final int size,
            final int length,
            final int offset) {
        if (length >= size || Seq.lt(tcb.sndNxt, tcb.sndMax)) {
            return true;
        }
        // Nagle's algorithm spares networks; between programs of this service there is none.
        if ((idle || (tcb.flags & (TcpControlBlock.NODELAY | TcpControlBlock.LOCAL)) != 0)
                && offset + length >= available
                && (tcb.flags & (TcpControlBlock.NOPUSH | TcpControlBlock.MORETOCOME)) == 0) {
            return true;
        }
        // Where memory is short the peer's whole buffer may be less than a segment, and nothing is out whose
        // acknowledgement would change that.
        if (idle && tcb.is(TcpControlBlock.LOCAL) && offset + length < available) {
            return true;
        }
        return tcb.is(TcpControlBlock.FORCEDATA)
                || Urgent.ahead(tcb)
                || length >= tcb.maxSndWnd / 2 && tcb.maxSndWnd > 0;
    }

    /** Whether a segment is due even without data. */
    private static boolean emptyDue(final TcpControlBlock tcb, final boolean fin, final int space, final int size) {
        return tcb.is(TcpControlBlock.ACKNOW)
                || Urgent.due(tcb)
                || fin && (!tcb.is(TcpControlBlock.SENTFIN) || tcb.sndNxt == tcb.sndUna)
                || ReceiveWindow.updateDue(tcb, space, size);
    }

    /** Something waits and nothing will trigger it: the persist timer will. */
    private static void startTimers(final BaseTcp tcp, final TcpControlBlock tcb, final int available) {
        if (tcb.timerActive(TcpTimer.REXMT) || tcb.timerActive(TcpTimer.PERSIST)) {
            return;
        }
        if (tcb.sndMax != tcb.sndUna && tcb.sndWnd > 0) {
            tcp.armRetransmit(tcb);
        } else if (available > 0) {
            tcb.rxtShift = 0;
            Timers.startPersist(tcp, tcb);
        }
    }

    /** Sends a segment or unit at {@code sndNxt} and moves it on. @return whether all of it went out */
    private static boolean emit(
            final BaseTcp tcp,
            final TcpControlBlock tcb,
            final int length,
            final boolean fin,
            final int space,
            final int available,
            final int blocks,
            final int size) {
        final boolean probing = tcb.is(TcpControlBlock.FORCEDATA) && tcb.timerActive(TcpTimer.PERSIST);
        if (fin && tcb.is(TcpControlBlock.SENTFIN) && tcb.sndNxt == tcb.sndMax) {
            tcb.sndNxt--;
        }
        // A probe may have gone a byte past the window, where the peer takes no acknowledgement either.
        final int seq = length > 0 || fin || tcb.timerActive(TcpTimer.PERSIST) ? tcb.sndNxt : tcb.sndMax;
        final int sent = Transmission.send(tcb, seq, length, fin, space, available, blocks, size);
        if (sent < 0) {
            if (fin && tcb.is(TcpControlBlock.SENTFIN) && tcb.sndNxt + 1 == tcb.sndMax) {
                tcb.sndNxt++;
            }
            startTimers(tcp, tcb, available);
            return false;
        }
        final boolean whole = sent == length;
        final boolean ended = fin && whole;
        final int consumed = sent + (ended ? 1 : 0);
        if (probing) {
            tcb.sndMax = Seq.max(tcb.sndMax, tcb.sndNxt + consumed);
            if (ended) {
                tcb.set(TcpControlBlock.SENTFIN);
            }
            return whole;
        }
        if (consumed > 0) {
            advance(tcp, tcb, seq, sent, ended);
        } else {
            startTimers(tcp, tcb, available);
        }
        return whole;
    }

    private static void advance(
            final BaseTcp tcp, final TcpControlBlock tcb, final int seq, final int length, final boolean fin) {
        final TcpHost host = tcb.host;
        final int next = seq + length + (fin ? 1 : 0);
        if (fin) {
            tcb.set(TcpControlBlock.SENTFIN);
        }
        tcb.sndNxt = next;
        if (Seq.gt(next, tcb.sndMax)) {
            if (tcb.rttTime == 0) {
                tcb.rttTime = Math.max((int) host.now(), 1);
                tcb.rttSeq = seq;
                host.count(TcpCounter.SEGSTIMED);
            }
            if (tcb.is(TcpControlBlock.FASTRECOVERY)) {
                tcb.prrOut += next - Seq.max(seq, tcb.sndMax);
            }
            tcb.sndMax = next;
        }
        tcb.sndTime = (int) host.now();
        tcp.sent(tcb, seq, next);
        if (!tcb.timerActive(TcpTimer.REXMT)) {
            if (tcb.timerActive(TcpTimer.PERSIST)) {
                host.timer(tcb, TcpTimer.PERSIST, 0);
                tcb.rxtShift = 0;
            }
            tcp.armRetransmit(tcb);
        }
    }
}
