package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** The worked points of RFC 9438: C = 0.4, β = 0.7, within what 8 bits of fraction leave. */
class CubicCurveTest {
    private static final int MSS = 1000;

    private static int reduced(final int max) {
        return CubicCurve.scaled(max, CubicCurve.BETA);
    }

    @Test
    void shouldBeBackAfterTheCubeRootOfSeventyFiveSecondsWhenTheWindowWasHundredSegments() {
        assertEquals(4217, CubicCurve.k(100 * MSS, reduced(100 * MSS), MSS), 25);
    }

    @Test
    void shouldBeBackAfterNineSecondsWhenTheWindowWasThousandSegments() {
        assertEquals(9086, CubicCurve.k(1000 * MSS, reduced(1000 * MSS), MSS), 50);
    }

    @Test
    void shouldStartAtSeventyPassHundredAndReachHundredThirtyWhenTimeRunsToTwiceK() {
        final int max = 100 * MSS;
        final int k = CubicCurve.k(max, reduced(max), MSS);
        assertEquals(70 * MSS, CubicCurve.window(0, k, max, MSS), MSS);
        assertEquals(100 * MSS, CubicCurve.window(k, k, max, MSS), 1);
        assertEquals(130 * MSS, CubicCurve.window(2L * k, k, max, MSS), MSS);
    }

    @Test
    void shouldFollowTheFormulaWhenComparedEveryHundredMilliseconds() {
        final int max = 300 * MSS;
        final int k = CubicCurve.k(max, reduced(max), MSS);
        for (int t = 0; t < 20_000; t += 100) {
            final double seconds = (t - k) / 1000.0;
            final double expected = max + 102 / 256.0 * seconds * seconds * seconds * MSS;
            assertEquals(expected, CubicCurve.window(t, k, max, MSS), MSS);
        }
    }

    @Test
    void shouldNotWaitWhenTheWindowIsAtItsMaximum() {
        assertEquals(0, CubicCurve.k(100 * MSS, 100 * MSS, MSS));
    }

    @Test
    void shouldStayInBoundsWhenTimeIsAbsurd() {
        assertEquals(Integer.MAX_VALUE, CubicCurve.window(Long.MAX_VALUE / 2, 0, 10 * MSS, 9000));
        assertEquals(MSS, CubicCurve.window(0, Integer.MAX_VALUE, 10 * MSS, MSS));
    }
}
