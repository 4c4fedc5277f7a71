package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Parts of the service replaced while wrk and curl are at work: no request fails, no byte is lost. */
@Timeout(300)
final class HotSwapIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static World world;
    private static Nginx nginx;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("nginx", "curl", "wrk");
        world = World.create().start();
        nginx = Nginx.start(world, "127.77.6.1", 8080);
        nginx.file("small", 612);
        nginx.file("large", 200_000_000);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    static List<List<String>> replacements() {
        return List.of(
                List.of("update joyride.tcp.freebsd"),
                List.of("stop joyride.tcp.freebsd", "start joyride.tcp.freebsd"),
                List.of("swap tcp freebsd"),
                List.of("swap cc newreno", "swap cc cubic"),
                List.of("update joyride.tcp.cc"));
    }

    @ParameterizedTest
    @MethodSource("replacements")
    void shouldAnswerEveryRequestWhenReplacing(final List<String> commands) throws Exception {
        Carried carried = Carried.from(world);
        Program load =
                world.launch("wrk", "wrk", "-t", "1", "-c", "50", "-d", "200s", "--timeout", "60s", nginx.url("small"));
        load.await("fifty connections are there", LIMIT, () -> established() >= 100);
        for (int round = 0; round < 3; round++) {
            for (String command : commands) {
                world.service().shell(command);
            }
        }
        world.interrupt(load);
        Wrk wrk = Wrk.parse(load.output());
        assertEquals(0, wrk.failed(), wrk.report());
        carried.check(wrk.requests() * 612);
    }

    private static long established() throws IOException, InterruptedException {
        return world.service()
                .shell("joyride:sockets -s ESTAB")
                .lines()
                .filter(line -> line.contains("ESTAB"))
                .count();
    }

    @Test
    void shouldDeliverEveryByteWhenTheStackIsUpdatedInTheMiddle(@TempDir final Path folder) throws Exception {
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(world);
        Program curl =
                world.launch("curl", "curl", "-sSf", "--limit-rate", "100M", "-o", copy.toString(), nginx.url("large"));
        curl.await("bytes flow", LIMIT, () -> Files.exists(copy) && Files.size(copy) > 0);
        for (int round = 0; round < 3; round++) {
            world.service().shell("update joyride.tcp.freebsd");
            world.service().shell("swap cc " + (round % 2 == 0 ? "newreno" : "cubic"));
        }
        world.service().process().await("curl has ended", LIMIT, () -> !curl.isAlive());
        assertEquals("", curl.output());
        assertEquals(Bytes.hash(nginx.root().resolve("large")), Bytes.hash(copy));
        carried.check(200_000_000);
    }

    @Test
    void shouldRefuseWhenTheContractsWouldBeReplaced() throws Exception {
        Program.Result result = world.service().run("update joyride.api");
        assertEquals(1, result.exitCode(), result.output());
        assertTrue(result.output().startsWith("refused to update joyride.api"), result.output());
    }
}
