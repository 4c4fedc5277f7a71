package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unmodified Redis with its own benchmark. */
@Timeout(300)
final class RedisIT {
    private static final Duration LIMIT = Duration.ofSeconds(200);

    private static World world;
    private static Redis redis;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("redis-server", "redis-benchmark", "redis-cli");
        world = World.create().start();
        redis = Redis.start(world, "127.77.2.1", 6379);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @Test
    void shouldPassEveryTestWhenItsBenchmarkRuns() throws Exception {
        Carried carried = Carried.from(world);
        String csv = redis.benchmark(LIMIT, "-n", "2000", "-c", "50", "--csv").checked("redis-benchmark");
        List<String> rows =
                csv.lines().filter(row -> row.startsWith("\"")).skip(1).toList();
        assertTrue(rows.size() >= 18, csv);
        rows.forEach(row -> assertFalse(row.contains("\"0.00\""), row));
        carried.check(2000L * rows.size() * 20);
    }

    @Test
    void shouldAnswerEveryRequestWhenTheyArePipelined() throws Exception {
        Carried carried = Carried.from(world);
        redis.benchmark(LIMIT, "-n", "100000", "-c", "20", "-P", "16", "-t", "set,get", "--csv")
                .checked("redis-benchmark");
        carried.check(100_000 * 50);
    }

    @Test
    void shouldReturnLargeValuesWholeWhenTheyExceedAllBuffers() throws Exception {
        Carried carried = Carried.from(world);
        redis.benchmark(LIMIT, "-n", "200", "-c", "4", "-d", "1000000", "-t", "set,get", "--csv")
                .checked("redis-benchmark");
        carried.check(400L * 1_000_000);
    }

    @Test
    void shouldSaveInTheBackgroundWhenUnderLoad() throws Exception {
        Carried carried = Carried.from(world);
        String before = redis.cli("LASTSAVE");
        try (Program load = world.launch(
                "redis-load", redis.line("redis-benchmark", "-t", "set", "-n", "10000000", "-r", "20000", "-q"))) {
            load.await(
                    "the load has begun",
                    Duration.ofSeconds(30),
                    () -> !redis.cli("DBSIZE").strip().equals("0"));
            assertTrue(redis.cli("BGSAVE").contains("Background saving started"));
            load.await(
                    "the child has saved",
                    Duration.ofSeconds(60),
                    () -> redis.cli("INFO", "persistence").contains("rdb_bgsave_in_progress:0"));
            assertTrue(redis.cli("INFO", "persistence").contains("rdb_last_bgsave_status:ok"));
            assertTrue(load.isAlive(), load.output());
        }
        assertEquals("PONG", redis.cli("PING").strip());
        assertFalse(before.isBlank());
        carried.check(1);
    }
}
