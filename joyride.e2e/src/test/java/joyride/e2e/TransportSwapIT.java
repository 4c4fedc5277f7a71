package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The transport itself is replaced while wrk, redis-benchmark, iperf3 and curl are at work over it: programs stay attached, no request
 * fails, no byte is lost.
 */
@Timeout(300)
final class TransportSwapIT {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final String TRANSPORT = "joyride.ipc.shm";
    private static final long LARGE = 300_000_000;

    private static World world;
    private static Nginx nginx;
    private static Redis redis;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3");
        world = World.create().start();
        nginx = Nginx.start(world, "127.77.8.1", 8080);
        nginx.file("small", 612);
        nginx.file("large", LARGE);
        redis = Redis.start(world, "127.77.8.2", 6379);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static String shell(final String command) throws IOException, InterruptedException {
        return world.service().shell(command);
    }

    /** In which order the transport changes hands: three times, a second apart. */
    private void replace(final String how) throws Exception {
        Path copy = folder.resolve("copy.jar");
        TransportCopy.write(Path.of(LiveService.command()), copy, false);
        for (int round = 0; round < 3; round++) {
            switch (how) {
                case "update" -> shell("update " + TRANSPORT);
                case "stop, pause, start" -> {
                    shell("stop " + TRANSPORT);
                    assertTrue(
                            shell("joyride:sockets").contains("waits for a transport"),
                            "sockets wait while nobody serves them");
                    shell("start " + TRANSPORT);
                }
                default -> {
                    shell("felix:install " + copy.toUri());
                    shell("start " + TransportCopy.NAME);
                    assertTrue(
                            shell("joyride:variants ipc")
                                    .lines()
                                    .anyMatch(line -> line.contains(TransportCopy.NAME) && line.contains("in service")),
                            shell("joyride:variants ipc"));
                    shell("uninstall " + TransportCopy.NAME);
                }
            }
            final int done = round;
            world.service().process().await("requests are answered again", LIMIT, () -> answered(done));
        }
    }

    /** Whether a new request is answered: the transport carries more than what was under way. */
    private static boolean answered(final int round) throws IOException, InterruptedException {
        return redis.cli("INCR", "round").strip().matches(".*[0-9]+") && round >= 0;
    }

    @ParameterizedTest
    @ValueSource(strings = {"update", "stop, pause, start", "a copy that ranks higher, and back"})
    void shouldFailNoRequestWhenTheTransportIsReplacedBy(final String how) throws Exception {
        Carried carried = Carried.from(world);
        String instances = instances();
        Program wrk =
                world.launch("wrk", "wrk", "-t", "1", "-c", "20", "-d", "250s", "--timeout", "60s", nginx.url("small"));
        Program benchmark = world.launch(
                "redis-benchmark", redis.line("redis-benchmark", "-t", "set,get", "-n", "400000", "-c", "20", "--csv"));
        Program server = world.launch("iperf3-server", "iperf3", "-s", "-1", "-B", "127.77.8.3", "--forceflush");
        server.await("it listens", LIMIT, () -> server.output().contains("Server listening"));
        Program stream = world.launch("iperf3", "iperf3", "-c", "127.77.8.3", "-t", "25", "-J");
        Path copy = folder.resolve("copy");
        Program curl =
                world.launch("curl", "curl", "-sSf", "--limit-rate", "60M", "-o", copy.toString(), nginx.url("large"));
        curl.await("bytes flow", LIMIT, () -> Files.exists(copy) && Files.size(copy) > 0);
        wrk.await("all are connected", LIMIT, () -> established() >= 80);
        replace(how);
        for (Program load : List.of(benchmark, stream, curl)) {
            world.service().process().await("all loads have ended", LIMIT, () -> !load.isAlive());
        }
        world.interrupt(wrk);
        Wrk report = Wrk.parse(wrk.output());
        assertEquals(0, report.failed(), report.report());
        assertEquals("", curl.output());
        assertEquals(Bytes.hash(nginx.root().resolve("large")), Bytes.hash(copy));
        assertTrue(
                Pattern.compile("\"GET\",\"[0-9.]+").matcher(benchmark.output()).find(), benchmark.output());
        assertFalse(benchmark.output().toLowerCase(java.util.Locale.ROOT).contains("error"), benchmark.output());
        assertFalse(stream.output().contains("\"error\""), stream.output());
        assertTrue(instances().contains(instances), "servers are attached as before: " + instances());
        carried.check(report.requests() * 612 + LARGE);
        System.out.println(how + ", pauses in ms: "
                + shell("joyride:swaps ipc")
                        .lines()
                        .skip(1)
                        .map(line -> line.strip().replaceAll(".*SNAPSHOT\\s+", ""))
                        .collect(Collectors.joining("; ")));
    }

    private static long established() throws IOException, InterruptedException {
        return shell("joyride:sockets -s ESTAB")
                .lines()
                .filter(line -> line.contains("ESTAB"))
                .count();
    }

    /** The servers' instances with their processes. */
    private static String instances() throws IOException, InterruptedException {
        return shell("joyride:instances")
                .lines()
                .filter(line -> line.contains("nginx") || line.contains("redis-server"))
                .map(line -> line.replaceAll("\\s+", " ").replaceAll("(running).*", "$1"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void shouldKeepTheOneInServiceWhenACopyCannotReadItsBooks() throws Exception {
        Path copy = folder.resolve("foreign.jar");
        TransportCopy.write(Path.of(LiveService.command()), copy, true);
        String instances = instances();
        shell("felix:install " + copy.toUri());
        shell("start " + TransportCopy.NAME);
        String variants = shell("joyride:variants ipc");
        assertTrue(
                variants.lines().anyMatch(line -> line.contains(TransportCopy.NAME) && line.contains("refused")),
                variants);
        assertTrue(answered(0));
        assertEquals(instances, instances());
        shell("uninstall " + TransportCopy.NAME);
        assertTrue(answered(1));
    }
}
