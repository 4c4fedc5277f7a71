package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** H-TCP against the draft's formulas: α(Δ) = 1 + 10 (Δ - 1) + ((Δ - 1) / 2)², times 2 (1 - β). */
class HtcpTest {
    @Test
    void shouldGrowAsTheFormulaSays() {
        assertEquals(1, Htcp.alpha(0, 0.5, 0));
        assertEquals(1, Htcp.alpha(1, 0.5, 0));
        assertEquals(1 + 5 + 0.0625, Htcp.alpha(1.5, 0.5, 0));
        assertEquals(11.25, Htcp.alpha(2, 0.5, 0));
        assertEquals(1 + 90 + 20.25, Htcp.alpha(10, 0.5, 0));
        assertEquals(2 * 0.2 * 11.25, Htcp.alpha(2, 0.8, 0), 1e-9);
        assertEquals(1, Htcp.alpha(1.01, 0.8, 0), "never below Reno's");
    }

    @Test
    void shouldGrowByTimeWhenScaled() {
        assertEquals(11.25, Htcp.alpha(2, 0.5, 100_000));
        assertEquals(11.25 * 2, Htcp.alpha(2, 0.5, 300_000), "at most twice");
        assertEquals(11.25 / 4, Htcp.alpha(2, 0.5, 25_000));
        assertEquals(11.25 / 10, Htcp.alpha(2, 0.5, 1_000), "at least a tenth");
    }

    @Test
    void shouldHalveAndFollowTheIntegralOfItsGrowth() {
        final AckClock clock = new AckClock(new Htcp(), 50);
        clock.roundTrip(true);
        clock.avoid(200);
        clock.loseOne();
        assertEquals(100, clock.segments(), 0.01);
        final long congested = clock.now() - 50; // a round trip went by in recovery
        clock.roundTrip(true); // counts a first window
        double expected = clock.segments();
        while (clock.now() - congested < 6000) {
            final double delta = (clock.now() - congested) / 1000.0;
            clock.roundTrip(true);
            expected += Htcp.alpha(delta, 0.5, 0);
            assertEquals(expected, clock.segments(), 3 + 0.05 * expected, "after " + delta + " s");
        }
        assertTrue(clock.segments() > 1000, "6 s: " + clock.segments());
    }

    @Test
    void shouldBackOffByTheShareOfTheQueueWhenAdaptive() {
        final AckClock clock = new AckClock(new Htcp(), 60);
        clock.tunables.htcpAdaptiveBackoff = 1;
        clock.roundTrip(true);
        clock.path(window -> 100);
        clock.roundTrip(true);
        clock.avoid(100);
        clock.loseOne();
        assertEquals(60, clock.segments(), 0.5);
        clock.path(window -> 1000);
        clock.roundTrip(true);
        clock.avoid(100);
        clock.loseOne();
        assertEquals(50, clock.segments(), 0.01, "never less than half");
        final AckClock steady = new AckClock(new Htcp(), 60);
        steady.tunables.htcpAdaptiveBackoff = 1;
        steady.roundTrip(true);
        steady.avoid(100);
        steady.loseOne();
        assertEquals(80, steady.segments(), 0.1, "never more than 0.8");
    }
}
