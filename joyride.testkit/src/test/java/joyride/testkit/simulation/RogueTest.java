package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.api.tcp.TcpFlags;
import joyride.core.instance.Instance;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Peers that misbehave, over every variant and congestion control, IPv4 and IPv6 by turns: each byte is right on both sides, nothing is left, memory and answers stay
 * bounded. {@code -Djoyride.seed=7} plays that seed alone, {@code -Djoyride.long=true} many.
 */
class RogueTest {
    private static final int SEEDS = 30;
    private static final int LONG_SEEDS = 1000;
    private static final int PORT = 80;
    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    static List<String> controls() {
        return SimulatedTcp.CONGESTION_CONTROLS;
    }

    @ParameterizedTest
    @EnumSource(RoguePeer.Manner.class)
    void shouldCarryEveryByteAndLeaveNothingWhenThePeerMisbehaves(final RoguePeer.Manner manner) {
        final Long only = Long.getLong("joyride.seed");
        final long first = only == null ? 1 : only;
        final long count = only != null ? 1 : Boolean.getBoolean("joyride.long") ? LONG_SEEDS : SEEDS;
        for (long seed = first; seed < first + count; seed++) {
            try {
                converse(manner, seed);
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError(
                        manner + ", seed " + seed
                                + "; replay: mvn -o verify -pl joyride.testkit -am -Dtest=RogueTest -Djoyride.seed="
                                + seed,
                        e);
            }
        }
    }

    private static void converse(final RoguePeer.Manner manner, final long seed) {
        final RogueRun run = RogueRun.play(RogueScenario.alone(manner, seed), null);
        assertTrue(run.failures().isEmpty(), () -> String.join("\n", run.failures()));
        assertTrue(run.bytes() > 0);
    }

    private record Quiet(PeerRig rig, PeerConnection connection) {}

    private static Quiet quiet(final String control, final int window, final StreamPlan plan) {
        final PeerRig rig = new PeerRig(5, 1500);
        final ProgramTransport programs = rig.host().programs();
        ((Instance) programs.instance()).congestionControl(control);
        programs.start(new ListenerProgram(
                programs, PORT, 8, 1, endpoint -> new StreamProgram(programs, plan, new SeededRandom(2), endpoint)));
        rig.settle();
        final PeerConnection connection = rig.connect(4000, PORT, true, true);
        connection.window = window;
        return new Quiet(rig, connection);
    }

    /** Appropriate byte counting (RFC 3465): what counts is bytes, whoever divides them. */
    @ParameterizedTest
    @MethodSource("controls")
    void shouldAtMostDoubleTheWindowWhenAcknowledgementsAreDividedIntoBytes(final String control) {
        final Quiet quiet = quiet(control, 65535, StreamPlan.bulk(1, 1_000_000, 2, 1));
        try (PeerRig rig = quiet.rig()) {
            final PeerConnection connection = quiet.connection();
            rig.pass(MILLI);
            int flight = 0;
            Segment segment;
            while ((segment = connection.receive(0)) != null) {
                flight += segment.payload().length;
            }
            assertTrue(flight >= 9 * 1448, flight + " bytes at first");
            final int all = connection.ack;
            for (int at = all - flight + 1; at - all <= 0; at += 10) {
                connection.ack = at;
                rig.peer().send(connection.segment(TcpFlags.ACK));
                rig.settle();
            }
            connection.ack = all;
            connection.acknowledge();
            int next = 0;
            while ((segment = connection.receive(MILLI)) != null) {
                next += segment.payload().length;
            }
            assertTrue(next <= 2 * flight + 1448, control + ": " + next + " bytes after " + flight);
            assertTrue(next >= flight / 2, control + ": " + next + " bytes after " + flight);
        }
    }

    @Test
    void shouldAnswerAtMostFiveTimesASecondWhenAFloodIsWorthChallenges() {
        final Quiet quiet = quiet("cubic", 65535, StreamPlan.bulk(1, 1000, 2, 1000));
        try (PeerRig rig = quiet.rig()) {
            final PeerConnection connection = quiet.connection();
            rig.pass(SECOND);
            rig.peer().forget();
            connection.ack += 1000;
            connection.acknowledge();
            rig.pass(SECOND);
            rig.peer().forget();
            final SeededRandom random = new SeededRandom(1);
            final int seq = connection.seq;
            for (int i = 0; i < 2000; i++) {
                connection.seq = seq + random.between(1, 60_000);
                final Segment wrong = connection.segment(random.chance(0.5) ? TcpFlags.RST : TcpFlags.SYN);
                rig.send(wrong);
                connection.seq = seq;
                final int ack = connection.ack;
                connection.ack += random.between(1, 1_000_000);
                rig.send(connection.segment(TcpFlags.ACK));
                connection.ack = ack;
            }
            int answers = 0;
            Segment segment;
            while ((segment = connection.receive(0)) != null) {
                assertFalse(segment.has(TcpFlags.RST), segment::toString);
                answers++;
            }
            assertTrue(answers > 0 && answers <= 5, answers + " answers");
        }
    }

    @Test
    void shouldResetAtTheRateOfTheLimitWhenAFloodMeetsClosedPorts() {
        try (PeerRig rig = new PeerRig(6, 1500)) {
            for (int i = 0; i < 3000; i++) {
                rig.send(Segment.of(3000 + i, 9999 - i % 7, TcpFlags.SYN, i, 0).mss(1460));
            }
            int resets = 0;
            Segment segment;
            while ((segment = rig.receive(0)) != null) {
                resets += segment.has(TcpFlags.RST) ? 1 : 0;
            }
            assertTrue(resets >= 150 && resets <= 216, resets + " resets");
            final Map<String, Map<String, Long>> counters =
                    rig.host().counters().snapshot();
            assertTrue(
                    counters.values().stream()
                            .anyMatch(group -> group.entrySet().stream()
                                    .anyMatch(e -> e.getKey().startsWith("drop.") && e.getValue() >= 3000)),
                    "every one is counted: " + counters.get("drops"));
        }
    }
}
