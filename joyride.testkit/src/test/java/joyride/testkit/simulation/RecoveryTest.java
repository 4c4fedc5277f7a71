package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.core.instance.Instance;
import joyride.nic.wire.Faults;
import joyride.nic.wire.WireCounter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How well a bulk stream gets over what a wire does to it: in virtual time, so that figures are the same everywhere. */
class RecoveryTest {
    private static final long BYTES = 5_000_000;
    private static final int PORT = 5001;
    private static final int SEEDS = 8;

    /** A timeout among them makes more than two of it. */
    private static final double MOST_SECONDS = 1.6;

    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    /** What a transfer took. */
    private record Outcome(
            double seconds,
            long lost,
            long retransmitted,
            long timeouts,
            long episodes,
            long spurious,
            long segments) {}

    private static Outcome transfer(final Faults there, final Faults back) {
        return transfer(7, there, back, true);
    }

    /** @param merging whether the receiver merges the segments of a burst, and so acknowledges them once */
    private static Outcome transfer(final Faults there, final Faults back, final boolean merging) {
        return transfer(7, there, back, merging);
    }

    private static Outcome transfer(final long seed, final Faults there, final Faults back, final boolean merging) {
        try (Simulation simulation = new Simulation(seed, 1500, false, there, back)) {
            simulation.b().largeUnits(merging, true);
            return transfer(simulation, BYTES);
        }
    }

    private static Outcome transfer(final Simulation simulation, final long bytes) {
        OneStream.run(simulation, PORT, bytes, StreamPlan.bulk(1, bytes, 2, 0), StreamPlan.bulk(2, 0, 1, bytes));
        final Map<String, Long> tcp = simulation.a().counters().snapshot().get("tcp");
        return new Outcome(
                simulation.clock().nanoTime() / 1e9,
                simulation.wire().a().count(WireCounter.LOST)
                        + simulation.wire().a().count(WireCounter.QUEUE_FULL),
                tcp.get("sndrexmitpack"),
                tcp.get("rexmttimeo"),
                tcp.get("sack_recovery_episode"),
                simulation.b().counters().snapshot().get("tcp").get("rcvduppack"),
                tcp.get("sndpack"));
    }

    @Test
    void shouldFillTheLinkWhenNothingIsLost() {
        final Faults faults = Faults.NONE.withRate(100_000_000, 500_000).withDelay(5 * MILLI, 0);
        final Outcome outcome = transfer(faults, Faults.NONE.withDelay(5 * MILLI, 0));
        assertEquals(0, outcome.retransmitted(), outcome::toString);
        assertTrue(outcome.seconds() < 0.55, outcome::toString);
    }

    @Test
    void shouldRetransmitOnlyWhatWasLostWhenSegmentsAreLostAtRandom() {
        for (final double loss : new double[] {0.001, 0.01, 0.03}) {
            long timeouts = 0;
            long episodes = 0;
            for (long seed = 1; seed <= SEEDS; seed++) {
                final Faults faults = Faults.NONE.withLoss(loss).withDelay(5 * MILLI, 0);
                final Outcome outcome = transfer(seed, faults, Faults.NONE.withDelay(5 * MILLI, 0), true);
                assertTrue(outcome.lost() > 0, outcome::toString);
                assertTrue(outcome.retransmitted() <= outcome.lost() + outcome.lost() / 10 + 2, outcome::toString);
                timeouts += outcome.timeouts();
                episodes += outcome.episodes();
            }
            // What no acknowledgement can tell: the stream's last segment lost, or a retransmission with nothing behind
            // it.
            final long most = SEEDS + (long) (episodes * loss * 2);
            assertTrue(timeouts <= most, timeouts + " timeouts, " + episodes + " recoveries at " + loss);
        }
    }

    @Test
    void shouldRecoverWithoutTimeoutWhenABottleneckDropsBursts() {
        final Faults faults = Faults.NONE.withRate(50_000_000, 60_000).withDelay(10 * MILLI, 0);
        final Outcome outcome = transfer(faults, Faults.NONE.withDelay(10 * MILLI, 0));
        assertTrue(outcome.lost() > 10, outcome::toString);
        assertTrue(outcome.retransmitted() <= outcome.lost() + 3, outcome::toString);
        assertEquals(0, outcome.timeouts(), outcome::toString);
        assertTrue(outcome.seconds() < 1.5, outcome::toString);
    }

    @Test
    void shouldRetransmitLittleWhenSegmentsAreReordered() {
        final Faults faults = Faults.NONE.withReordering(0.02, 3 * MILLI).withDelay(5 * MILLI, 0);
        final Outcome outcome = transfer(faults, Faults.NONE.withDelay(5 * MILLI, 0));
        assertTrue(outcome.retransmitted() < outcome.segments() / 20, outcome::toString);
        assertEquals(0, outcome.timeouts(), outcome::toString);
    }

    @Test
    void shouldRetransmitNothingWhenOnlyAcknowledgementsAreLost() {
        final Faults faults = Faults.NONE.withDelay(5 * MILLI, 0);
        // Of a whole window in one burst, merged, there is one acknowledgement, and where that is lost no other.
        final Outcome outcome = transfer(faults, Faults.NONE.withLoss(0.1).withDelay(5 * MILLI, 0), false);
        assertTrue(outcome.retransmitted() <= 2, outcome::toString);
    }

    /**
     * Slow start doubles once too often: a thousand segments are lost, most of them one by one. {@code ranges} is what the receiver keeps of what comes out of order: all
     * of it, or as many ranges as FreeBSD's.
     */
    @ParameterizedTest
    @CsvSource({"freebsd, 4096", "freebsd, 100", "rack, 4096", "rack, 100"})
    void shouldRecoverWithoutTimeoutWhenSlowStartLosesAThousandSegments(final String variant, final String ranges) {
        final Faults faults = Faults.NONE.withRate(200_000_000, 1_000_000).withDelay(20 * MILLI, 0);
        try (Simulation simulation = new Simulation(7, 1500, false, faults, Faults.NONE.withDelay(20 * MILLI, 0))) {
            SimulatedTcp.use(simulation.a().engine(), variant);
            for (final ProgramTransport programs : List.of(simulation.programsA(), simulation.programsB())) {
                final Instance instance = (Instance) programs.instance();
                instance.congestionControl("newreno");
                instance.tunables().set("kern.ipc.maxsockbuf", "4194304");
                instance.tunables().set("net.inet.tcp.sendspace", "4000000");
                instance.tunables().set("net.inet.tcp.recvspace", "4000000");
                instance.tunables().set("net.inet.tcp.reass.maxqueuelen", ranges);
            }
            final Outcome outcome = transfer(simulation, 4 * BYTES);
            assertTrue(outcome.lost() > 1000, outcome::toString);
            assertEquals(0, outcome.timeouts(), outcome::toString);
            assertTrue(outcome.seconds() < MOST_SECONDS, outcome::toString);
        }
    }
}
