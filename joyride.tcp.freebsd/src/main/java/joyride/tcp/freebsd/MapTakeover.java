package joyride.tcp.freebsd;

import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;

/**
 * Takes a connection from a variant that kept account of every segment: what the peer has beyond gaps becomes the scoreboard, what was taken to be lost goes
 * again, and the timer REXMT stands for nothing but the retransmission timeout again.
 */
final class MapTakeover {
    private MapTakeover() {}

    static void apply(final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        final TcpTunables tunables = tcb.host.tunables();
        if (!tcb.is(TcpControlBlock.LOCAL)) {
            tcb.rttMin = tunables.rexmitMin;
        }
        if (tcb.is(TcpControlBlock.SACK_PERMIT) && map.sackedBytes > 0 && tcb.host.acquireScoreboard(tcb)) {
            scoreboard(tcb, map);
        }
        final int lost = firstLost(map);
        if (lost != SendMap.NONE && !SackRecovery.active(tcb) && TcpState.haveEstablished(tcb.state)) {
            // After a timeout: what was lost goes again from there on, past what arrived.
            tcb.sndNxt = map.start[lost];
        }
        if (SackRecovery.active(tcb) && tcb.sack == null) {
            repair(tcb, map, lost);
        }
        if (TcpState.haveEstablished(tcb.state) && tcb.timerActive(TcpTimer.REXMT) && tcb.sndMax != tcb.sndUna) {
            final long left = map.rtoAt - tcb.host.now();
            tcb.host.timer(tcb, TcpTimer.REXMT, map.rtoAt == 0 ? tcb.rxtCur : Math.max(left, 1));
        }
        tcb.host.releaseSendMap(tcb);
    }

    private static int firstLost(final SendMap map) {
        for (int i = 0; map.lostBytes > 0 && i < map.count(); i++) {
            if ((map.mark[map.slot(i)] & SendMap.LOST) != 0) {
                return map.slot(i);
            }
        }
        return SendMap.NONE;
    }

    private static void scoreboard(final TcpControlBlock tcb, final SendMap map) {
        final SackScoreboard sack = tcb.sack;
        tcb.sndFack = tcb.sndUna;
        int hole = tcb.sndUna;
        int again = tcb.sndUna;
        for (int i = 0; i < map.count(); i++) {
            final int slot = map.slot(i);
            if ((map.mark[slot] & SendMap.SACKED) == 0) {
                if (again == map.start[slot] && (map.mark[slot] & SendMap.RESENT) != 0) {
                    // The head of the hole was sent again and is under way.
                    again = (map.mark[slot] & SendMap.LOST) == 0 ? map.end[slot] : again;
                }
                continue;
            }
            if (Seq.lt(hole, map.start[slot])
                    && !sack.insert(sack.count, hole, map.start[slot], Seq.min(again, map.start[slot]), tcb.sndMax)) {
                // The rest will be reported again.
                break;
            }
            hole = map.end[slot];
            again = hole;
            tcb.sndFack = hole;
        }
        SackRecovery.recount(tcb, tcb.sndUna);
    }

    /** In recovery with nothing SACKed any more: what is lost is one hole, if there is any. */
    private static void repair(final TcpControlBlock tcb, final SendMap map, final int lost) {
        if (!tcb.host.acquireScoreboard(tcb)) {
            return;
        }
        tcb.sndFack = tcb.sndUna;
        if (lost != SendMap.NONE) {
            final int end = map.end[lost];
            tcb.sack.insert(0, tcb.sndUna, end, map.start[lost], tcb.sndMax);
            tcb.sndFack = end;
        }
        SackRecovery.recount(tcb, tcb.sndUna);
    }
}
