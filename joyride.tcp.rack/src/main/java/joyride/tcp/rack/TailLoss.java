package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.tcp.base.OutputEngine;
import joyride.tcp.base.ReceiveWindow;
import joyride.tcp.base.SackOptions;

/** Tail loss probes (RFC 8985 §7): when the end of a flight gets no answer, one segment more, long before the timeout, so that SACK can tell what is lost. */
final class TailLoss {
    private static final int WITHOUT_RTT = 1_000_000;
    private static final int MICROS = 1000;

    private TailLoss() {}

    /** Whether a probe may be waited for: with SACK, nothing known to be lost or out of order, none unanswered. */
    static boolean eligible(final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        return tcb.is(TcpControlBlock.SACK_PERMIT)
                && !tcb.is(TcpControlBlock.FASTRECOVERY)
                && Seq.geq(tcb.sndUna, tcb.sndRecover)
                && tcb.rxtShift == 0
                && map.count() > 0
                && map.sackedBytes == 0
                && map.lostBytes == 0
                && !map.probeOut
                && map.probes < tcb.host.tunables().rackProbeLimit;
    }

    /** The probe timeout, µs: two round trips, and what the peer may delay the acknowledgement of a lonely segment. */
    static long timeout(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        final int srtt = RoundTrip.smoothed(tcb);
        if (srtt == 0) {
            return WITHOUT_RTT;
        }
        long timeout = 2L * srtt;
        if (tcb.sndMax - tcb.sndUna <= tcb.segmentSize()) {
            timeout += tunables.rackDelayedAck;
        }
        return Math.max(timeout, tunables.rackProbeMin);
    }

    /** When the probe is due, ms; not later than the retransmission timeout would be. */
    static long due(final TcpControlBlock tcb) {
        final long at = tcb.host.now() + (timeout(tcb) + MICROS - 1) / MICROS;
        return Math.min(at, tcb.sendMap.rtoAt);
    }

    /** Sends it: new data if there is any that the peer takes, whatever cwnd says, else the last segment again. */
    static void probe(final RackTcp tcp, final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        tcb.refreshProduced();
        final int available = (int) Math.max(tcb.sndProduced - tcb.sndUnaPosition, 0);
        final int offset = tcb.sndNxt - tcb.sndUna;
        final int size = tcb.segmentSize();
        final int fresh = Math.min(Math.min(available, tcb.sndWnd) - offset, size);
        final int before = tcb.sndMax;
        final int space = ReceiveWindow.space(tcb);
        final int blocks = SackOptions.pending(tcb) ? SackOptions.count(tcb) : 0;
        tcb.host.count(TcpCounter.RACK_TLP);
        map.probes++;
        map.rtoAt = 0;
        if (fresh > 0 && map.hasRoom()) {
            final boolean forced = tcb.is(TcpControlBlock.FORCEDATA);
            tcb.set(TcpControlBlock.FORCEDATA);
            OutputEngine.send(tcp, tcb, false, space, available, size, blocks, fresh);
            if (!forced) {
                tcb.clear(TcpControlBlock.FORCEDATA);
            }
        }
        if (tcb.sndMax != before) {
            tcb.host.count(TcpCounter.RACK_TLP_NEWDATA);
            out(tcb, map, false);
        } else if (again(tcp, tcb, space, available, size, blocks)) {
            out(tcb, map, true);
        }
    }

    private static void out(final TcpControlBlock tcb, final SendMap map, final boolean repeats) {
        map.probeOut = true;
        map.probeEnd = tcb.sndMax;
        map.probeRepeats = repeats;
    }

    private static boolean again(
            final RackTcp tcp,
            final TcpControlBlock tcb,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final SendMap map = tcb.sendMap;
        if (map.count() == 0) {
            return false;
        }
        int last = map.slot(map.count() - 1);
        if (map.end[last] - map.start[last] > size && map.split(map.count() - 1, map.end[last] - size)) {
            last = map.slot(map.count() - 1);
        }
        return MapOutput.again(tcp, tcb, last, space, available, size, blocks);
    }

    /**
     * An acknowledgement while a probe is out (RFC 8985 §7.4.2).
     *
     * @param duplicated it reports a duplicate, that ends at {@code duplicateEnd}
     * @param dup it is a duplicate acknowledgement
     * @return whether the probe repaired a loss, so that the network was congested
     */
    static boolean answered(
            final TcpControlBlock tcb,
            final SendMap map,
            final TcpSegment segment,
            final boolean duplicated,
            final int duplicateEnd,
            final boolean dup) {
        if (!map.probeOut || Seq.lt(segment.ack, map.probeEnd)) {
            return false;
        }
        if (!map.probeRepeats || duplicated && duplicateEnd == map.probeEnd) {
            map.probeOut = false;
            return false;
        }
        if (Seq.gt(segment.ack, map.probeEnd)) {
            map.probeOut = false;
            return true;
        }
        if (dup && segment.sackCount == 0) {
            map.probeOut = false;
        }
        return false;
    }
}
