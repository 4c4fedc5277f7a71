package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.tcp.base.RttEstimator;
import joyride.tcp.base.Segments;

/** Round-trip times in µs: smoothed for the timers, the lowest for the reordering window. */
final class RoundTrip {
    private static final int MICROS = 1000;
    private static final int RTT_SHIFT = 5;

    /** The lowest one holds for so long, µs. */
    private static final long WINDOW = 300_000_000L;

    /** Larger ones are no round-trip times, and would not fit the fixed point, µs. */
    private static final int MOST = 60_000_000;

    private RoundTrip() {}

    /** The smoothed round-trip time, µs; 0: none yet. */
    static int smoothed(final TcpControlBlock tcb) {
        return tcb.srtt >> RTT_SHIFT;
    }

    /** The answer to our SYN, which is not in the map: known to a millisecond. */
    static void ofHandshake(final TcpControlBlock tcb, final TcpSegment segment) {
        final int now = (int) tcb.host.now();
        if (echoed(tcb, segment)) {
            final int rtt = now - (segment.tsEcr - tcb.tsOffset);
            if (rtt >= 0) {
                smooth(tcb, (long) rtt * MICROS);
                return;
            }
        }
        if (tcb.rttTime != 0 && Seq.gt(segment.ack, tcb.rttSeq)) {
            smooth(tcb, (long) Math.max(now - tcb.rttTime, 0) * MICROS);
        }
    }

    static boolean echoed(final TcpControlBlock tcb, final TcpSegment segment) {
        return Segments.timestamps(tcb) && segment.hasTimestamp && segment.tsEcr != 0;
    }

    /** A segment sent once was delivered within {@code micros}. */
    static void smooth(final TcpControlBlock tcb, final long micros) {
        final int rtt = (int) Math.min(micros, MOST);
        RttEstimator.sample(tcb, rtt + 1, tcb.host.tunables().rackMaxRto / MICROS);
        tcb.cc.rttSample(tcb, rtt + 1);
    }

    /** The lowest of the last minutes. */
    static void lowest(final SendMap map, final long micros, final long now) {
        final int rtt = (int) Math.min(Math.max(micros, 1), MOST);
        if (map.minRtt == 0 || rtt <= map.minRtt || now - map.minRttAt > WINDOW) {
            map.minRtt = rtt;
            map.minRttAt = now;
        }
    }
}
