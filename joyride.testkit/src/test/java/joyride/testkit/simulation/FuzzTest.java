package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/**
 * Random frames into a host with a listener and live connections: it never throws, loses nothing, and serves the next peer.
 * {@code -Djoyride.seed=7} plays that seed alone.
 */
class FuzzTest {
    private static final int SEEDS = 20;
    private static final int FRAMES = 3000;
    private static final int PORT = 80;
    private static final int REASONS = 25;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final Map<String, Long> drops = new TreeMap<>();

    @Test
    void shouldNeitherThrowNorLeakAndServeTheNextPeerWhenFramesAreRandom() {
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
        drops.values().removeIf(count -> count == 0);
        assertTrue(only != null || drops.size() >= REASONS, () -> "only these drops were reached: " + drops);
    }

    private void play(final long seed) {
        try (PeerRig rig = new PeerRig(seed, 1500)) {
            final SeededRandom random = new SeededRandom(seed);
            final FrameFuzzer fuzzer = new FrameFuzzer(random, rig.peer());
            final ProgramTransport programs = rig.host().programs();
            final ListenerProgram listener = new ListenerProgram(
                    programs,
                    PORT,
                    64,
                    Integer.MAX_VALUE,
                    endpoint -> new FlowProgram(
                            programs,
                            random.chance(0.5) ? FlowProgram.Role.ECHO : FlowProgram.Role.SOURCE,
                            5000,
                            endpoint));
            programs.start(listener);
            rig.settle();
            PeerConnection connection = null;
            int port = 2000;
            for (int i = 0; i < FRAMES; i++) {
                if (connection == null || random.chance(0.01)) {
                    rig.peer().forget();
                    connection = rig.connect(port++, PORT, random.chance(0.5), random.chance(0.7));
                }
                rig.peer().sendFrame(fuzzer.next(connection.segment(TcpFlags.ACK)));
                rig.settle();
                assertEquals(0, rig.wire().framesHeld());
                if (random.chance(0.3)) {
                    connection = follow(connection, random);
                }
                if (random.chance(0.02)) {
                    rig.pass(random.spread(1, 5000) * MILLI);
                }
                if (random.chance(0.001)) {
                    rig.pass(random.spread(10, 4000) * SECOND);
                }
            }
            serveTheNext(rig);
            rig.pass(100 * SECOND);
            for (final Program program : programs.programs()) {
                if (program instanceof FlowProgram flow) {
                    flow.stop();
                }
            }
            listener.stop();
            rig.pass(3 * 3600 * SECOND);
            assertNull(programs.thrown());
            assertFalse(programs.instance().ended());
            assertTrue(programs.endpoints().isEmpty(), () -> "sockets left: " + programs.endpoints());
            assertEquals(0, SimulatedTcp.connections(rig.host().engine()));
            assertEquals(0, rig.host().memory().used());
            count(rig);
        }
    }

    /** Takes what the host sent as a peer would, mostly. @return null after a reset */
    private static PeerConnection follow(final PeerConnection connection, final SeededRandom random) {
        Segment segment;
        while ((segment = connection.receive(0)) != null) {
            if (segment.has(TcpFlags.RST)) {
                return null;
            }
            connection.window = random.chance(0.1) ? random.nextInt(3000) : 65535;
        }
        if (random.chance(0.7)) {
            connection.acknowledge();
        }
        if (random.chance(0.3)) {
            connection.data(new byte[random.spread(1, 1400)]);
        }
        return connection;
    }

    private static void serveTheNext(final PeerRig rig) {
        rig.pass(SECOND);
        rig.peer().forget();
        final PeerConnection next = rig.connect(1999, PORT, true, true);
        next.data(new byte[100]);
        final Segment answer = next.receive(SECOND);
        assertTrue(answer != null && !answer.has(TcpFlags.RST), () -> "the next peer got " + answer);
        rig.send(next.segment(TcpFlags.RST));
    }

    private void count(final PeerRig rig) {
        for (final Map<String, Long> group : rig.host().counters().snapshot().values()) {
            group.forEach((name, value) -> {
                if (name.startsWith("drop.")) {
                    drops.merge(name, value, Long::sum);
                }
            });
        }
    }
}
