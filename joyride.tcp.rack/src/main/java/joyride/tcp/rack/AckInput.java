package joyride.tcp.rack;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.SendMap;
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
import joyride.tcp.base.SackBlocks;

/** What an acknowledgement does: what it says arrived is taken from the map, what that shows to be lost is marked, recovery begins, goes on or ends. */
final class AckInput {
    private AckInput() {}

    /** @return whether the connection is still there */
    static boolean process(final TcpControlBlock tcb, final TcpSegment segment, final int window) {
        final TcpHost host = tcb.host;
        final SendMap map = tcb.sendMap;
        final long now = host.nowMicros();
        final int ack = segment.ack;
        final boolean progress = Seq.gt(ack, tcb.sndUna);
        final int reports = tcb.dsackPackets;
        // Before sorting: a report of a duplicate is left out there.
        final int duplicateEnd = segment.sackCount > 0 ? segment.sackEnd[0] : 0;
        final boolean sack = tcb.is(TcpControlBlock.SACK_PERMIT);
        final int una = Seq.max(tcb.sndUna, ack);
        final int blocks = sack && segment.sackCount > 0 ? SackBlocks.sort(tcb, segment, una) : 0;
        final boolean duplicated = tcb.dsackPackets != reports;
        tcb.sackDelivered = una - tcb.sndUna;
        long rtt = -1;
        if (progress) {
            undo(tcb, map, segment);
            rtt = Deliveries.upTo(tcb, map, segment, ack, now);
        }
        final int sackedBefore = map.sackedBytes;
        for (int i = 0; i < blocks; i++) {
            rtt = Math.max(rtt, Deliveries.block(tcb, map, segment, i, now));
        }
        final int news = map.sackedBytes - sackedBefore;
        tcb.sackDelivered += news;
        if (map.sackedBytes > 0 && (map.mark[map.slot(0)] & SendMap.SACKED) != 0) {
            host.count(TcpCounter.RACK_RENEGED);
            map.reneged();
        }
        if (duplicated) {
            Detection.duplicated(tcb, map, una);
        }
        final boolean dup = countDuplicate(tcb, segment, window, news, progress);
        int lost = sack ? Detection.detect(tcb, map, now) : 0;
        if (!sack && dup && !tcb.is(TcpControlBlock.RECOVERY)) {
            lost = Recovery.withoutSack(tcb, map);
        }
        final boolean repaired = TailLoss.answered(tcb, map, segment, duplicated, duplicateEnd, dup);
        if (progress) {
            return advance(tcb, segment, rtt, lost, repaired);
        }
        if (dup && !sack && tcb.is(TcpControlBlock.FASTRECOVERY)) {
            Recovery.inflate(tcb, lost);
        } else if (lost > 0 || news > 0 || tcb.is(TcpControlBlock.FASTRECOVERY) && dup) {
            Recovery.noticed(tcb, map, lost, false);
        }
        return true;
    }

    /** @return whether it is a duplicate acknowledgement (RFC 5681 §2, with SACK: one that reports something) */
    private static boolean countDuplicate(
            final TcpControlBlock tcb,
            final TcpSegment segment,
            final int window,
            final int news,
            final boolean progress) {
        if (progress) {
            tcb.dupAcks = 0;
            return false;
        }
        final boolean newFin = (segment.flags & TcpFlags.FIN) != 0 && !TcpState.haveReceivedFin(tcb.state);
        // The answers to window probes are all the same, and tell of no loss.
        final boolean waiting = tcb.sndMax != tcb.sndUna && !tcb.timerActive(TcpTimer.PERSIST);
        if (segment.length > 0 || newFin || segment.ack != tcb.sndUna || !waiting) {
            return false;
        }
        if (segment.sackCount > 0 ? news == 0 : window != tcb.sndWnd) {
            return false;
        }
        tcb.host.count(TcpCounter.RCVDUPACK);
        tcb.dupAcks++;
        if (!tcb.is(TcpControlBlock.RECOVERY)) {
            Congestion.ackReceived(tcb, 0, CongestionControl.ACK_DUPLICATE);
        }
        return true;
    }

    /** A timeout right before that this shows to have been spurious: nothing of what was marked for it is lost. */
    private static void undo(final TcpControlBlock tcb, final SendMap map, final TcpSegment segment) {
        if (!Acknowledgement.undoIfSpurious(tcb, segment)) {
            return;
        }
        for (int i = 0; i < map.count(); i++) {
            final int slot = map.slot(i);
            if ((map.mark[slot] & SendMap.LOST) != 0) {
                map.found(slot);
            }
        }
    }

    private static boolean advance(
            final TcpControlBlock tcb,
            final TcpSegment segment,
            final long rtt,
            final int lost,
            final boolean repaired) {
        final TcpHost host = tcb.host;
        final SendMap map = tcb.sendMap;
        final int acked = segment.ack - tcb.sndUna;
        host.count(TcpCounter.RCVACKPACK, segment.segments);
        host.count(TcpCounter.RCVACKBYTE, acked);
        final boolean full = Seq.geq(segment.ack, tcb.sndRecover);
        final boolean pending = Seq.lt(tcb.sndUna, tcb.sndRecover);
        final boolean finAcked = moved(tcb, segment, rtt, acked);
        if (tcb.is(TcpControlBlock.RECOVERY)) {
            if (full) {
                Congestion.recovered(tcb);
            }
        }
        if (full && pending) {
            Detection.recovered(map);
        }
        if (tcb.is(TcpControlBlock.FASTRECOVERY) && !tcb.is(TcpControlBlock.SACK_PERMIT)) {
            Recovery.partialWithoutSack(tcb, map, acked);
        } else {
            Recovery.noticed(tcb, map, lost, true);
        }
        if (repaired) {
            Recovery.repairedByProbe(tcb, map);
        }
        return !finAcked || Acknowledgement.finAcknowledged(tcb);
    }

    /** Progress: round-trip time, growth, the left edge. @return whether our FIN is acknowledged by this */
    private static boolean moved(final TcpControlBlock tcb, final TcpSegment segment, final long rtt, final int acked) {
        final SendMap map = tcb.sendMap;
        if (rtt >= 0) {
            RoundTrip.smooth(tcb, rtt);
        } else if (RoundTrip.echoed(tcb, segment)) {
            RoundTrip.ofHandshake(tcb, segment);
        }
        tcb.rttTime = 0;
        tcb.rxtShift = 0;
        tcb.ackTime = (int) tcb.host.now();
        if (tcb.sndUna != tcb.iss) {
            Congestion.ackReceived(tcb, acked, CongestionControl.ACK, segment.segments);
        }
        map.rtoAt = 0;
        map.probeAt = 0;
        map.probes = 0;
        Goodput.acknowledged(tcb, map, tcb.sndUna + acked, tcb.host.nowMicros());
        return Acknowledgement.moveUna(tcb, acked);
    }

    /** Header prediction's acknowledgement: in order, nothing lost. */
    static void predicted(final TcpControlBlock tcb, final TcpSegment segment, final int acked) {
        final long now = tcb.host.nowMicros();
        final long rtt = Deliveries.upTo(tcb, tcb.sendMap, segment, segment.ack, now);
        tcb.sendMap.reorderAt = 0;
        moved(tcb, segment, rtt, acked);
    }
}
