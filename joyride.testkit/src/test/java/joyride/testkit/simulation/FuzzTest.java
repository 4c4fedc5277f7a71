package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

/** Random frames into a host: it never throws, loses no frame, and goes on. {@code -Djoyride.seed=7} plays that seed alone. */
class FuzzTest {
    private static final int SEEDS = 20;
    private static final int FRAMES = 2000;
    private static final int PORT = 80;

    @Test
    void shouldNeitherThrowNorLeakWhenFramesAreRandom() {
        final Long only = Long.getLong("joyride.seed");
        final long first = only == null ? 1 : only;
        final long last = only == null ? SEEDS : only;
        for (long seed = first; seed <= last; seed++) {
            try {
                play(seed);
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError(
                        "seed " + seed
                                + "; replay: mvn -o verify -pl joyride.testkit -am -Dtest=FuzzTest -Djoyride.seed="
                                + seed,
                        e);
            }
        }
    }

    private static void play(final long seed) {
        try (PeerRig rig = new PeerRig(seed, 1500)) {
            final SeededRandom random = new SeededRandom(seed);
            final FrameFuzzer fuzzer = new FrameFuzzer(random, rig.peer());
            Segment like = Segment.of(4000, PORT, 0x10, random.nextInt(), random.nextInt());
            for (int i = 0; i < FRAMES; i++) {
                rig.peer().sendFrame(fuzzer.next(like));
                rig.settle();
                assertEquals(0, rig.wire().framesHeld());
                Segment answer;
                while ((answer = rig.peer().next()) != null) {
                    if (random.chance(0.5)) {
                        like = Segment.of(4000, PORT, 0x10, answer.ack(), answer.seq() + answer.sequenceLength());
                    }
                }
                if (random.chance(0.02)) {
                    rig.pass(random.spread(1, 5000) * 1_000_000L);
                }
            }
            assertFalse(rig.host().programs().instance().ended());
        }
    }
}
