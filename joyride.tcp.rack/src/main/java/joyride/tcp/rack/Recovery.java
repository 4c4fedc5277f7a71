package joyride.tcp.rack;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.tcp.base.Congestion;
import joyride.tcp.base.RateReduction;

/** How sending answers loss: the reduction of cwnd when it is noticed, and how it goes on until all of it is repaired (RFC 5681, RFC 6937). */
final class Recovery {
    private Recovery() {}

    /**
     * After an acknowledgement, or the end of the wait for what was reordered.
     *
     * @param lost segments that it showed to be lost
     * @param progress whether {@code sndUna} moved
     */
    static void noticed(final TcpControlBlock tcb, final SendMap map, final int lost, final boolean progress) {
        if (tcb.is(TcpControlBlock.FASTRECOVERY)) {
            if (map.lostAgain) {
                // The network lost again what it had lost before: back off once more (RFC 5681 §4.3).
                tcb.clear(TcpControlBlock.RECOVERY);
                reduce(tcb, map);
            } else {
                RateReduction.acknowledged(tcb, progress && lost == 0);
            }
        } else if (lost > 0 && !olderLoss(tcb)) {
            begin(tcb, map);
        }
        map.lostAgain = false;
    }

    /** Whether an older loss, rather than an echo of congestion, is being dealt with (RFC 6582 §3.2 step 2). */
    private static boolean olderLoss(final TcpControlBlock tcb) {
        return Seq.lt(tcb.sndUna, tcb.sndRecover) && !tcb.is(TcpControlBlock.CONGRECOVERY);
    }

    private static void begin(final TcpControlBlock tcb, final SendMap map) {
        tcb.host.count(TcpCounter.FASTREXMIT);
        tcb.host.count(TcpCounter.SACK_RECOVERY_EPISODE);
        tcb.rttTime = 0;
        reduce(tcb, map);
    }

    private static void reduce(final TcpControlBlock tcb, final SendMap map) {
        Congestion.lossDetected(tcb);
        RateReduction.begin(tcb);
        map.reducedAt = tcb.host.nowMicros();
        map.probeAt = 0;
    }

    /** A probe repaired a loss that nothing else told of: the network was congested all the same (RFC 8985 §7.4.2). */
    static void repairedByProbe(final TcpControlBlock tcb, final SendMap map) {
        tcb.host.count(TcpCounter.RACK_TLP_RECOVERED);
        if (tcb.is(TcpControlBlock.RECOVERY)) {
            return;
        }
        reduce(tcb, map);
        if (Seq.geq(tcb.sndUna, tcb.sndRecover)) {
            Congestion.recovered(tcb);
        }
    }

    // ------------------------------------------------------------------ peers without SACK: NewReno (RFC 6582), as the
    // default stack

    /** A duplicate acknowledgement outside recovery. @return segments lost by it */
    static int withoutSack(final TcpControlBlock tcb, final SendMap map) {
        if (tcb.dupAcks < Detection.DUPLICATE_THRESHOLD || olderLoss(tcb)) {
            return 0;
        }
        if (!firstLost(tcb, map)) {
            return 0;
        }
        tcb.host.count(TcpCounter.FASTREXMIT);
        tcb.host.count(TcpCounter.NEWRENO_RECOVERY);
        tcb.rttTime = 0;
        Congestion.lossDetected(tcb);
        map.reducedAt = tcb.host.nowMicros();
        tcb.sndCwnd = tcb.sndSsthresh + Detection.DUPLICATE_THRESHOLD * tcb.segmentSize();
        return 1;
    }

    /** One more duplicate in recovery: one more segment has left the network. @param lost not counted when recovery began by it */
    static void inflate(final TcpControlBlock tcb, final int lost) {
        if (lost == 0) {
            Congestion.ackReceived(tcb, 0, CongestionControl.ACK_DUPLICATE);
            tcb.sndCwnd += tcb.segmentSize();
        }
    }

    static void partialWithoutSack(final TcpControlBlock tcb, final SendMap map, final int acked) {
        Congestion.ackReceived(tcb, acked, CongestionControl.ACK_PARTIAL);
        tcb.sndCwnd = Math.max(tcb.sndCwnd - acked, 0) + tcb.segmentSize();
        firstLost(tcb, map);
    }

    /** The first segment counts as lost. @return false: there is none */
    private static boolean firstLost(final TcpControlBlock tcb, final SendMap map) {
        if (map.count() == 0 || (map.mark[map.slot(0)] & (SendMap.LOST | SendMap.SACKED)) != 0) {
            return false;
        }
        final int first = map.slot(0);
        final int size = tcb.segmentSize();
        if (map.end[first] - map.start[first] > size) {
            map.split(0, map.start[first] + size);
        }
        map.lost(first);
        return true;
    }
}
