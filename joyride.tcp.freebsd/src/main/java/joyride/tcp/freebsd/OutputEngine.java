package joyride.tcp.freebsd;

import joyride.api.tcp.Reno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Sends what can be sent: data by the windows, Nagle and recovery, acknowledgements, window updates, FIN (tcp_output). */
final class OutputEngine {
    private static final int NO_HOLE = -1;

    private static final int STATES_WITH_FIN =
            1 << TcpState.FIN_WAIT_1 | 1 << TcpState.CLOSING | 1 << TcpState.LAST_ACK;

    private OutputEngine() {}

    static void output(final TcpControlBlock tcb) {
        if (!TcpState.haveEstablished(tcb.state)) {
            if (tcb.state >= TcpState.SYN_SENT) {
                Handshake.output(tcb);
            }
            return;
        }
        tcb.refreshProduced();
        boolean idle = tcb.is(TcpControlBlock.LASTIDLE) || tcb.sndMax == tcb.sndUna;
        final boolean pending = tcb.sndProduced > tcb.sndUnaPosition;
        if (idle && pending && (int) tcb.host.now() - tcb.rcvTime >= tcb.rxtCur) {
            tcb.cc.afterIdle(tcb);
        }
        tcb.clear(TcpControlBlock.LASTIDLE);
        if (idle && tcb.is(TcpControlBlock.MORETOCOME)) {
            tcb.set(TcpControlBlock.LASTIDLE);
            idle = false;
        }
        if (tcb.state == TcpState.FIN_WAIT_2 && tcb.programClosed && tcb.deadline[TcpTimer.MSL2] == 0) {
            Timers.startFinWait2(tcb);
        }
        final int space = ReceiveWindow.space(tcb);
        while (step(tcb, idle, space)) {
            // One segment each.
        }
    }

    /** Sends at most one segment. @return whether there may be another */
    private static boolean step(final TcpControlBlock tcb, final boolean idle, final int space) {
        final int available = (int) Math.max(tcb.sndProduced - tcb.sndUnaPosition, 0);
        final int blocks = SackOptions.pending(tcb) ? SackOptions.count(tcb) : 0;
        final int size = Math.max(tcb.segmentSize() - (blocks > 0 ? 4 + 8 * blocks : 0), 1);
        if (SackRecovery.active(tcb)) {
            return recoveryStep(tcb, idle, space, available, size, blocks);
        }
        if (tcb.sack != null && tcb.sndNxt != tcb.sndMax) {
            SackRecovery.skipReceived(tcb);
        }
        int window = Math.min(tcb.sndWnd, tcb.sndCwnd);
        if (tcb.is(TcpControlBlock.FORCEDATA)) {
            if (window == 0) {
                window = 1;
            } else {
                Timers.stop(tcb, TcpTimer.PERSIST);
                tcb.rxtShift = 0;
            }
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        int length = Math.min(available, window) - offset;
        if (length < 0) {
            length = 0;
            if (window == 0 && offset < available) {
                windowClosed(tcb);
            }
        }
        if (tcb.sack != null && length > 0 && tcb.sndNxt != tcb.sndMax) {
            length = Math.min(length, SackRecovery.holeEnd(tcb) - tcb.sndNxt);
        }
        return send(tcb, idle, space, available, size, blocks, length);
    }

    /** The peer took its window back while data was out: from here on the persist timer probes. */
    private static void windowClosed(final TcpControlBlock tcb) {
        Timers.stop(tcb, TcpTimer.REXMT);
        tcb.rxtShift = 0;
        tcb.sndNxt = tcb.sndUna;
        if (tcb.deadline[TcpTimer.PERSIST] == 0) {
            Timers.startPersist(tcb);
        }
    }

    /** RFC 6675 §5 step C: lost holes first, then new data, then the other holes, and once the last segment. */
    private static boolean recoveryStep(
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final int room = tcb.sndCwnd - Reno.pipe(tcb);
        int hole = SackRecovery.nextLost(tcb);
        if (hole != NO_HOLE) {
            final int sent = retransmit(tcb, hole, room, space, available, size, blocks);
            if (sent != 0) {
                return sent > 0;
            }
            return send(tcb, idle, space, available, size, blocks, 0);
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        final int fresh = Math.max(Math.min(available, tcb.sndWnd) - offset, 0);
        if (fresh > 0) {
            // Less than a segment of room waits for the next acknowledgement.
            return send(
                    tcb,
                    idle,
                    space,
                    available,
                    size,
                    blocks,
                    Math.min(fresh, size) <= room ? Math.min(fresh, room) : 0);
        }
        hole = SackRecovery.nextHole(tcb);
        if (hole != NO_HOLE && retransmit(tcb, hole, room, space, available, size, blocks) > 0) {
            return true;
        }
        if (hole == NO_HOLE && room >= size && rescue(tcb, space, available, size, blocks)) {
            return false;
        }
        return send(tcb, idle, space, available, size, blocks, 0);
    }

    /** @return 1 sent, 0 no room, -1 failed */
    private static int retransmit(
            final TcpControlBlock tcb,
            final int hole,
            final int room,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final int seq = tcb.sack.rxmit[hole];
        final int left = tcb.sack.end[hole] - seq;
        final int length = Math.min(left, size);
        if (length > room) {
            return 0;
        }
        // A hole may end with the FIN, which is no byte of the stream.
        final int data = Math.min(length, available - (seq - tcb.sndUna));
        if (!transmit(tcb, seq, data, space, available, blocks)) {
            return -1;
        }
        SackRecovery.retransmitted(tcb, hole, length);
        tcb.prrOut += length;
        return 1;
    }

    private static boolean rescue(
            final TcpControlBlock tcb, final int space, final int available, final int size, final int blocks) {
        if (tcb.sack == null || tcb.sack.rescued || Seq.geq(tcb.sndFack, tcb.sndRecover)) {
            return false;
        }
        tcb.sack.rescued = true;
        final int end = Seq.min(tcb.sndRecover, tcb.sndUna + available);
        final int seq = Seq.max(tcb.sndUna, end - size);
        return Seq.lt(seq, end) && transmit(tcb, seq, end - seq, space, available, blocks);
    }

    /** Sends {@code length} bytes at {@code sndNxt} if the rules allow it, or an empty segment if one is due. */
    private static boolean send(
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
            length = size;
            more = true;
        }
        if (tcb.sndAutosize && available >= tcb.sndHiwat - (tcb.sndHiwat >> 3)) {
            tcb.host.sendAutosize(tcb, Math.min(tcb.sndWnd, tcb.sndCwnd));
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        final boolean fin = (STATES_WITH_FIN >>> tcb.state & 1) != 0
                && offset + length >= available
                && !(tcb.is(TcpControlBlock.FORCEDATA) && offset + length < available);
        if (length == 0 || !dataDue(tcb, idle, available, size, length, offset)) {
            if (!emptyDue(tcb, fin, space, size)) {
                startTimers(tcb, available);
                return false;
            }
            // What can go with it goes.
            more = false;
        }
        return emit(tcb, length, fin, space, available, blocks) && more;
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
        return tcb.is(TcpControlBlock.FORCEDATA) || length >= tcb.maxSndWnd / 2 && tcb.maxSndWnd > 0;
    }

    /** Whether a segment is due even without data. */
    private static boolean emptyDue(final TcpControlBlock tcb, final boolean fin, final int space, final int size) {
        return tcb.is(TcpControlBlock.ACKNOW)
                || fin && (!tcb.is(TcpControlBlock.SENTFIN) || tcb.sndNxt == tcb.sndUna)
                || ReceiveWindow.updateDue(tcb, space, size);
    }

    /** Something waits and nothing will trigger it: the persist timer will. */
    private static void startTimers(final TcpControlBlock tcb, final int available) {
        if (tcb.deadline[TcpTimer.REXMT] != 0 || tcb.deadline[TcpTimer.PERSIST] != 0) {
            return;
        }
        if (tcb.sndMax != tcb.sndUna && tcb.sndWnd > 0) {
            Timers.startRetransmit(tcb);
        } else if (available > 0) {
            tcb.rxtShift = 0;
            Timers.startPersist(tcb);
        }
    }

    /** Sends a segment at {@code sndNxt} and moves it on. @return whether it went out */
    private static boolean emit(
            final TcpControlBlock tcb,
            final int length,
            final boolean fin,
            final int space,
            final int available,
            final int blocks) {
        final boolean probing = tcb.is(TcpControlBlock.FORCEDATA) && tcb.deadline[TcpTimer.PERSIST] != 0;
        if (fin && tcb.is(TcpControlBlock.SENTFIN) && tcb.sndNxt == tcb.sndMax) {
            tcb.sndNxt--;
        }
        final int seq = length > 0 || fin || probing ? tcb.sndNxt : tcb.sndMax;
        if (!transmitSegment(tcb, seq, length, fin, space, available, blocks)) {
            if (fin && tcb.is(TcpControlBlock.SENTFIN) && tcb.sndNxt + 1 == tcb.sndMax) {
                tcb.sndNxt++;
            }
            startTimers(tcb, available);
            return false;
        }
        final int consumed = length + (fin ? 1 : 0);
        if (probing) {
            tcb.sndMax = Seq.max(tcb.sndMax, tcb.sndNxt + consumed);
            if (fin) {
                tcb.set(TcpControlBlock.SENTFIN);
            }
            return true;
        }
        if (consumed > 0) {
            advance(tcb, seq, length, fin);
        } else {
            startTimers(tcb, available);
        }
        return true;
    }

    private static void advance(final TcpControlBlock tcb, final int seq, final int length, final boolean fin) {
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
        if (tcb.deadline[TcpTimer.REXMT] == 0) {
            if (tcb.deadline[TcpTimer.PERSIST] != 0) {
                host.timer(tcb, TcpTimer.PERSIST, 0);
                tcb.rxtShift = 0;
            }
            Timers.startRetransmit(tcb);
        }
    }

    /** A segment from the middle of what was sent; {@code sndNxt} stays. */
    private static boolean transmit(
            final TcpControlBlock tcb,
            final int seq,
            final int length,
            final int space,
            final int available,
            final int blocks) {
        final boolean fin = (STATES_WITH_FIN >>> tcb.state & 1) != 0
                && tcb.is(TcpControlBlock.SENTFIN)
                && seq + length - tcb.sndUna >= available;
        if (!transmitSegment(tcb, seq, length, fin, space, available, blocks)) {
            return false;
        }
        if (tcb.deadline[TcpTimer.REXMT] == 0) {
            Timers.startRetransmit(tcb);
        }
        return true;
    }

    private static boolean transmitSegment(
            final TcpControlBlock tcb,
            final int seq,
            final int length,
            final boolean fin,
            final int space,
            final int available,
            final int blocks) {
        final TcpHost host = tcb.host;
        final TcpOutput output = host.outputScratch();
        output.clear();
        output.seq = seq;
        output.length = length;
        final int at = seq - tcb.sndUna;
        output.position = tcb.sndUnaPosition + at;
        int flags = TcpFlags.ACK;
        if (fin) {
            flags |= TcpFlags.FIN;
        }
        if (length > 0 && at + length == available) {
            flags |= TcpFlags.PSH;
        }
        if (tcb.is(TcpControlBlock.ECN_PERMIT)) {
            flags |= Ecn.mark(tcb, output, length > 0 && seq == tcb.sndMax);
        }
        output.flags = flags;
        final int offer = ReceiveWindow.offer(tcb, space);
        Segments.acknowledge(tcb, output, offer);
        if (blocks > 0) {
            SackOptions.write(tcb, output);
        }
        final int error = host.transmit(tcb, output);
        if (error != 0) {
            // A smaller segment size brings the caller's caller back by the retransmission timer at the latest.
            if (Segments.failed(tcb, error)) {
                host.timer(tcb, TcpTimer.DELACK, 1);
            }
            return false;
        }
        count(tcb, seq, length, fin);
        if (blocks > 0) {
            SackOptions.sent(tcb, blocks);
        }
        Segments.acknowledged(tcb, offer);
        return true;
    }

    private static void count(final TcpControlBlock tcb, final int seq, final int length, final boolean fin) {
        final TcpHost host = tcb.host;
        if (length == 0) {
            host.count(
                    fin
                            ? TcpCounter.SNDCTRL
                            : tcb.is(TcpControlBlock.ACKNOW) ? TcpCounter.SNDACKS : TcpCounter.SNDWINUP);
            return;
        }
        if (tcb.is(TcpControlBlock.FORCEDATA) && length == 1) {
            host.count(TcpCounter.SNDPROBE);
        } else if (Seq.lt(seq, tcb.sndMax)) {
            tcb.rexmitPackets++;
            host.count(TcpCounter.SNDREXMITPACK);
            host.count(TcpCounter.SNDREXMITBYTE, length);
        } else {
            host.count(TcpCounter.SNDPACK);
            host.count(TcpCounter.SNDBYTE, length);
            tcb.bytesSent += length;
        }
    }
}
