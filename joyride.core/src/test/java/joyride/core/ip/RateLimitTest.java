package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RateLimitTest {
    private final Random random = new Random(5);
    private final RateLimit limit = new RateLimit(random::nextLong);

    private int allowed(final long second, final int most, final int jitter) {
        int allowed = 0;
        for (int i = 0; i < 1000; i++) {
            allowed += limit.allow(second * 1000, most, jitter) ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void shouldVaryByTheJitterAndNoMore() {
        final Set<Integer> seen = new HashSet<>();
        for (int second = 0; second < 500; second++) {
            seen.add(allowed(second, 200, 16));
        }
        assertEquals(33, seen.size());
        assertTrue(seen.stream().allMatch(count -> count >= 184 && count <= 216), seen.toString());
    }

    @Test
    void shouldBeExactWithoutJitterAndAlwaysAllowOne() {
        assertEquals(7, allowed(1, 7, 0));
        for (int second = 2; second < 50; second++) {
            assertTrue(allowed(second, 3, 100) >= 1);
        }
    }

    @Test
    void shouldNotLimitWhenTheLimitIsZero() {
        assertEquals(1000, allowed(1, 0, 16));
    }
}
