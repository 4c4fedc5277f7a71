package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.CongestionControl;
import org.junit.jupiter.api.Test;

/** HyStart++ round by round (RFC 9406 §4.2), through CUBIC. */
class HyStartTest {
    private static AckClock clock(final int rtt) {
        final AckClock clock = new AckClock(new Cubic(), rtt);
        clock.tunables.hyStart = 1;
        return clock;
    }

    private static boolean conservative(final AckClock clock) {
        return ((CubicState) clock.tcb.ccPrivate).hyStart.conservative();
    }

    /** The rise from which on slow start is left, ms. */
    private static double threshold(final int rtt) {
        for (double rise = 0.5; rise < 40; rise += 0.5) {
            final AckClock clock = clock(rtt);
            clock.roundTrip(true);
            clock.roundTrip(true);
            final double longer = rtt + rise;
            clock.path(window -> longer);
            clock.roundTrip(true);
            if (conservative(clock)) {
                return rise;
            }
        }
        throw new AssertionError("never left");
    }

    @Test
    void shouldGoOnDoublingWhenTheRoundTripStays() {
        final AckClock clock = clock(100);
        for (int i = 0; i < 6; i++) {
            clock.roundTrip(true);
        }
        assertEquals(640, clock.segments());
        assertFalse(conservative(clock));
    }

    @Test
    void shouldTakeAnEighthOfTheRoundTripBetweenFourAndSixteenMillisecondsForARise() {
        assertEquals(4, threshold(10));
        assertEquals(4, threshold(32));
        assertEquals(10, threshold(80));
        assertEquals(16, threshold(128));
        assertEquals(16, threshold(400));
    }

    @Test
    void shouldGrowAQuarterAsFastAndEndInAvoidanceAfterFiveRoundsWhenTheRoundTripRose() {
        final AckClock clock = clock(100);
        clock.roundTrip(true);
        clock.roundTrip(true); // 40 segments
        clock.path(window -> 115);
        clock.roundTrip(true);
        assertTrue(conservative(clock));
        // The first eight samples of the round that tells still double.
        final double entered = clock.segments();
        assertEquals(40 + 8 + 32 / 4, entered, 2);
        clock.roundTrip(true);
        assertEquals(entered * 1.25, clock.segments(), 2);
        for (int i = 0; i < 3; i++) {
            assertTrue(clock.tcb.sndSsthresh > 1 << 20, "round " + i);
            clock.roundTrip(true);
        }
        // The part of a round in which it began counts as one of the five.
        assertEquals(entered * Math.pow(1.25, 4), clock.segments(), 6);
        final double before = clock.segments();
        clock.roundTrip(true);
        assertTrue(clock.tcb.sndSsthresh <= clock.tcb.sndCwnd, "in congestion avoidance");
        assertTrue(clock.segments() < before * 1.1, clock.segments() + " after " + before);
    }

    @Test
    void shouldGoBackToSlowStartWhenTheRiseWasJitter() {
        final AckClock clock = clock(100);
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.path(window -> 115);
        clock.roundTrip(true);
        assertTrue(conservative(clock));
        clock.path(window -> 101);
        clock.roundTrip(true);
        assertFalse(conservative(clock));
        final double before = clock.segments();
        clock.roundTrip(true);
        assertEquals(2 * before, clock.segments(), 1);
    }

    @Test
    void shouldNotJudgeWhenARoundHasFewerThanEightSamples() {
        final AckClock clock = clock(100);
        clock.tcb.sndCwnd = 2 * AckClock.MSS;
        clock.roundTrip(true); // 2 samples
        clock.path(window -> 150);
        clock.roundTrip(true); // 4
        assertFalse(conservative(clock));
    }

    @Test
    void shouldHaveNoMoreToSayAfterALossUntilIdleness() {
        final AckClock clock = clock(100);
        clock.roundTrip(true);
        clock.loseOne();
        clock.tcb.sndSsthresh = 1 << 30;
        clock.roundTrip(true);
        clock.path(window -> 130);
        clock.roundTrip(true);
        assertFalse(conservative(clock));
        clock.control.afterIdle(clock.tcb);
        clock.tcb.sndSsthresh = 1 << 30;
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.path(window -> 160);
        clock.roundTrip(true);
        assertTrue(conservative(clock));
    }

    @Test
    void shouldDoNothingWhenNotEnabled() {
        final AckClock clock = clock(100);
        clock.tunables.hyStart = 0;
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.path(window -> 200);
        clock.roundTrip(true);
        assertEquals(80, clock.segments());
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(40 * AckClock.MSS, clock.tcb.sndSsthresh);
    }
}
