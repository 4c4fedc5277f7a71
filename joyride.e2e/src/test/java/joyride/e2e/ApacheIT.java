package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified Apache with threads that wait by epoll, with threads that block, and with processes. */
@Timeout(120)
final class ApacheIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long SIZE = 5_000_003;

    private static World world;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("apache2", "curl", "wrk", "setsid");
        world = World.create().start();
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"event", "worker", "prefork"})
    void shouldServeWholeFilesAndEveryRequestWhenItsWorkersAreReplacedBetween(
            final String workers, @TempDir final Path folder) throws Exception {
        try (Apache apache = Apache.start(world, workers, "127.77.11.1", 8085)) {
            Path file = apache.root().resolve("large");
            Bytes.write(file, SIZE);
            Carried carried = Carried.from(world);
            for (int round = 0; round < 2; round++) {
                Path copy = folder.resolve("copy-" + round);
                world.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), apache.url("large"))
                        .checked("curl");
                assertEquals(Bytes.hash(file), Bytes.hash(copy));
                Wrk wrk = Wrk.parse(world.run(
                                LIMIT, "wrk", "-t", "1", "-c", "20", "-d", "1s", "--timeout", "30s", apache.url("here"))
                        .checked("wrk"));
                assertTrue(wrk.requests() > 0, wrk.report());
                assertEquals(0, wrk.failed(), wrk.report());
                if (round == 0) {
                    apache.restart();
                }
            }
            carried.check(2 * SIZE);
        }
    }
}
