package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;

/**
 * How fast the peer gets and acknowledges new data: measured from one acknowledgement to another, a round trip and ten segments later at least, and
 * smoothed over some eight round trips. A connection whose program had nothing to send meanwhile shows only the least that the path carries.
 */
final class Goodput {
    private static final int LEAST_SEGMENTS = 10;

    /** So many measurements count alike. */
    private static final int FIRST = 3;

    /** Round trips over which later ones are smoothed. */
    private static final int MEMORY = 8;

    private static final long SECOND = 1_000_000;

    private Goodput() {}

    /** {@code una}, beyond the present {@code sndUna}, is acknowledged at {@code now}, µs. */
    static void acknowledged(final TcpControlBlock tcb, final SendMap map, final int una, final long now) {
        if (map.measuring) {
            final int bytes = una - map.measureFrom;
            final long elapsed = now - map.measureAt;
            final int srtt = Math.max(RoundTrip.smoothed(tcb), 1);
            if (elapsed >= srtt && bytes >= LEAST_SEGMENTS * tcb.segmentSize()) {
                take(tcb, map, bytes * SECOND / elapsed, elapsed, srtt);
                map.measuring = false;
            }
        }
        if (una == tcb.sndMax) {
            // Nothing is out: the time until something is again says nothing.
            map.measuring = false;
        } else if (!map.measuring) {
            map.measuring = true;
            map.measureLimited = false;
            map.measureFrom = una;
            map.measureAt = now;
        }
    }

    /** The program has nothing more to send, though there is room for it. */
    static void limited(final SendMap map) {
        map.measureLimited = true;
    }

    private static void take(
            final TcpControlBlock tcb, final SendMap map, final long rate, final long elapsed, final int srtt) {
        final boolean rises = rate > map.goodput;
        if (map.measureLimited && !rises && map.goodputSamples > 0) {
            return;
        }
        final boolean slowStart = tcb.sndCwnd < tcb.sndSsthresh;
        if (map.goodputSamples == 0 || slowStart && rises) {
            // In slow start the mean of earlier rates would hold back what is to double.
            map.goodput = rate;
        } else if (map.goodputSamples < FIRST) {
            map.goodput += (rate - map.goodput) / (map.goodputSamples + 1);
        } else {
            final long weight = Math.min(elapsed, (long) MEMORY / 2 * srtt);
            map.goodput += (rate - map.goodput) * weight / ((long) MEMORY * srtt);
        }
        map.goodput = Math.max(map.goodput, 1);
        map.goodputSamples = Math.min(map.goodputSamples + 1, FIRST);
    }
}
