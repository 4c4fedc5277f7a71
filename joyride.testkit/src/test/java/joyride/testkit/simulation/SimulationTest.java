package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Two hosts on a faulty wire, or in every fourth a host and a peer that misbehaves, one scenario for each seed. {@code -Djoyride.seeds=10000} plays more of
 * them, {@code -Djoyride.seed=7} that one alone, {@code -Djoyride.first=5001} begins there.
 */
class SimulationTest {
    private static final int SEEDS = 1000;
    private static final int LONG_SEEDS = 10_000;
    private static final int LOOPBACK_SEEDS = 200;
    private static final int MOST_FAILURES = 5;

    @Test
    void shouldCarryEveryByteAndLeaveNothingWhenTheWireIsFaulty() throws IOException {
        final Long only = Long.getLong("joyride.seed");
        final long first = only == null ? Long.getLong("joyride.first", 1) : only;
        final long count = only == null
                ? Long.getLong("joyride.seeds", Boolean.getBoolean("joyride.long") ? LONG_SEEDS : SEEDS)
                : 1;
        final List<String> failures = new ArrayList<>();
        long bytes = 0;
        long frames = 0;
        long turns = 0;
        long rogues = 0;
        for (long seed = first; seed < first + count && failures.size() < MOST_FAILURES; seed++) {
            final Played run = Played.of(seed, null);
            rogues += Played.isRogue(seed) ? 1 : 0;
            bytes += run.bytes();
            frames += run.frames();
            turns += run.turns();
            if (!run.failures().isEmpty()) {
                failures.add(describe(seed, run));
            }
        }
        System.out.printf(
                "simulation: seeds %d..%d, %d with a rogue, %d bytes, %d frames, %d turns%n",
                first, first + count - 1, rogues, bytes, frames, turns);
        if (!failures.isEmpty()) {
            fail(String.join("\n", failures));
        }
        assertTrue(bytes > 0);
    }

    @Test
    void shouldCarryEveryByteAndLeaveNothingOverTheLoopback() {
        final Long only = Long.getLong("joyride.seed");
        final long first = only == null ? 1 : only;
        for (long seed = first; seed < first + (only == null ? LOOPBACK_SEEDS : 1); seed++) {
            final ScenarioRun run = ScenarioRun.play(Scenario.of(seed).onLoopback(), null);
            if (run.thrown() != null) {
                trace(run.thrown());
            }
            final long number = seed;
            assertTrue(run.failures().isEmpty(), () -> "seed " + number + ": " + run.failures());
        }
    }

    @Test
    void shouldSendTheSameFramesAtTheSameTimesWhenTheSeedIsTheSame() {
        for (long seed = 1; seed <= 10; seed++) {
            final Played first = Played.of(seed, null);
            final Played second = Played.of(seed, null);
            assertEquals(first.frames(), second.frames(), "seed " + seed);
            assertEquals(first.traceHash(), second.traceHash(), "seed " + seed);
            assertNotEquals(first.traceHash(), Played.of(seed + 1000, null).traceHash());
        }
    }

    /** The part of a stack trace that is ours. */
    private static void trace(final Throwable thrown) {
        System.out.println(thrown);
        for (final StackTraceElement element : thrown.getStackTrace()) {
            if (element.getClassName().startsWith("joyride")) {
                System.out.println("    at " + element);
            }
        }
    }

    /** What failed, how to see it again, and the frames. */
    private static String describe(final long seed, final Played run) throws IOException {
        final Path file = Path.of("target", "simulation", "seed-" + seed + ".pcap");
        final boolean same;
        try (PcapWriter pcap = new PcapWriter(file, false)) {
            same = Played.of(seed, pcap).traceHash() == run.traceHash();
        }
        if (run.thrown() != null) {
            trace(run.thrown());
        }
        final List<String> lines = run.failures();
        return "seed " + seed + ": " + lines.size() + " failures: "
                + String.join("\n    ", lines.subList(0, Math.min(4, lines.size())))
                + "\n  " + Played.summary(seed)
                + "\n  replay" + (same ? "" : " (which differs!)")
                + ": mvn -o verify -pl joyride.testkit -am -Dtest=SimulationTest -Djoyride.seed=" + seed
                + "\n  frames: "
                + file;
    }
}
