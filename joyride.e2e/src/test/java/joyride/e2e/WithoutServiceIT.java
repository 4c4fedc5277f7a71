package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The judge judged: without the service everything works by the kernel, and the assertion of the other tests fails. */
@Timeout(200)
final class WithoutServiceIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private World world;

    @BeforeEach
    void start() throws Exception {
        world = World.create();
    }

    @AfterEach
    void stop() {
        world.close();
    }

    @Test
    void shouldFailToProveWhenNginxRunsOnTheKernel() throws Exception {
        Machine.needs("nginx", "curl");
        Nginx nginx = Nginx.start(world, "127.77.7.1", 8080);
        nginx.file("file", 1_000_000);
        Carried carried = Carried.from(world);
        world.run(LIMIT, "curl", "-sSf", "-o", "/dev/null", nginx.url("file")).checked("curl");
        refuse(carried, 1_000_000);
    }

    @Test
    void shouldFailToProveWhenTheServiceHasEnded() throws Exception {
        Machine.needs("redis-server", "redis-benchmark", "redis-cli");
        world.start();
        Redis redis = Redis.start(world, "127.77.7.1", 6379);
        world.service().close();
        Carried carried = Carried.from(world);
        redis.benchmark(LIMIT, "-n", "5000", "-t", "get", "--csv").checked("redis-benchmark");
        refuse(carried, 5000 * 20);
    }

    @Test
    void shouldRunOnTheKernelWhenTheLayerFindsNoService() throws Exception {
        world.start();
        List<String> client = world.service()
                .withLayer(List.of(Machine.own("echo_client"), "127.77.7.1", "7000", "count", "1000000"));
        List<String> server =
                world.service().withLayer(List.of(Machine.own("echo_server"), "127.77.7.1", "7000", "epoll"));
        world.killService();
        Path log = world.folder("layer").resolve("log");
        try (Program echo = Program.start("echo_server", server, Map.of(), log)) {
            echo.await("it listens", LIMIT, () -> echo.output().contains("listening"));
            assertEquals(
                    "echoed 1000000",
                    Program.run(client, Map.of(), LIMIT).checked("echo_client").strip());
        }
    }

    private static void refuse(final Carried carried, final long payload) {
        AssertionError error = assertThrows(AssertionError.class, () -> carried.check(payload));
        assertTrue(error.getMessage().contains("the kernel's TCP sent"), error.getMessage());
        assertTrue(error.getMessage().contains("the service counted 0 bytes"), error.getMessage());
        assertTrue(error.getMessage().contains("does not say which sockets"), error.getMessage());
    }
}
