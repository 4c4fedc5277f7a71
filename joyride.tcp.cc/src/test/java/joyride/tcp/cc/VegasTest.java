package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

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
