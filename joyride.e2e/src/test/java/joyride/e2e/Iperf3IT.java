package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** iperf3, both directions, one stream and several. */
@Timeout(200)
final class Iperf3IT {
    private static final String ADDRESS = "127.77.3.1";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern RECEIVED =
            Pattern.compile("\"sum_received\":\\s*\\{[^}]*\"bytes\":\\s*([0-9]+)", Pattern.DOTALL);

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
        try (Program server =
                world.launch("iperf3", "iperf3", "-s", "-1", "-B", ADDRESS, "-p", "5201", "--forceflush")) {
            server.await("it listens", LIMIT, () -> server.output().contains("Server listening"));
            List<String> line = new ArrayList<>(List.of("iperf3", "-c", ADDRESS, "-p", "5201", "-t", "2", "-J"));
            if (!options.isEmpty()) {
                line.addAll(List.of(options.split(" ")));
            }
            String report = world.run(LIMIT, line.toArray(String[]::new)).checked("iperf3 " + options);
            Matcher matcher = RECEIVED.matcher(report);
            assertTrue(matcher.find(), report);
            long bytes = Long.parseLong(matcher.group(1));
            assertTrue(bytes > 1_000_000, report);
            carried.check(bytes);
        }
    }
}
