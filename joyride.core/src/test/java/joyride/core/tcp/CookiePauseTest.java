package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** How long cookies answer once the syncache overflowed. */
class CookiePauseTest {
    private static final long FIRST = 15_000;

    @Test
    void shouldLastTwiceAsLongEachTimeUpToSixTimes() {
        final CookiePause pause = new CookiePause();
        long now = 1_000_000;
        assertFalse(pause.holds(now));
        for (int i = 0; i < 10; i++) {
            pause.begin(now);
            final long length = FIRST << Math.min(i, 6);
            assertTrue(pause.holds(now + length - 1), "time " + i);
            now += length;
            assertFalse(pause.holds(now), "time " + i);
        }
    }

    @Test
    void shouldNotBeginAnewWhileItLasts() {
        final CookiePause pause = new CookiePause();
        pause.begin(0);
        pause.begin(FIRST - 1);
        assertFalse(pause.holds(FIRST));
    }

    @Test
    void shouldBeShortAgainWhenItWasLongAgo() {
        final CookiePause pause = new CookiePause();
        pause.begin(0);
        pause.begin(2 * FIRST - 1);
        assertTrue(pause.holds(4 * FIRST - 2), "twice");
        final long later = 4 * FIRST - 1 + 2 * FIRST;
        pause.begin(later);
        assertFalse(pause.holds(later + FIRST));
    }
}
