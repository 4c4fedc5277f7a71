package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpSegment;

/** Takes what arrived out of the map: acknowledged up to a number, or SACKed. Each returns the latest RTT of what was sent once, µs, or -1. */
final class Deliveries {
    private Deliveries() {}

    static long upTo(
            final TcpControlBlock tcb, final SendMap map, final TcpSegment segment, final int ack, final long now) {
        long rtt = -1;
        long latest = Long.MIN_VALUE;
        while (map.count() > 0) {
            final int slot = map.slot(0);
            if (Seq.leq(ack, map.start[slot])) {
                break;
            }
            if ((map.mark[slot] & SendMap.SACKED) == 0) {
                final long sentAt = map.sentAt[slot];
                final long sample = Detection.delivered(tcb, map, slot, Seq.min(map.end[slot], ack), segment, now);
                if (sample >= 0 && sentAt >= latest) {
                    rtt = sample;
                    latest = sentAt;
                }
            } else {
                // Counted when it was SACKed.
                tcb.sackDelivered -= Seq.min(map.end[slot], ack) - map.start[slot];
            }
            if (Seq.gt(map.end[slot], ack)) {
                map.trimFirst(ack);
                break;
            }
            map.removeFirst();
        }
        return rtt;
    }

    /** Block {@code i} of the segment, sorted and acceptable. */
    static long block(
            final TcpControlBlock tcb, final SendMap map, final TcpSegment segment, final int i, final long now) {
        final int from = segment.sackStart[i];
        final int to = segment.sackEnd[i];
        long rtt = -1;
        int index = map.find(from);
        while (index < map.count() && Seq.lt(map.start[map.slot(index)], to)) {
            final int slot = map.slot(index);
            if ((map.mark[slot] & SendMap.SACKED) != 0) {
                index++;
                continue;
            }
            if (Seq.lt(map.start[slot], from)) {
                if (!split(tcb, map, index, from)) {
                    return rtt;
                }
                index++;
                continue;
            }
            if (Seq.gt(map.end[slot], to) && !split(tcb, map, index, to)) {
                return rtt;
            }
            rtt = Math.max(rtt, Detection.delivered(tcb, map, slot, map.end[slot], segment, now));
            final int size = tcb.segmentSize();
            map.sacked(slot, Math.max((map.end[slot] - map.start[slot] + size - 1) / size, 1));
            if (map.join(index - 1)) {
                index--;
            }
            map.join(index);
            index++;
        }
        return rtt;
    }

    /** What finds no room is as if it had not been reported: it is again, with the next acknowledgement. */
    private static boolean split(final TcpControlBlock tcb, final SendMap map, final int index, final int seq) {
        if (map.split(index, seq) || tcb.host.growSendMap(tcb) && map.split(index, seq)) {
            return true;
        }
        tcb.host.count(TcpCounter.SACK_SBOVERFLOW);
        return false;
    }
}
