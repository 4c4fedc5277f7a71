package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each congestion control makes of a whole link, in virtual time, against what theory says of it. */
class CongestionTest {
    private static final long MILLI = 1_000_000L;
    private static final int MSS = 1448;

    /** 20 Mbit/s, 40 ms, a queue of about a bandwidth-delay product. */
    private static final Faults LINK = Faults.NONE.withRate(20_000_000, 100_000).withDelay(20 * MILLI, 0);

    /** A window that does not limit. */
    private static final Map<String, String> WIDE = Map.of(
            "net.inet.tcp.recvspace", "1000000", "net.inet.tcp.sendspace", "1000000", "net.inet.tcp.ecn.enable", "1");

    private static final Faults BACK = Faults.NONE.withDelay(20 * MILLI, 0);

    static List<String> controls() {
        return SimulatedTcp.CONGESTION_CONTROLS;
    }

    /** Mathis, Semke, Mahdavi and Ott 1997: the mean window is 1.22 / √p segments. */
    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.003, 0.01})
    void shouldHaveTheWindowOfTheFormulaWhenLossIsRandomAndNewReno(final double loss) {
        final Faults lossy = Faults.NONE.withLoss(loss).withDelay(25 * MILLI, 0);
        try (FlowRun run = new FlowRun(11, lossy, Faults.NONE.withDelay(25 * MILLI, 0), Map.of())) {
            run.flow("newreno");
            run.pass(10);
            final long before = run.delivered(0);
            final double seconds = 1.5 / loss;
            run.pass(Math.min(seconds, 600));
            final double window = (run.delivered(0) - before) * 0.05 / MSS / Math.min(seconds, 600);
            assertEquals(1.22 / Math.sqrt(loss), window, 0.15 * 1.22 / Math.sqrt(loss), run.counters()::toString);
        }
    }

    /** RFC 9438 §5.1: 1.054 RTT^¾ / p^¾ segments; or Reno's, where that is more (§4.3). */
    @ParameterizedTest
    @ValueSource(doubles = {0.0005, 0.002, 0.01})
    void shouldHaveTheWindowOfTheFormulaWhenLossIsRandomAndCubic(final double loss) {
        final double rtt = 0.1;
        final Faults lossy = Faults.NONE.withLoss(loss).withDelay(50 * MILLI, 0);
        try (FlowRun run = new FlowRun(12, lossy, Faults.NONE.withDelay(50 * MILLI, 0), Map.of())) {
            run.flow("cubic");
            run.pass(30);
            final long before = run.delivered(0);
            run.pass(400);
            final double window = (run.delivered(0) - before) * rtt / MSS / 400;
            final double cubic = 1.054 * Math.pow(rtt, 0.75) / Math.pow(loss, 0.75);
            final double reno = 1.22 / Math.sqrt(loss);
            // Beyond the window of the last loss the friendly window grows by a whole segment: with random losses that
            // makes an eighth.
            final double expected = Math.max(cubic, 1.125 * reno);
            assertEquals(expected, window, 0.15 * expected, "cubic " + cubic + ", reno " + reno);
        }
    }

    @ParameterizedTest
    @MethodSource("controls")
    void shouldFillTheLinkWhenAlone(final String control) {
        try (FlowRun run = new FlowRun(13, LINK, BACK, WIDE)) {
            run.flow(control);
            run.pass(10);
            final long before = run.delivered(0);
            run.pass(20);
            final double share = (run.delivered(0) - before) * 8 / 20.0 / 20e6;
            assertTrue(share > (List.of("hd", "chd", "cdg").contains(control) ? 0.7 : 0.9), control + " " + share);
        }
    }

    /** Those that heed delay keep the queue short; those that do not, fill it. */
    @ParameterizedTest
    @MethodSource("controls")
    void shouldKeepTheQueueAsLongAsItsKindDoes(final String control) {
        try (FlowRun run = new FlowRun(14, LINK, BACK, WIDE)) {
            run.flow(control);
            run.pass(10);
            final double mean = run.watch(0, 20, 0.1).stream()
                    .mapToDouble(FlowRun.Sample::rttMillis)
                    .average()
                    .orElseThrow();
            switch (control) {
                case "vegas" -> assertTrue(mean < 45, control + " " + mean);
                case "hd", "chd", "cdg" -> assertTrue(mean < 62, control + " " + mean);
                default -> assertTrue(mean > 55, control + " " + mean);
            }
        }
    }

    @Test
    void shouldKeepTheQueueAtTheMarkingThresholdWhenDctcp() {
        // RFC 8257: with α small, the window swings by a few segments around BDP + K.
        final Faults marking =
                Faults.NONE.withRate(100_000_000, 300_000).withDelay(MILLI, 0).withMarkingAbove(30_000);
        try (FlowRun run =
                new FlowRun(15, marking, Faults.NONE.withDelay(MILLI, 0), Map.of("net.inet.tcp.ecn.enable", "1"))) {
            run.flow("dctcp");
            run.pass(2);
            final long before = run.delivered(0);
            final long lost = run.counters().get("sndrexmitpack");
            final List<FlowRun.Sample> samples = run.watch(0, 3, 0.001);
            final double share = (run.delivered(0) - before) * 8 / 3.0 / 100e6;
            assertTrue(share > 0.93, "goodput " + share);
            assertEquals(lost, run.counters().get("sndrexmitpack"), "nothing is lost");
            final int most =
                    samples.stream().mapToInt(FlowRun.Sample::window).max().orElseThrow();
            final int least =
                    samples.stream().mapToInt(FlowRun.Sample::window).min().orElseThrow();
            // 25 kB in flight + 30 kB queued = 38 segments
            assertTrue(most <= 48, "most " + most);
            assertTrue(least >= 25, "least " + least);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"newreno", "cubic", "htcp"})
    void shouldShareTheLinkFairlyWhenTwoOfAKindMeet(final String control) {
        // A little jitter, or the queue's end always meets the same one.
        final Faults narrow = Faults.NONE.withRate(10_000_000, 50_000).withDelay(20 * MILLI, MILLI);
        try (FlowRun run = new FlowRun(16, narrow, Faults.NONE.withDelay(20 * MILLI, MILLI), Map.of())) {
            run.flow(control);
            run.pass(5);
            run.flow(control);
            run.pass(60);
            final long a = run.delivered(0);
            final long b = run.delivered(1);
            run.pass(120);
            final double x = run.delivered(0) - a;
            final double y = run.delivered(1) - b;
            final double jain = (x + y) * (x + y) / (2 * (x * x + y * y));
            assertTrue(jain > 0.95, control + ": Jain " + jain);
        }
    }

    @Test
    void shouldRecoverByRetransmissionWhenALossFollowsAnEcnEchoInOneWindow() {
        final Faults faults = Faults.NONE.withMarking(0.2).withLoss(0.005).withDelay(10 * MILLI, 0);
        try (FlowRun run =
                new FlowRun(17, faults, Faults.NONE.withDelay(10 * MILLI, 0), Map.of("net.inet.tcp.ecn.enable", "1"))) {
            run.flow("newreno");
            run.pass(60);
            final long episodes = run.counters().get("sack_recovery_episode");
            final long timeouts = run.counters().get("rexmttimeo");
            assertTrue(episodes > 20, run.counters()::toString);
            assertTrue(timeouts * 4 < episodes, timeouts + " timeouts, " + episodes + " recoveries");
        }
    }
}
