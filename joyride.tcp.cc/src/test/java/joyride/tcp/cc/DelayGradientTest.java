package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** CDG: P = 1 - exp(-g / G), the average that g is, and what it takes a loss for. */
class DelayGradientTest {
    private static DelayGradientState state(final AckClock clock) {
        return (DelayGradientState) clock.tcb.ccPrivate;
    }

    @Test
    void shouldBackOffWithTheProbabilityOfTheFormula() {
        assertEquals(0, DelayGradientState.probability(-1000, 3));
        assertEquals(0, DelayGradientState.probability(0, 3));
        assertEquals(1 - Math.exp(-1), DelayGradientState.probability(3000, 3), 1e-12);
        assertEquals(1 - Math.exp(-1 / 3.0), DelayGradientState.probability(1000, 3), 1e-12);
        assertEquals(1 - Math.exp(-5), DelayGradientState.probability(10_000, 2), 1e-12);
    }

    @Test
    void shouldAverageOverTheLastRoundsWhenTheRoundTripGrows() {
        final DelayGradientState state = new DelayGradientState();
        final int[] rtts = {100, 101, 103, 106, 110, 110, 110, 110, 110, 110, 110, 110, 110};
        int rounds = 0;
        for (final int rtt : rtts) {
            state.roundLeast = rtt * 1000;
            state.roundMost = rtt * 1000 + 500;
            state.round(4);
            if (++rounds == 5) {
                assertEquals((1 + 2 + 3 + 4) * 1000 / 4.0, state.smoothLeast, 1e-9);
                assertEquals(4000, state.gradientLeast);
            }
        }
        assertEquals(0, state.smoothLeast, 1e-9);
        assertEquals(0, state.smoothMost, 1e-9);
    }

    @Test
    void shouldGrowASegmentARoundTripWhenTheRoundTripStays() {
        final AckClock clock = new AckClock(new DelayGradient(), 50);
        clock.avoid(50);
        clock.tcb.sndSsthresh--;
        clock.roundTrip(true);
        final double begin = clock.segments();
        for (int i = 0; i < 100; i++) {
            clock.roundTrip(true);
        }
        assertEquals(begin + 100, clock.segments(), 3);
    }

    @Test
    void shouldGrowFasterAndFasterWhenToldTo() {
        final AckClock clock = new AckClock(new DelayGradient(), 50);
        clock.tunables.cdgAlphaInc = 10;
        clock.avoid(50);
        clock.tcb.sndSsthresh--;
        clock.roundTrip(true);
        for (int i = 0; i < 30; i++) {
            clock.roundTrip(true);
        }
        // 10 × 1 + 10 × 2 + 10 × 3
        assertEquals(50 + 60, clock.segments(), 6);
    }

    @Test
    void shouldBackOffToBetaWhenDelayGrowsFast() {
        final AckClock clock = new AckClock(new DelayGradient(), 50);
        clock.avoid(100);
        clock.tcb.sndSsthresh--;
        clock.roundTrip(true);
        clock.roundTrip(true);
        clock.path(window -> 150);
        final double before = clock.segments();
        clock.roundTrip(true);
        clock.roundTrip(true);
        assertEquals(before * 0.7, clock.segments(), 2);
    }

    @Test
    void shouldKeepTheQueueShortWhenAlone() {
        final AckClock clock = new AckClock(new DelayGradient(), 50).bottleneck(2000); // 100 in flight
        clock.avoid(50);
        clock.tcb.sndSsthresh--;
        double sum = 0;
        double most = 0;
        for (int i = 0; i < 3000; i++) {
            clock.roundTrip(true);
            if (i > 500) {
                sum += clock.segments();
                most = Math.max(most, clock.segments());
            }
        }
        assertTrue(most < 300, "most " + most);
        assertTrue(sum / 2500 > 70, "mean " + sum / 2500);
    }

    /** A back-off, a round in which it cannot show yet, and so on; after so many in vain, so many more that would be due are left out. */
    @ParameterizedTest
    @CsvSource({"5, 5", "5, 7", "3, 2", "1, 1"})
    void shouldStopBackingOffForAWhileWhenThatIsInVain(final int inVain, final int hold) {
        final AckClock clock = new AckClock(new DelayGradient(), 50);
        assertEquals(5, clock.tunables.cdgConsecCong);
        assertEquals(5, clock.tunables.cdgHoldBackoff);
        clock.tunables.cdgConsecCong = inVain;
        clock.tunables.cdgHoldBackoff = hold;
        final StringBuilder seen = new StringBuilder();
        double rtt = 50;
        for (int i = 0; i < 45; i++) {
            rtt += 40; // somebody else fills the queue, whatever we do: a probability of 1 - exp(-13)
            final double now = rtt;
            clock.path(window -> now);
            clock.tcb.clear(TcpControlBlock.RECOVERY);
            clock.avoid(1000);
            clock.tcb.sndSsthresh--;
            clock.roundTrip(true);
            seen.append(clock.tcb.sndCwnd < 900 * AckClock.MSS ? 'B' : '.');
        }
        final String turn = "B.".repeat(inVain) + ".".repeat(hold);
        final String rounds = seen.substring(seen.indexOf("B"));
        assertEquals(turn.repeat(60).substring(0, rounds.length()), rounds);
    }

    @Test
    void shouldTakeALossForCongestionOnlyWhereTheQueueLooksFull() {
        final AckClock clock = new AckClock(new DelayGradient(), 50);
        final DelayGradientState state = state(clock);
        clock.avoid(100);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(50 * AckClock.MSS, clock.tcb.sndSsthresh, "nothing is known yet");
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        feed(state, 80, 80);
        feed(state, 70, 80);
        clock.avoid(100);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(100 * AckClock.MSS, clock.tcb.sndSsthresh, "the queue empties");
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        feed(state, 110, 110);
        feed(state, 120, 110);
        feed(state, 130, 60);
        clock.avoid(100);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(50 * AckClock.MSS, clock.tcb.sndSsthresh, "the queue is full");
    }

    private static void feed(final DelayGradientState state, final int least, final int most) {
        state.roundLeast = least * 1000;
        state.roundMost = most * 1000;
        state.round(8);
    }
}
