package joyride.tcp.freebsd;

import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.tcp.base.SackBlocks;

/** The sender's side of SACK: keeps the scoreboard and says what to send next (RFC 2018 §5, RFC 6675 §4). */
final class SackRecovery {
    /** Segments that must arrive out of order before one counts as lost (RFC 6675 §2, DupThresh). */
    static final int DUPLICATE_THRESHOLD = 3;

    private SackRecovery() {}

    /** Whether recovery goes by the scoreboard. */
    static boolean active(final TcpControlBlock tcb) {
        final int both = TcpControlBlock.FASTRECOVERY | TcpControlBlock.SACK_PERMIT;
        return (tcb.flags & both) == both;
    }

    /** Gives the scoreboard back: after a timeout SACK information is not to be relied on (RFC 2018 §8). */
    static void forget(final TcpControlBlock tcb) {
        if (tcb.sack != null) {
            tcb.host.releaseScoreboard(tcb);
        }
        tcb.sndFack = tcb.sndUna;
    }

    /**
     * Takes in what an acknowledgement says, before {@code sndUna} moves. Sets {@code sackDelivered} to the bytes that arrived by it, those
     * acknowledged included.
     *
     * @return whether something was SACKed that was not before
     */
    static boolean update(final TcpControlBlock tcb, final TcpSegment segment, final int ack) {
        final int una = Seq.max(tcb.sndUna, ack);
        tcb.sackDelivered = una - tcb.sndUna;
        final int blocks = segment.sackCount == 0 ? 0 : SackBlocks.sort(tcb, segment, una);
        if (tcb.sack == null) {
            if (blocks == 0) {
                return false;
            }
            if (!tcb.host.acquireScoreboard(tcb)) {
                tcb.host.count(TcpCounter.SACK_SBOVERFLOW);
                return false;
            }
            tcb.sndFack = una;
        }
        final SackScoreboard sack = tcb.sack;
        final int before = sack.sackedBytes;
        final int again = sack.rexmitBytes;
        trim(tcb, una);
        boolean news = false;
        for (int i = 0; i < blocks; i++) {
            news |= apply(tcb, segment.sackStart[i], segment.sackEnd[i]);
        }
        recount(tcb, una);
        tcb.sackDelivered += sack.sackedBytes - before;
        sack.againDelivered += Math.max(again - sack.rexmitBytes, 0);
        if (sack.count == 0 && !tcb.is(TcpControlBlock.FASTRECOVERY)) {
            forget(tcb);
        }
        return news;
    }

    private static void trim(final TcpControlBlock tcb, final int una) {
        final SackScoreboard sack = tcb.sack;
        while (sack.count > 0 && Seq.leq(sack.end[0], una)) {
            sack.remove(0);
        }
        if (sack.count > 0 && Seq.lt(sack.start[0], una)) {
            sack.start[0] = una;
            sack.rxmit[0] = Seq.max(sack.rxmit[0], una);
        }
        tcb.sndFack = Seq.max(tcb.sndFack, una);
    }

    private static boolean apply(final TcpControlBlock tcb, final int from, final int to) {
        final SackScoreboard sack = tcb.sack;
        boolean news = false;
        if (Seq.gt(to, tcb.sndFack)) {
            if (Seq.gt(from, tcb.sndFack)) {
                if (full(tcb) || !sack.insert(sack.count, tcb.sndFack, from, tcb.sndFack, tcb.sndMax)) {
                    tcb.host.count(TcpCounter.SACK_SBOVERFLOW);
                    return false;
                }
                tcb.sndFack = to;
                return true;
            }
            tcb.sndFack = to;
            news = true;
        }
        for (int i = sack.count - 1; i >= 0 && Seq.gt(sack.end[i], from); i--) {
            if (Seq.lt(sack.start[i], to)) {
                news |= cut(tcb, i, from, to);
            }
        }
        return news;
    }

    private static boolean full(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        return !tcb.sack.hasRoom(tunables.sackMaxHoles, tunables.sackGlobalMaxHoles);
    }

    /** Takes {@code [from, to)} out of hole {@code i}, which it overlaps. */
    private static boolean cut(final TcpControlBlock tcb, final int i, final int from, final int to) {
        final SackScoreboard sack = tcb.sack;
        final boolean head = Seq.gt(from, sack.start[i]);
        final boolean tail = Seq.lt(to, sack.end[i]);
        if (head && tail) {
            if (full(tcb) || !sack.insert(i + 1, to, sack.end[i], Seq.max(sack.rxmit[i], to), sack.sentAt[i])) {
                tcb.host.count(TcpCounter.SACK_SBOVERFLOW);
                return false;
            }
            sack.end[i] = from;
            sack.rxmit[i] = Seq.min(sack.rxmit[i], from);
        } else if (head) {
            sack.end[i] = from;
            sack.rxmit[i] = Seq.min(sack.rxmit[i], from);
        } else if (tail) {
            sack.start[i] = to;
            sack.rxmit[i] = Seq.max(sack.rxmit[i], to);
        } else {
            sack.remove(i);
        }
        return true;
    }

    /** Sums up the scoreboard for the pipe; holes with enough SACKed above them count as lost (RFC 6675 §4, IsLost). */
    static void recount(final TcpControlBlock tcb, final int una) {
        final SackScoreboard sack = tcb.sack;
        final int enough = (DUPLICATE_THRESHOLD - 1) * tcb.segmentSize();
        int above = 0;
        int edge = tcb.sndFack;
        int holes = 0;
        int retransmitted = 0;
        int lost = 0;
        int lostHoles = 0;
        for (int i = sack.count - 1; i >= 0; i--) {
            above += edge - sack.end[i];
            edge = sack.start[i];
            final int length = sack.end[i] - sack.start[i];
            holes += length;
            retransmitted += sack.rxmit[i] - sack.start[i];
            if (above > enough
                    || sack.count - i >= DUPLICATE_THRESHOLD
                    || sack.overtaken && Seq.lt(sack.start[i], sack.begunAt)
                    || i == 0 && tcb.is(TcpControlBlock.FASTRECOVERY)) {
                lost += length;
                lostHoles++;
            }
        }
        sack.sackedBytes = tcb.sndFack - una - holes;
        sack.rexmitBytes = retransmitted;
        sack.lostBytes = lost;
        sack.lostHoles = lostHoles;
    }

    /** Whether so much is SACKed that the first hole counts as lost whatever the duplicate acknowledgements (RFC 6675 §5). */
    static boolean lossCertain(final TcpControlBlock tcb) {
        return tcb.sack != null
                && tcb.host.tunables().sackRevised != 0
                && tcb.sack.sackedBytes > (DUPLICATE_THRESHOLD - 1) * tcb.segmentSize();
    }

    /** Recovery begins: without a block from the peer the first segment is the hole. */
    static void begin(final TcpControlBlock tcb) {
        if (tcb.sack == null && tcb.host.acquireScoreboard(tcb)) {
            tcb.sndFack = tcb.sndUna;
        }
        final SackScoreboard sack = tcb.sack;
        if (sack == null) {
            return;
        }
        if (sack.count == 0) {
            final int end = Seq.min(tcb.sndUna + tcb.segmentSize(), tcb.sndMax);
            sack.insert(0, tcb.sndUna, end, tcb.sndUna, tcb.sndMax);
            tcb.sndFack = Seq.max(tcb.sndFack, end);
        }
        sack.rescued = false;
        sack.begun = true;
        sack.begunAt = tcb.sndMax;
        sack.againDelivered = 0;
        sack.overtaken = false;
        recount(tcb, tcb.sndUna);
    }

    /**
     * Beyond the highest number SACKed the peer may have got nothing, or kept nothing: FreeBSD's takes no more than a hundred ranges. No block ever tells of
     * it. But once what was sent again in this recovery has arrived, enough of it, what was sent before and is still not reported never will: it is a hole
     * like the others, and does not count as being in the network. Without that only a timeout would end the recovery.
     */
    static void overtake(final TcpControlBlock tcb) {
        final SackScoreboard sack = tcb.sack;
        if (sack == null || !sack.begun || sack.overtaken) {
            return;
        }
        final int from = Seq.max(tcb.sndFack, tcb.sndUna);
        final boolean certain = sack.againDelivered > (DUPLICATE_THRESHOLD - 1) * tcb.segmentSize();
        if (!certain || Seq.geq(from, sack.begunAt) || full(tcb)) {
            return;
        }
        if (sack.insert(sack.count, from, sack.begunAt, from, tcb.sndMax)) {
            tcb.sndFack = sack.begunAt;
            sack.overtaken = true;
            recount(tcb, tcb.sndUna);
        }
    }

    /** The first hole that is lost and not retransmitted, or -1 (NextSeg rule 1). */
    static int nextLost(final TcpControlBlock tcb) {
        return tcb.sack == null ? -1 : unsent(tcb.sack, tcb.sack.lostHoles);
    }

    /** The first hole not retransmitted, or -1 (NextSeg rule 3). */
    static int nextHole(final TcpControlBlock tcb) {
        return tcb.sack == null ? -1 : unsent(tcb.sack, tcb.sack.count);
    }

    private static int unsent(final SackScoreboard sack, final int limit) {
        for (int i = 0; i < limit; i++) {
            if (Seq.lt(sack.rxmit[i], sack.end[i])) {
                return i;
            }
        }
        return -1;
    }

    /** {@code length} bytes of hole {@code i} were retransmitted. */
    static void retransmitted(final TcpControlBlock tcb, final int i, final int length) {
        tcb.sack.rxmit[i] += length;
        tcb.sack.sentAt[i] = tcb.sndMax;
        tcb.sack.rexmitBytes += length;
        tcb.host.count(TcpCounter.SACK_REXMITS);
        tcb.host.count(TcpCounter.SACK_REXMIT_BYTES, length);
    }

    /**
     * Finds retransmissions that were lost too: enough of what was sent after them has arrived. They are due again.
     *
     * @return whether there is one
     */
    static boolean retransmissionLost(final TcpControlBlock tcb) {
        final SackScoreboard sack = tcb.sack;
        if (sack == null || tcb.host.tunables().sackLrd == 0) {
            return false;
        }
        final int enough = (DUPLICATE_THRESHOLD - 1) * tcb.segmentSize();
        boolean found = false;
        for (int i = 0; i < sack.lostHoles; i++) {
            if (sack.rxmit[i] == sack.end[i] && tcb.sndFack - sack.sentAt[i] > enough) {
                sack.rxmit[i] = sack.start[i];
                tcb.host.count(TcpCounter.SACK_LOSTREXMT);
                found = true;
            }
        }
        if (found) {
            recount(tcb, tcb.sndUna);
        }
        return found;
    }

    /** While everything from {@code sndUna} on is sent again after a timeout: skips what was SACKed meanwhile. */
    static void skipReceived(final TcpControlBlock tcb) {
        final SackScoreboard sack = tcb.sack;
        if (Seq.geq(tcb.sndNxt, tcb.sndFack)) {
            return;
        }
        for (int i = 0; i < sack.count; i++) {
            if (Seq.lt(tcb.sndNxt, sack.end[i])) {
                tcb.sndNxt = Seq.max(tcb.sndNxt, sack.start[i]);
                return;
            }
        }
        tcb.sndNxt = tcb.sndFack;
    }

    /** Where what may be sent from {@code sndNxt} on ends: at the next range that was SACKed. */
    static int holeEnd(final TcpControlBlock tcb) {
        final SackScoreboard sack = tcb.sack;
        for (int i = 0; i < sack.count; i++) {
            if (Seq.lt(tcb.sndNxt, sack.end[i])) {
                return sack.end[i];
            }
        }
        return tcb.sndMax;
    }
}
