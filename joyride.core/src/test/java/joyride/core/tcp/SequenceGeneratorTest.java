package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import joyride.api.tcp.TcpTunables;
import joyride.core.time.TurnClock;
import org.junit.jupiter.api.Test;

class SequenceGeneratorTest {
    private final TcpTunables tunables = new TcpTunables();
    private final Random random = new Random(3);
    private long now;
    private final SequenceGenerator generator = new SequenceGenerator(
            random::nextLong,
            new TurnClock() {
                @Override
                public long millis() {
                    return now;
                }

                @Override
                public long nanoTime() {
                    return now * 1_000_000;
                }
            },
            tunables);

    /** How far the number of one and the same tuple goes in ten seconds: 1 MB/s and 4 to 8 KB a connection. */
    private long stepOfTenSeconds() {
        final int before = generator.initialSequence(0, 1, 80, 0, 2, 5000);
        now += 10_000;
        return generator.initialSequence(0, 1, 80, 0, 2, 5000) - before & 0xffff_ffffL;
    }

    @Test
    void shouldGoOnWithTimeForATupleThatComesAgain() {
        for (int i = 0; i < 100; i++) {
            final long step = stepOfTenSeconds();
            assertTrue(step >= 10_000_000 + 4096 && step < 10_000_000 + 8192, "step " + step);
        }
    }

    /** Of connections at one moment nobody knows the next one's step. */
    @Test
    void shouldStepAsFarAsNobodyKnows() {
        final Set<Integer> steps = new HashSet<>();
        int before = generator.initialSequence(0, 1, 80, 0, 2, 5000);
        for (int i = 0; i < 100; i++) {
            final int next = generator.initialSequence(0, 1, 80, 0, 2, 5000);
            assertTrue(next - before >= 4096 && next - before < 8192, "step " + (next - before));
            steps.add(next - before);
            before = next;
        }
        assertTrue(steps.size() > 90, steps.size() + " of 100");
    }

    @Test
    void shouldBeginElsewhereWhenTheSecretIsMadeAnew() {
        tunables.isnReseedInterval = 5;
        int far = 0;
        for (int i = 0; i < 100; i++) {
            far += stepOfTenSeconds() > 11_000_000 ? 1 : 0;
        }
        assertTrue(far > 90, far + " of 100");
    }
}
