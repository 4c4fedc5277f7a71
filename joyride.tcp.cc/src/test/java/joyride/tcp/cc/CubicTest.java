package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import org.junit.jupiter.api.Test;

/** CUBIC over an acknowledgement clock, against RFC 9438's formulas. */
class CubicTest {
    private static final double C = 102 / 256.0;
    private static final double BETA = 179 / 256.0;

    /** In congestion avoidance with a loss behind it, so that the next one takes β. */
    private static AckClock seasoned(final int rtt, final int segments) {
        final AckClock clock = new AckClock(new Cubic(), rtt);
        clock.avoid(segments);
        clock.loseOne();
        clock.avoid(segments);
        ((CubicState) clock.tcb.ccPrivate).wMax = 0;
        clock.loseOne();
        return clock;
    }

    @Test
    void shouldDoubleEachRoundTripWhenInSlowStart() {
        final AckClock clock = new AckClock(new Cubic(), 50);
        clock.roundTrip(true);
        assertEquals(20, clock.segments());
        clock.roundTrip(true);
        assertEquals(40, clock.segments());
    }

    @Test
    void shouldHalveOnTheFirstLossAndTakeBetaLater() {
        final AckClock clock = new AckClock(new Cubic(), 50);
        clock.avoid(100);
        clock.loseOne();
        assertEquals(50, clock.segments(), 0.01);
        clock.avoid(100);
        clock.loseOne();
        assertEquals(100 * BETA, clock.segments(), 0.1);
    }

    @Test
    void shouldFollowTheCurveForTwiceKWhenTheRoundTripIsLong() {
        final AckClock clock = seasoned(100, 100);
        final double start = clock.segments();
        final double k = Math.cbrt((100 - start) / C);
        final long epoch = clock.now();
        while (clock.now() - epoch < 2000 * k) {
            clock.roundTrip(true);
            final double t = (clock.now() - epoch) / 1000.0;
            final double expected = 100 + C * Math.pow(t - k, 3);
            // The window aims at where the curve is a round trip later, and gets there within it.
            assertEquals(expected, clock.segments(), 1 + 0.03 * expected, "t = " + t);
        }
        assertTrue(clock.segments() > 125 && clock.segments() < 140, clock.segments() + " segments");
    }

    @Test
    void shouldGrowAsRenoWouldWhenTheRoundTripIsShort() {
        final AckClock clock = seasoned(5, 40);
        final double start = clock.segments();
        int rounds = 0;
        while (clock.segments() < 39) {
            clock.roundTrip(true);
            rounds++;
        }
        // α = 0.529 segments a round trip (RFC 9438 §4.3)
        assertEquals((39 - start) / 0.527, rounds, 3);
        final double before = clock.segments();
        for (int i = 0; i < 20; i++) {
            clock.roundTrip(true);
        }
        assertEquals(before + 19, clock.segments(), 3, "beyond the window of the last loss a whole segment");
    }

    @Test
    void shouldLeaveRoomWhenALossComesBelowTheLastMaximum() {
        final AckClock clock = seasoned(100, 100);
        final CubicState state = (CubicState) clock.tcb.ccPrivate;
        assertEquals(100 * AckClock.MSS, state.wMax);
        clock.loseOne();
        assertEquals(100 * BETA * 217 / 256 * AckClock.MSS, state.wMax, 100);
    }

    @Test
    void shouldNotGrowWhenTheWindowIsNotWhatLimits() {
        final AckClock clock = seasoned(100, 100);
        clock.roundTrip(true);
        final int before = clock.tcb.sndCwnd;
        for (int i = 0; i < 100; i++) {
            clock.roundTrip(false);
        }
        assertEquals(before, clock.tcb.sndCwnd);
        clock.roundTrip(true);
        assertTrue(clock.tcb.sndCwnd - before < 6 * AckClock.MSS, "the idle time does not count as growth");
    }

    @Test
    void shouldStartAtOneSegmentAfterATimeoutAndBeBackWhenItWasSpurious() {
        final AckClock clock = seasoned(100, 100);
        clock.roundTrip(true);
        final CubicState state = (CubicState) clock.tcb.ccPrivate;
        final int max = state.wMax;
        final int k = state.k;
        clock.tcb.rxtShift = 1;
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_RTO);
        assertEquals(AckClock.MSS, clock.tcb.sndCwnd);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_RTO_ERROR);
        assertEquals(max, state.wMax);
        assertEquals(k, state.k);
    }

    @Test
    void shouldGrowAsMuchWhenAcknowledgementsStandForManySegments() {
        final AckClock one = seasoned(5, 40);
        final AckClock many = seasoned(5, 40);
        for (int i = 0; i < 20; i++) {
            one.roundTrip(true);
            many.pass(5);
            many.acknowledge(many.tcb.sndCwnd, true);
        }
        assertEquals(one.segments(), many.segments(), 0.5);
    }

    @Test
    void shouldStartTheCurveLevelWhenSlowStartAfterATimeoutEnds() {
        final AckClock clock = seasoned(100, 100);
        clock.roundTrip(true);
        clock.tcb.rxtShift = 1;
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_RTO);
        clock.tcb.rxtShift = 0;
        while (clock.tcb.sndCwnd < clock.tcb.sndSsthresh) {
            clock.roundTrip(true);
        }
        clock.roundTrip(true);
        final CubicState state = (CubicState) clock.tcb.ccPrivate;
        assertEquals(0, state.k, "RFC 9438 §4.8");
        assertEquals(state.epochWindow, state.wMax);
    }

    @Test
    void shouldKeepTwoSegmentsWhenLossesPileUp() {
        final AckClock clock = seasoned(100, 20);
        for (int i = 0; i < 20; i++) {
            clock.loseOne();
        }
        assertEquals(2 * AckClock.MSS, clock.tcb.sndSsthresh);
    }

    @Test
    void shouldCutOnceWhenEcnEchoesComeInOneRecovery() {
        final AckClock clock = seasoned(100, 100);
        final int before = clock.tcb.sndCwnd;
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        assertEquals(before * BETA, clock.tcb.sndCwnd, 1);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        assertEquals(before * BETA, clock.tcb.sndCwnd, 1);
        assertTrue(clock.tcb.is(TcpControlBlock.CONGRECOVERY));
    }

    @Test
    void shouldTakeUpAConnectionWhereItIsWhenSwitchedTo() {
        final AckClock clock = new AckClock(new Cubic(), 100);
        clock.avoid(80);
        clock.control.destroy(clock.tcb);
        final Cubic next = new Cubic();
        next.init(clock.tcb);
        next.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(80 * AckClock.MSS, ((CubicState) clock.tcb.ccPrivate).wMax);
    }
}
