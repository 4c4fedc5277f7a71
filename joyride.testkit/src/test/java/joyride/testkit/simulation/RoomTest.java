package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A port that has fewer frames than its connections may send: whoever found none goes on as soon as there are some, in the order of coming. */
class RoomTest {
    private static final int PORT = 80;
    private static final int FRAMES = 8;
    private static final long MILLI = 1_000_000L;

    /** Segments of the initial window (RFC 6928). */
    private static final int INITIAL = 10;

    private final PeerRig rig = new PeerRig(5, 1500, FRAMES);
    private final List<MemoryEndpoint> accepted = new ArrayList<>();

    static List<String> variants() {
        return SimulatedTcp.VARIANTS;
    }

    private void listen(final String variant) {
        SimulatedTcp.use(rig.host().engine(), variant);
        final ProgramTransport programs = rig.host().programs();
        programs.start(new ListenerProgram(programs, PORT, 8, Integer.MAX_VALUE, endpoint -> {
            accepted.add(endpoint);
            return new Program() {
                @Override
                protected void act(final long now) {
                    // the test acts
                }
            };
        }));
        rig.settle();
    }

    private static void write(final MemoryEndpoint endpoint, final int bytes) {
        final int room = endpoint.sendRing().room(bytes);
        assertEquals(bytes, room);
        endpoint.sendRing().produce(room);
        endpoint.socket().written();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @ParameterizedTest
    @MethodSource("variants")
    void shouldGoOnAtOnceWhenFramesComeBack(final String variant) {
        listen(variant);
        final int connections = 3;
        for (int i = 0; i < connections; i++) {
            rig.connect(4000 + i, PORT, true, true);
        }
        assertEquals(connections, accepted.size());
        final int mss = PeerConnection.MSS - 12;
        final long begin = rig.clock().nanoTime();
        accepted.forEach(endpoint -> write(endpoint, INITIAL * mss));
        rig.settle();
        final List<Integer> order = new ArrayList<>();
        Segment segment;
        while ((segment = rig.peer().next()) != null) {
            if (segment.payload().length > 0) {
                order.add(segment.destinationPort());
            }
        }
        assertTrue(rig.clock().nanoTime() - begin < MILLI, "no timer's tick");
        assertEquals(connections * INITIAL, order.size(), "segments in " + order);
        final long without = rig.host().counters().snapshot().values().stream()
                .mapToLong(group -> group.getOrDefault("drop.no_frame", 0L))
                .sum();
        assertTrue(without > 0, "there were frames for all");
        // Whoever came first found frames; the others had theirs before it had a second time.
        assertEquals(
                List.of(4001, 4002),
                order.stream().filter(port -> port != 4000).distinct().toList());
    }
}
