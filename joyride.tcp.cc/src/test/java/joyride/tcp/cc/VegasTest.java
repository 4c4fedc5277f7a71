package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Vegas: (window / base round trip - rate) × base round trip, the segments queued, stays between α and β. */
class VegasTest {
    /** 1000 segments/s and 50 ms: 50 in flight, the rest of a window waits. */
    private static AckClock bottleneck() {
        return new AckClock(new Vegas(), 50).bottleneck(1000);
    }

    private static double queued(final AckClock clock) {
        return clock.segments() - 50;
    }

    @Test
    void shouldSettleWithOneToThreeSegmentsQueuedWhenItBeginsBelow() {
        final AckClock clock = bottleneck();
        clock.avoid(20);
        clock.tcb.sndSsthresh--;
        for (int i = 0; i < 60; i++) {
            clock.roundTrip(true);
        }
        for (int i = 0; i < 50; i++) {
            clock.roundTrip(true);
            assertTrue(queued(clock) >= 0 && queued(clock) <= 4, "queued " + queued(clock));
        }
    }

    @Test
    void shouldComeDownASegmentEachRoundTripWhenItBeginsAbove() {
        final AckClock clock = bottleneck();
        clock.avoid(10);
        clock.tcb.sndSsthresh--;
        clock.roundTrip(true); // sees the base round trip
        clock.avoid(90);
        clock.tcb.sndSsthresh--;
        clock.roundTrip(true);
        final double begin = clock.segments();
        for (int i = 0; i < 20; i++) {
            clock.roundTrip(true);
        }
        assertEquals(begin - 20, clock.segments(), 2);
        for (int i = 0; i < 60; i++) {
            clock.roundTrip(true);
        }
        assertTrue(queued(clock) >= 0 && queued(clock) <= 4, "queued " + queued(clock));
    }

    @Test
    void shouldKeepMoreQueuedWhenToldTo() {
        final AckClock clock = bottleneck();
        clock.tunables.vegasAlpha = 10;
        clock.tunables.vegasBeta = 14;
        clock.avoid(20);
        clock.tcb.sndSsthresh--;
        for (int i = 0; i < 100; i++) {
            clock.roundTrip(true);
        }
        assertTrue(queued(clock) >= 9 && queued(clock) <= 15, "queued " + queued(clock));
    }

    /** 100 segments at a base round trip of 50 ms: (window / base - window / rtt) × base = 100 (1 - 50 / rtt). */
    @ParameterizedTest
    @CsvSource({
        "1, 3, 0.9, 1",
        "1, 3, 1.1, 0",
        "1, 3, 2.9, 0",
        "1, 3, 3.1, -1",
        "2, 6, 1.9, 1",
        "2, 6, 2.1, 0",
        "2, 6, 5.9, 0",
        "2, 6, 6.1, -1"
    })
    void shouldGrowBelowAlphaAndFallAboveBeta(final int alpha, final int beta, final double queued, final int change) {
        final AckClock clock = new AckClock(new Vegas(), 50);
        final TcpTunables defaults = new TcpTunables();
        assertEquals(1, defaults.vegasAlpha);
        assertEquals(3, defaults.vegasBeta);
        clock.tunables.vegasAlpha = alpha;
        clock.tunables.vegasBeta = beta;
        steady(clock, 50);
        steady(clock, 50 / (1 - queued / 100));
        clock.roundTrip(true);
        assertEquals(100 + change, clock.segments(), 1e-9, queued + " segments queued");
    }

    /** Rounds of a window of 100 segments in congestion avoidance, after which the last round's numbers are of it alone. */
    private static void steady(final AckClock clock, final double rtt) {
        clock.path(window -> rtt);
        for (int i = 0; i < 3; i++) {
            clock.avoid(100);
            clock.tcb.sndSsthresh--;
            clock.roundTrip(true);
        }
        clock.avoid(100);
        clock.tcb.sndSsthresh--;
    }

    @Test
    void shouldDoubleEveryOtherRoundTripAndEndSlowStartBeforeTheQueueIsLong() {
        final AckClock clock = new AckClock(new Vegas(), 50).bottleneck(4000); // 200 in flight
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.roundTrip(true);
        assertTrue(clock.segments() <= 40, "two doublings in four round trips: " + clock.segments());
        double most = 0;
        for (int i = 0; i < 40; i++) {
            clock.roundTrip(true);
            most = Math.max(most, clock.segments());
        }
        assertTrue(most <= 200 * 2, "most " + most);
        assertTrue(clock.tcb.sndSsthresh < clock.tcb.sndCwnd, "out of slow start");
    }

    @Test
    void shouldBeRenoWhenSegmentsAreLost() {
        final AckClock clock = bottleneck();
        clock.avoid(40);
        clock.loseOne();
        assertEquals(20, clock.segments(), 0.01);
    }
}
