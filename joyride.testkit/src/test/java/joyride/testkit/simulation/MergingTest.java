package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import joyride.core.instance.Instance;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Large receive in software: what the receiver sends obeys the RFCs as without it, and is the same where frames come one by one. */
class MergingTest {
    private static final int PORT = 5001;
    private static final int BYTES = 2_000_000;
    private static final long MILLI = 1_000_000L;

    /** Frames in the order they were sent in, and units that were merged. */
    private record Outcome(List<WireSegment> frames, long units) {
        List<WireSegment> arrivals() {
            return frames.stream()
                    .filter(frame -> frame.fromA() && frame.arrived() >= 0)
                    .sorted(Comparator.comparingLong(WireSegment::arrived))
                    .toList();
        }

        List<WireSegment> replies() {
            return frames.stream().filter(frame -> !frame.fromA()).toList();
        }
    }

    private static Outcome transfer(
            final String variant,
            final boolean six,
            final boolean merging,
            final Faults there,
            final Faults back,
            final Map<String, String> sysctls) {
        final List<WireSegment> frames = new ArrayList<>();
        try (Simulation simulation = new Simulation(11, six, 1500, false, there, back)) {
            simulation.wire().tap((fromA, nanos, address, length, due) -> {
                final WireSegment segment = WireSegment.of(fromA, nanos, address, length, due);
                if (segment != null) {
                    frames.add(segment);
                }
            });
            simulation.b().largeUnits(merging, true);
            for (final SimulatedHost host : List.of(simulation.a(), simulation.b())) {
                SimulatedTcp.use(host.engine(), variant);
                sysctls.forEach((name, value) ->
                        ((Instance) host.programs().instance()).tunables().set(name, value));
            }
            OneStream.run(simulation, PORT, BYTES, StreamPlan.bulk(1, BYTES, 2, 0), sink());
            return new Outcome(
                    frames, simulation.b().counters().snapshot().get("nic0").get("lro.units"));
        }
    }

    /** Ends when the other end has: so it acknowledges all in one state. */
    private static StreamPlan sink() {
        return new StreamPlan(2, 0, 1, BYTES, 1 << 20, 0, 1 << 20, 0, 0, 0, StreamPlan.Ending.FOLLOW, 0, false);
    }

    private static Map<String, String> sysctls(final String ecn) {
        final Map<String, String> sysctls = new HashMap<>();
        sysctls.put("net.inet.tcp.ecn.enable", ecn);
        return sysctls;
    }

    /** ECN 1: as RFC 3168; 3: as RFC 9768. With jitter, ms, frames of several milliseconds' timestamps are merged. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0, 0, 0",
        "0.01, 0, 0, 0, 0, 0",
        "0, 0.02, 0.01, 0, 0, 0",
        "0, 0, 0, 0.02, 1, 0",
        "0, 0, 0, 0.02, 3, 0",
        "0, 0, 0, 0.7, 1, 0",
        "0, 0, 0, 0.7, 3, 0",
        "0, 0, 0, 0.05, 1, 20",
        "0.01, 0, 0.01, 0, 0, 20",
        "0.01, 0.02, 0.01, 0.02, 1, 0",
        "0.01, 0.02, 0.01, 0.02, 3, 0"
    })
    void shouldAcknowledgeByTheBookWhetherItMergesOrNot(
            final double loss,
            final double reorder,
            final double duplicate,
            final double mark,
            final String ecn,
            final long jitter) {
        final Faults there = Faults.NONE
                .withDelay(5 * MILLI, jitter * MILLI)
                .withLoss(loss)
                .withReordering(reorder, 3 * MILLI)
                .withDuplication(duplicate)
                .withMarking(mark);
        final Faults back = Faults.NONE.withDelay(5 * MILLI, 0).withLoss(loss);
        for (final String variant : List.of("freebsd", "rack")) {
            for (final boolean six : new boolean[] {false, true}) {
                for (final boolean merging : new boolean[] {false, true}) {
                    final Outcome outcome = transfer(variant, six, merging, there, back, sysctls(ecn));
                    final int outOfOrder =
                            new ReceiverJudge(outcome.arrivals(), ecn.equals("3")).judge(outcome.replies());
                    assertTrue(outOfOrder > 0 || loss + reorder == 0, "nothing came out of order");
                    assertEquals(merging, outcome.units() > 5, outcome.units() + " units");
                }
            }
        }
    }

    @Test
    void shouldSendTheSameFramesWhenFramesComeOneByOne() {
        final Faults there = Faults.NONE
                .withRate(50_000_000, 0)
                .withDelay(5 * MILLI, 0)
                .withLoss(0.01)
                .withMarking(0.02);
        final Faults back = Faults.NONE.withDelay(5 * MILLI, 0).withLoss(0.01);
        for (final String variant : List.of("freebsd", "rack")) {
            for (final boolean six : new boolean[] {false, true}) {
                for (final String ecn : List.of("1", "3")) {
                    final Outcome single = transfer(variant, six, false, there, back, sysctls(ecn));
                    final Outcome merging = transfer(variant, six, true, there, back, sysctls(ecn));
                    assertEquals(0, merging.units());
                    final int both =
                            Math.min(single.frames().size(), merging.frames().size());
                    for (int i = 0; i < both; i++) {
                        assertEquals(single.frames().get(i), merging.frames().get(i), "frame " + i);
                    }
                    assertEquals(single.frames().size(), merging.frames().size());
                    new ReceiverJudge(merging.arrivals(), ecn.equals("3")).judge(merging.replies());
                }
            }
        }
    }
}
