package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;

/** RACK (RFC 8985 §6.2): what was sent well before something that has arrived, and has not, is lost. */
final class Detection {
    /** Segments beyond a gap from which on there is no waiting for reordering, as long as none was seen (DupThresh). */
    static final int DUPLICATE_THRESHOLD = 3;

    private static final int RECOVERIES_TO_PERSIST = 16;
    private static final int MICROS = 1000;

    private Detection() {}

    /** Step 2: {@code slot} was delivered up to {@code end}: a unit's segments arrive one by one. @return its round-trip time if it was sent once, -1 otherwise, µs */
    static long delivered(
            final TcpControlBlock tcb,
            final SendMap map,
            final int slot,
            final int end,
            final TcpSegment segment,
            final long now) {
        final long sentAt = map.sentAt[slot];
        final long rtt = Math.max(now - sentAt, 0);
        final boolean once = map.times[slot] == 1;
        if (once) {
            RoundTrip.lowest(map, rtt, now);
        } else if (ofAnEarlierOne(tcb, map, segment, rtt)) {
            return -1;
        }
        if (!map.rackValid || sentAfter(sentAt, end, map.rackSentAt, map.rackEnd)) {
            map.rackValid = true;
            map.rackSentAt = sentAt;
            map.rackEnd = end;
            map.rackRtt = (int) Math.min(rtt, Integer.MAX_VALUE);
        }
        noteOrder(tcb, map, slot, end, now);
        return once ? rtt : -1;
    }

    /** Whether the answer is perhaps to a transmission before the last one. */
    private static boolean ofAnEarlierOne(
            final TcpControlBlock tcb, final SendMap map, final TcpSegment segment, final long rtt) {
        if (RoundTrip.echoed(tcb, segment)) {
            final int sentAt = (int) (tcb.host.now() - (rtt + MICROS - 1) / MICROS);
            if (Seq.lt(segment.tsEcr - tcb.tsOffset, sentAt)) {
                return true;
            }
        }
        return rtt < map.minRtt;
    }

    /** Step 3: what arrives below the highest number, and was sent once, was overtaken. */
    private static void noteOrder(
            final TcpControlBlock tcb, final SendMap map, final int slot, final int end, final long now) {
        if (Seq.gt(end, map.fack)) {
            map.fack = end;
        } else if (Seq.lt(end, map.fack) && map.times[slot] == 1) {
            if (map.reorderedAt == 0) {
                tcb.host.count(TcpCounter.RACK_REORDERED);
            }
            map.reorderedAt = Math.max(now, 1);
        }
    }

    static boolean sentAfter(final long at, final int end, final long otherAt, final int otherEnd) {
        return at > otherAt || at == otherAt && Seq.gt(end, otherEnd);
    }

    /** Step 4, first half: a duplicate was reported, so something was sent again too early. */
    static void duplicated(final TcpControlBlock tcb, final SendMap map, final int ack) {
        if ((tcb.host.tunables().rackDsackCtl & 2) == 0) {
            return;
        }
        if (map.dsackRound && Seq.lt(ack, map.dsackRoundEnd)) {
            return;
        }
        map.dsackRound = true;
        map.dsackRoundEnd = tcb.sndMax;
        map.reoWndMult++;
        map.reoWndPersist = RECOVERIES_TO_PERSIST;
    }

    /** A recovery, fast or after a timeout, ended. */
    static void recovered(final SendMap map) {
        if (map.reoWndMult > 1 && --map.reoWndPersist <= 0) {
            map.reoWndMult = 1;
        }
    }

    /** Step 4: how long to wait for what may be reordered, µs. */
    static int reorderingWindow(final TcpControlBlock tcb, final SendMap map, final long now) {
        final TcpTunables tunables = tcb.host.tunables();
        if (map.reorderedAt != 0 && tunables.rackReorderFade != 0 && now - map.reorderedAt > tunables.rackReorderFade) {
            map.reorderedAt = 0;
        }
        if (map.reorderedAt == 0
                && (tcb.is(TcpControlBlock.FASTRECOVERY)
                        || Seq.lt(tcb.sndUna, tcb.sndRecover)
                        || map.sackedSegments >= DUPLICATE_THRESHOLD)) {
            return 0;
        }
        final long window = (long) map.reoWndMult * (map.minRtt >> tunables.rackReorderThresh);
        return (int) Math.min(window, Math.max(RoundTrip.smoothed(tcb), 1)) + tunables.rackPacketDelay;
    }

    /**
     * Step 5: marks what is lost, and says by {@code reorderAt} when to look again.
     *
     * @return segments found lost; those that were sent again before count as {@code SACK_LOSTREXMT} too
     */
    static int detect(final TcpControlBlock tcb, final SendMap map, final long now) {
        map.reorderAt = 0;
        if (!map.rackValid) {
            return 0;
        }
        final int window = reorderingWindow(tcb, map, now);
        long wait = 0;
        int found = 0;
        int slot = map.oldest();
        while (slot != SendMap.NONE) {
            final int following = map.following(slot);
            if (!sentAfter(map.rackSentAt, map.rackEnd, map.sentAt[slot], map.end[slot])) {
                break;
            }
            final long left = map.sentAt[slot] + map.rackRtt + window - now;
            if (left <= 0) {
                if (map.times[slot] > 1) {
                    tcb.host.count(TcpCounter.SACK_LOSTREXMT);
                    map.lostAgain |= map.sentAt[slot] > map.reducedAt;
                }
                map.lost(slot);
                found++;
            } else {
                wait = Math.max(wait, left);
            }
            slot = following;
        }
        if (wait > 0) {
            wait = Math.max(wait, tcb.host.tunables().rackMinTimeout);
            map.reorderAt = tcb.host.now() + (wait + MICROS - 1) / MICROS;
        }
        tcb.host.count(TcpCounter.RACK_LOST, found);
        return found;
    }

    /** A timeout, or segments too large: all that the peer is not known to have goes again, joined to what full segments are cut from. */
    static void allLost(final TcpControlBlock tcb) {
        final SendMap map = tcb.sendMap;
        while (map.oldest() != SendMap.NONE) {
            map.lost(map.oldest());
        }
        // The first segment SACKed, and yet not acknowledged: the peer has thrown it away. A second timeout believes
        // nothing any more.
        if (map.sackedBytes > 0 && (tcb.rxtShift > 1 || (map.mark[map.slot(0)] & SendMap.SACKED) != 0)) {
            tcb.host.count(TcpCounter.RACK_RENEGED);
            map.reneged();
        }
        for (int i = map.count() - 2; i >= 0; i--) {
            map.join(i);
        }
        map.rtoAt = 0;
        map.probeAt = 0;
        map.reorderAt = 0;
        map.probeOut = false;
        map.reducedAt = tcb.host.nowMicros();
        tcb.sndNxt = map.count() == 0 ? tcb.sndUna : map.limit();
    }
}
