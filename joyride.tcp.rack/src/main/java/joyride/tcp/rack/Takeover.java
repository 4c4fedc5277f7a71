package joyride.tcp.rack;

import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.tcp.base.Handover;

/**
 * Takes up connections: new ones, those of an earlier version, whose map is there, and those of the default stack, whose scoreboard becomes the map. Of what was sent before
 * only the last time is known: it is taken for all of it, which finds loss later, never earlier.
 */
final class Takeover {
    private static final int MICROS = 1000;

    private Takeover() {}

    static int apply(final RackTcp tcp, final TcpControlBlock tcb) {
        tcb.variantPrivate = null;
        Handover.toMicros(tcb);
        if (!tcb.is(TcpControlBlock.LOCAL)) {
            tcb.rttMin = tcb.host.tunables().rackMinRto;
        }
        if (tcb.sendMap == null) {
            tcb.host.acquireSendMap(tcb);
            tcb.sendMap.fack = tcb.sndUna;
            tcb.sendMap.reducedAt = tcb.host.nowMicros();
            if (tcb.state == TcpState.SYN_RECEIVED && Seq.gt(tcb.sndMax, tcb.iss + 1)) {
                answered(tcb);
            } else if (TcpState.haveEstablished(tcb.state)) {
                account(tcb);
                tcb.sendMap.rtoAt = Deadlines.retransmission(tcb);
            }
        }
        if (tcb.sack != null) {
            tcb.host.releaseScoreboard(tcb);
        }
        Handover.armTimers(tcp, tcb);
        if (TcpState.haveEstablished(tcb.state)) {
            Deadlines.settle(tcb);
        }
        return 0;
    }

    /** What followed the SYN-ACK of a Fast Open; after a timeout it is lost. */
    private static void answered(final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        final int slot = map.append(tcb.iss + 1, tcb.sndMax, tcb.host.nowMicros());
        map.times[slot] = 2;
        if (tcb.rxtShift > 0) {
            map.lost(slot);
        }
    }

    private static void account(final TcpControlBlock tcb) {
        final boolean probing =
                tcb.timerActive(TcpTimer.PERSIST) && tcb.sndNxt == tcb.sndUna && tcb.sndMax - tcb.sndUna <= 1;
        if (tcb.sndMax == tcb.sndUna || probing) {
            return;
        }
        final SendMap map = tcb.sendMap;
        final SackScoreboard sack = tcb.sack;
        final long now = tcb.host.nowMicros();
        final long sentAt = now - (long) ((int) tcb.host.now() - tcb.sndTime) * MICROS;
        int from = tcb.sndUna;
        if (sack != null && room(tcb, 4 * sack.count + SendMap.RESERVE)) {
            for (int i = 0; i < sack.count; i++) {
                append(tcb, from, sack.start[i], sentAt, SendMap.SACKED);
                final boolean repairing = tcb.is(TcpControlBlock.FASTRECOVERY);
                append(tcb, sack.start[i], sack.rxmit[i], sentAt, repairing ? SendMap.RESENT : 0);
                append(tcb, sack.rxmit[i], sack.end[i], sentAt, repairing && i < sack.lostHoles ? SendMap.LOST : 0);
                from = sack.end[i];
            }
            append(tcb, from, tcb.sndFack, sentAt, SendMap.SACKED);
            from = Seq.max(from, tcb.sndFack);
            map.fack = tcb.sndFack;
        }
        append(tcb, from, tcb.sndMax, sentAt, 0);
        tcb.sndNxt = tcb.sndMax;
    }

    private static boolean room(final TcpControlBlock tcb, final int entries) {
        while (tcb.sendMap.capacity() < entries) {
            if (!tcb.host.growSendMap(tcb)) {
                return false;
            }
        }
        return true;
    }

    /** {@code [from, to)} as it stands; after a timeout what lies from {@code sndNxt} on was not sent again yet. */
    private static void append(
            final TcpControlBlock tcb, final int from, final int to, final long sentAt, final int state) {
        if (Seq.geq(from, to)) {
            return;
        }
        if ((state & SendMap.SACKED) == 0 && Seq.lt(from, tcb.sndNxt) && Seq.lt(tcb.sndNxt, to)) {
            append(tcb, from, tcb.sndNxt, sentAt, state);
            append(tcb, tcb.sndNxt, to, sentAt, state);
            return;
        }
        final SendMap map = tcb.sendMap;
        final int slot = map.append(from, to, sentAt);
        // When it was sent is not known well enough to tell a round-trip time.
        map.times[slot] = 2;
        if (state == SendMap.SACKED) {
            final int size = tcb.segmentSize();
            map.sacked(slot, Math.max((to - from) / size, 1));
        } else if (state == SendMap.LOST || Seq.geq(from, tcb.sndNxt)) {
            map.lost(slot);
        } else {
            map.mark[slot] |= (byte) (state & SendMap.RESENT);
        }
    }
}
