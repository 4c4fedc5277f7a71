package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.core.instance.Instance;
import joyride.nic.wire.Faults;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A live connection passes from every congestion control to every other and back, losing frames and being marked meanwhile. */
class SwitchTest {
    private static final long BYTES = 400_000;
    private static final int PORT = 7000;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    static List<String> controls() {
        return SimulatedTcp.CONGESTION_CONTROLS;
    }

    @ParameterizedTest
    @MethodSource("controls")
    void shouldLoseNoByteWhenSwitchedToEachOtherOneByOneAndByInstance(final String from) {
        for (final String to : controls()) {
            for (final boolean wholeInstance : new boolean[] {false, true}) {
                transfer(from, to, wholeInstance);
            }
        }
    }

    private static void transfer(final String from, final String to, final boolean wholeInstance) {
        final Faults faults = Faults.NONE
                .withLoss(0.01)
                .withMarking(0.02)
                .withDelay(5 * MILLI, MILLI)
                .withRate(20_000_000, 60_000);
        try (Simulation simulation = new Simulation(from.hashCode() ^ to.hashCode(), 1500, false, faults, faults)) {
            for (final ProgramTransport each :
                    new ProgramTransport[] {simulation.programsA(), simulation.programsB()}) {
                ((Instance) each.instance()).tunables().set("net.inet.tcp.ecn.enable", "1");
                ((Instance) each.instance()).congestionControl(from);
            }
            final StreamProgram[] ends = begin(simulation);
            final List<String> seen = new ArrayList<>();
            String next = to;
            while (!simulation.run(ends[0]::isFinished, simulation.clock().nanoTime() + 20 * MILLI)) {
                assertTrue(simulation.clock().nanoTime() < 600 * SECOND, () -> "stuck: " + ends[0]);
                if (!ends[0].endpoint().isConnected() || ends[0].endpoint().isClosed()) {
                    simulation.runFor(20 * MILLI);
                    continue;
                }
                if (wholeInstance) {
                    SimulatedTcp.switchCongestionControl(simulation.a().engine(), next);
                } else {
                    assertEquals(0, ends[0].endpoint().socket().congestionControl(next));
                }
                seen.add(ends[0].endpoint().socket().congestionControl());
                next = next.equals(to) ? from : to;
                simulation.runFor(20 * MILLI);
            }
            final String what = from + " ↔ " + to;
            assertTrue(seen.size() >= 4, what + ": switched " + seen.size() + " times");
            for (int i = 0; i < seen.size(); i++) {
                assertEquals(i % 2 == 0 ? to : from, seen.get(i), what);
            }
            for (final StreamProgram end : ends) {
                assertNull(end.failure(), what);
                assertEquals(BYTES, end.received(), what);
            }
            assertFalse(((Instance) simulation.programsA().instance()).ended());
            final Map<String, Long> tcp = simulation.a().counters().snapshot().get("tcp");
            assertTrue(from.equals(to) || tcp.get("cc_switched") >= 4, what + " " + tcp.get("cc_switched"));
        }
    }

    private static StreamProgram[] begin(final Simulation simulation) {
        final StreamProgram[] ends = new StreamProgram[2];
        final ProgramTransport server = simulation.programsB();
        server.start(new ListenerProgram(server, PORT, 1, 1, endpoint -> {
            ends[1] = new StreamProgram(server, StreamPlan.bulk(2, BYTES, 1, BYTES), new SeededRandom(3), endpoint);
            return ends[1];
        }));
        ends[0] = new StreamProgram(
                simulation.programsA(),
                StreamPlan.bulk(1, BYTES, 2, BYTES),
                new SeededRandom(4),
                simulation.b().address(),
                PORT,
                0);
        simulation.programsA().start(ends[0]);
        return ends;
    }
}
