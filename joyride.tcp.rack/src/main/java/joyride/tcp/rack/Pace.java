package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;

/**
 * Pacing: what is sent leaves at some percent of the measured goodput, until that is known of cwnd a round trip, in bursts of what the rate sends in a quarter of a
 * millisecond.
 */
final class Pace {
    /** What may be sent ahead in one go, ns. */
    private static final long BURST = 250_000;

    /** So much lateness of the wheel and of the loop is made good, ns. */
    private static final long CREDIT = 50_000;

    private static final long MICRO = 1000;
    private static final long SECOND = 1_000_000_000;
    private static final long MICROS_A_SECOND = 1_000_000;

    private Pace() {}

    /** Whether data must wait; if so output is called when it need not any more. */
    static boolean holds(final TcpControlBlock tcb, final SendMap map) {
        final TcpTunables tunables = tcb.host.tunables();
        if (tunables.rackUsePacing == 0) {
            return false;
        }
        final long now = tcb.host.nowMicros() * MICRO;
        if (map.burstAt != now && now >= map.paceAt) {
            map.burstAt = now;
            map.burstSegments = 0;
            return false;
        }
        if (map.burstAt == now
                && map.burstSegments < tunables.rackPaceMaxSegments
                && (map.burstSegments == 0 || map.paceAt < now + BURST)) {
            return false;
        }
        if (!tcb.host.pace(tcb, Math.max(map.paceAt - now, 1))) {
            tcb.host.count(TcpCounter.RACK_PACING_LIMITED);
            return false;
        }
        tcb.host.count(TcpCounter.RACK_PACED);
        return true;
    }

    /** Most bytes of one unit, that is cut into segments further down: what the burst in hand has left. */
    static int unit(final TcpControlBlock tcb, final SendMap map, final int size) {
        final long rate = tcb.host.tunables().rackUsePacing == 0 ? 0 : rate(tcb, map);
        if (rate == 0) {
            return Integer.MAX_VALUE;
        }
        final long now = tcb.host.nowMicros() * MICRO;
        final long ahead = now + BURST - Math.max(map.paceAt, now - CREDIT);
        final long segments =
                Math.min(ahead * rate / SECOND / size, tcb.host.tunables().rackPaceMaxSegments - map.burstSegments);
        return (int) Math.max(segments, 1) * size;
    }

    /** {@code bytes} went out. */
    static void charge(final TcpControlBlock tcb, final SendMap map, final int bytes) {
        if (tcb.host.tunables().rackUsePacing == 0) {
            return;
        }
        final long rate = rate(tcb, map);
        if (rate > 0) {
            final long now = tcb.host.nowMicros() * MICRO;
            map.paceAt = Math.max(map.paceAt, now - CREDIT) + bytes * SECOND / rate;
            final int size = Math.max(tcb.segmentSize(), 1);
            map.burstSegments += (bytes + size - 1) / size;
        }
    }

    /** Bytes a second; 0: as fast as it goes, there is no round-trip time yet. */
    static long rate(final TcpControlBlock tcb, final SendMap map) {
        final TcpTunables tunables = tcb.host.tunables();
        final int srtt = RoundTrip.smoothed(tcb);
        if (srtt == 0) {
            return 0;
        }
        final boolean slowStart = tcb.sndCwnd < tcb.sndSsthresh;
        final int percent = tcb.is(TcpControlBlock.FASTRECOVERY)
                ? tunables.rackPaceRecovery
                : slowStart ? tunables.rackPaceSlowStart : tunables.rackPaceAvoidance;
        final long window = Math.max(tcb.sndCwnd, tcb.segmentSize()) * MICROS_A_SECOND / srtt;
        long rate = (map.goodput == 0 ? window : map.goodput) * percent / 100;
        if (slowStart) {
            // What is measured is two round trips old, and cwnd has grown since.
            rate = Math.max(rate, window);
        }
        return tunables.rackPaceRateCap == 0
                ? Math.max(rate, 1)
                : Math.min(Math.max(rate, 1), tunables.rackPaceRateCap);
    }
}
