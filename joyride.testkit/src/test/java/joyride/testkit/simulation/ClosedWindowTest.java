package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A program that is done, and a peer whose window stays closed for a while: what was written arrives once the peer reads. */
class ClosedWindowTest {
    private static final int PORT = 80;
    private static final long SECOND = 1_000_000_000L;
    private static final int BYTES = 30_000;
    private static final int FEW = 10_000;

    private PeerRig rig;
    private PeerConnection connection;
    private int firstAck;

    static List<String> variants() {
        return SimulatedTcp.VARIANTS;
    }

    private void connect(final String variant, final StreamPlan plan) {
        rig = new PeerRig(3, 1500);
        SimulatedTcp.use(rig.host().engine(), variant);
        final ProgramTransport programs = rig.host().programs();
        programs.start(new ListenerProgram(
                programs, PORT, 8, 1, endpoint -> new StreamProgram(programs, plan, new SeededRandom(1), endpoint)));
        rig.settle();
        connection = rig.connect(4000, PORT, true, true);
        firstAck = connection.ack;
    }

    /** Takes what comes within {@code nanos}. @return whether a FIN was reached */
    private boolean take(final long nanos) {
        boolean ended = false;
        Segment segment;
        while ((segment = connection.receive(nanos)) != null) {
            assertFalse(segment.has(TcpFlags.RST), "the connection was given up");
            ended |= segment.has(TcpFlags.FIN) && segment.seq() + segment.sequenceLength() == connection.ack;
        }
        return ended;
    }

    /** Opens the window and takes the rest. @return bytes of the stream, its FIN included */
    private int rest() {
        connection.window = 65535;
        connection.acknowledge();
        for (int i = 0; i < 50 && !take(SECOND / 10); i++) {
            connection.acknowledge();
        }
        return connection.ack - firstAck;
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldGoOnProbingWhenTheProgramIsDoneAndSomeAnswersAreLost(final String variant) {
        connect(variant, StreamPlan.bulk(1, BYTES, 2, 0));
        take(SECOND / 100);
        connection.window = 0;
        connection.acknowledge();
        final long end = rig.clock().nanoTime() + 50 * SECOND;
        int probes = 0;
        while (rig.clock().nanoTime() < end) {
            final Segment probe = connection.receive(SECOND);
            if (probe != null) {
                assertFalse(probe.has(TcpFlags.RST), "the connection was given up");
                connection.ack = Math.min(connection.ack, probe.seq());
                if (++probes % 3 != 0) {
                    connection.acknowledge();
                }
            }
        }
        assertTrue(probes >= 5, probes + " probes");
        assertEquals(BYTES + 1, rest());
        rig.close();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldProbeWithTheFirstByteWhenOnlyTheFinIsNew(final String variant) {
        final StreamPlan follows =
                new StreamPlan(1, FEW, 2, 0, FEW, 0, FEW, 0, 0, 0, StreamPlan.Ending.FOLLOW, 0, false);
        connect(variant, follows);
        take(SECOND / 100);
        assertEquals(FEW, connection.ack - firstAck);
        final int edge = firstAck + FEW - 1000;
        connection.ack = edge;
        connection.window = 0;
        connection.acknowledge();
        rig.pass(3 * SECOND);
        connection.fin();
        final long end = rig.clock().nanoTime() + 100 * SECOND;
        int probes = 0;
        while (rig.clock().nanoTime() < end) {
            final Segment segment = connection.receive(SECOND);
            if (segment != null) {
                assertFalse(segment.has(TcpFlags.RST), "the connection was given up");
                connection.ack = edge;
                if (segment.sequenceLength() > 0) {
                    probes += segment.seq() == edge && segment.payload().length > 0 ? 1 : 0;
                    connection.acknowledge();
                }
            }
        }
        assertTrue(probes >= 5, probes + " probes");
        assertEquals(FEW + 1, rest());
        rig.close();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldNotTakeAnswersToProbesForALossWhenTheyAreAllTheSame(final String variant) {
        connect(variant, StreamPlan.bulk(1, BYTES, 2, 0));
        take(SECOND / 100);
        connection.window = 0;
        connection.acknowledge();
        final int edge = connection.ack;
        final long end = rig.clock().nanoTime() + 300 * SECOND;
        while (rig.clock().nanoTime() < end) {
            final Segment probe = connection.receive(10 * SECOND);
            if (probe != null) {
                assertFalse(probe.has(TcpFlags.RST), "the connection was given up");
                connection.ack = edge;
                connection.acknowledge();
            }
        }
        final Map<String, Long> tcp = rig.host().counters().snapshot().get("tcp");
        assertEquals(0, tcp.get("sack_recovery_episode"));
        assertEquals(0, tcp.get("rexmttimeo"));
        assertEquals(BYTES + 1, rest());
        rig.close();
    }
}
