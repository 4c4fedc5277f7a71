package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTimer;

/** Three deadlines behind the timer REXMT: the end of the wait for what is reordered, the tail loss probe, the retransmission timeout. The first counts. */
final class Deadlines {
    private Deadlines() {}

    /** Works out what there is to wait for, now that something was sent or acknowledged. */
    static void settle(final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        final long now = tcb.host.now();
        if (tcb.sndMax == tcb.sndUna || tcb.timerActive(TcpTimer.PERSIST)) {
            map.rtoAt = 0;
            map.probeAt = 0;
            map.reorderAt = 0;
            if (tcb.timerActive(TcpTimer.REXMT)) {
                tcb.host.timer(tcb, TcpTimer.REXMT, 0);
            }
            return;
        }
        if (map.rtoAt == 0) {
            map.rtoAt = now + tcb.rxtCur;
        }
        if (!TailLoss.eligible(tcb)) {
            map.probeAt = 0;
        } else if (map.probeAt == 0) {
            map.probeAt = TailLoss.due(tcb);
        }
        long next = map.rtoAt;
        if (map.probeAt != 0) {
            next = Math.min(next, map.probeAt);
        }
        if (map.reorderAt != 0) {
            next = Math.min(next, map.reorderAt);
        }
        if (tcb.deadline(TcpTimer.REXMT) != (int) next) {
            tcb.host.timer(tcb, TcpTimer.REXMT, Math.max(next - now, 1));
        }
    }

    /** When the timer REXMT goes off, ms on {@link joyride.api.tcp.TcpHost#now}; 0: it is off. */
    static long retransmission(final TcpControlBlock tcb) {
        final long now = tcb.host.now();
        return tcb.timerActive(TcpTimer.REXMT) ? now + (tcb.deadline(TcpTimer.REXMT) - (int) now) : 0;
    }

    /** The timer REXMT expired. @return false: it is the retransmission timeout's */
    static boolean expired(final RackTcp tcp, final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        final long now = tcb.host.now();
        if (map.reorderAt != 0 && map.reorderAt <= now) {
            tcb.host.count(TcpCounter.RACK_TIMEO);
            tcb.sackDelivered = 0;
            final int lost = Detection.detect(tcb, map, tcb.host.nowMicros());
            Recovery.noticed(tcb, map, lost, false);
        } else if (map.probeAt != 0 && map.probeAt <= now) {
            map.probeAt = 0;
            TailLoss.probe(tcp, tcb);
        } else if (map.rtoAt != 0 && map.rtoAt <= now) {
            return false;
        }
        tcp.output(tcb);
        return true;
    }
}
