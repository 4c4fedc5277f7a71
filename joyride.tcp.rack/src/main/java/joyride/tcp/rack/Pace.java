package joyride.tcp.rack;

import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;

/** Pacing: a window is spread over its round trip, in bursts of what the rate sends in a quarter of a millisecond. */
final class Pace {
    /** What may be sent ahead in one go, ns. */
    private static final long BURST = 250_000;

    /** So much lateness of the wheel and of the loop is made good, ns. */
    private static final long CREDIT = 50_000;

    private static final long MICRO = 1000;
    private static final long SECOND = 1_000_000_000;

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
        tcb.host.count(TcpCounter.RACK_PACED);
        tcb.host.pace(tcb, Math.max(map.paceAt - now, 1));
        return true;
    }

    /** {@code bytes} went out. */
    static void charge(final TcpControlBlock tcb, final SendMap map, final int bytes) {
        if (tcb.host.tunables().rackUsePacing == 0) {
            return;
        }
        final long rate = rate(tcb);
        if (rate > 0) {
            final long now = tcb.host.nowMicros() * MICRO;
            map.paceAt = Math.max(map.paceAt, now - CREDIT) + bytes * SECOND / rate;
            map.burstSegments++;
        }
    }

    /** Bytes a second; 0: as fast as it goes, there is no round-trip time yet. */
    static long rate(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        final int srtt = RoundTrip.smoothed(tcb);
        if (srtt == 0) {
            return 0;
        }
        final int percent = tcb.is(TcpControlBlock.FASTRECOVERY)
                ? tunables.rackPaceRecovery
                : tcb.sndCwnd < tcb.sndSsthresh ? tunables.rackPaceSlowStart : tunables.rackPaceAvoidance;
        final long window = Math.max(tcb.sndCwnd, tcb.segmentSize());
        final long rate = Math.max(window * percent * 10_000 / srtt, 1);
        return tunables.rackPaceRateCap == 0 ? rate : Math.min(rate, tunables.rackPaceRateCap);
    }
}
