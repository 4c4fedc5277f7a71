package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** iperf3, both directions, one stream and several. */
@Timeout(200)
final class Iperf3IT {
    private static final String ADDRESS = "127.77.3.1";
    private static World world;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("iperf3");
        world = World.create().start();
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-R", "-P 4", "--bidir"})
    void shouldMoveBytesWhenTheDirectionIs(final String options) throws Exception {
        Carried carried = Carried.from(world);
        Iperf3 moved = Iperf3.run(world, world, ADDRESS, options);
        long bytes = moved.toServer() + moved.toClient();
        assertTrue(bytes > 1_000_000, moved.toString());
        carried.check(bytes);
    }
}
