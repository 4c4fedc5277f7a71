package joyride.core.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TimerWheelTest {
    private final List<Probe> expired = new ArrayList<>();
    private TimerWheel wheel = new TimerWheel(0);

    private final class Probe extends Timer {
        long wanted;
        long expiredAt = -1;

        @Override
        protected void expire() {
            expiredAt = wheel.now();
            expired.add(this);
        }
    }

    @Test
    void shouldExpireEachTimerAtItsDeadlineWhenTimeMovesInAnySteps() {
        for (long seed = 0; seed < 200; seed++) {
            play(seed);
        }
    }

    private void play(final long seed) {
        final Random random = new Random(seed);
        final long begin = random.nextBoolean() ? 0 : random.nextLong(1L << 40);
        wheel = new TimerWheel(begin);
        expired.clear();
        final List<Probe> probes = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            probes.add(new Probe());
        }
        for (int step = 0; step < 400; step++) {
            final Probe probe = probes.get(random.nextInt(probes.size()));
            final int dice = random.nextInt(4);
            if (dice == 0) {
                wheel.cancel(probe);
            } else if (dice < 3) {
                probe.wanted = wheel.now() + random.nextLong(1L << random.nextInt(1, 34));
                wheel.arm(probe, probe.wanted);
                probe.wanted = Math.max(probe.wanted, wheel.now() + 1);
            }
            long earliest = Long.MAX_VALUE;
            int armed = 0;
            for (final Probe each : probes) {
                if (each.isArmed()) {
                    earliest = Math.min(earliest, each.wanted);
                    armed++;
                }
            }
            assertEquals(armed, wheel.armed());
            final long next = wheel.nextEvent();
            assertTrue(next <= earliest && next > wheel.now(), "seed " + seed + ": next " + next + " of " + earliest);
            final long to = random.nextBoolean()
                    ? (next == Long.MAX_VALUE ? wheel.now() + 1 : next)
                    : wheel.now() + random.nextLong(1L << random.nextInt(1, 30));
            wheel.advance(to);
            assertEquals(to, wheel.now());
            for (final Probe each : expired) {
                assertEquals(each.wanted, each.expiredAt, "seed " + seed);
                assertTrue(each.wanted <= to);
            }
            expired.clear();
            for (final Probe each : probes) {
                assertFalse(each.isArmed() && each.wanted <= to, "seed " + seed + ": late");
            }
        }
    }

    @Test
    void shouldArmAgainFromWithinExpireWhenDueAtOnce() {
        final int[] count = new int[1];
        final Timer[] timer = new Timer[1];
        timer[0] = new Timer() {
            @Override
            protected void expire() {
                if (++count[0] < 5) {
                    wheel.arm(timer[0], wheel.now());
                }
            }
        };
        wheel.arm(timer[0], 0);
        wheel.advance(3);
        assertEquals(3, count[0]);
        wheel.advance(10);
        assertEquals(5, count[0]);
        assertEquals(Long.MAX_VALUE, wheel.nextEvent());
    }
}
