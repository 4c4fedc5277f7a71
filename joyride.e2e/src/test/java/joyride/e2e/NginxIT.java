package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified nginx with two workers, curl and wrk. */
@Timeout(300)
final class NginxIT {
    private static final String ADDRESS = "127.77.1.1";
    private static final int PORT = 8080;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private static World world;
    private static Nginx nginx;

    @BeforeAll
    static void start() throws Exception {
        Machine.needs("nginx", "curl", "wrk");
        world = World.create().start();
        nginx = Nginx.start(world, ADDRESS, PORT);
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_447, 65_535, 65_536, 1_000_003, 16_777_216, 104_857_600})
    void shouldServeEveryByteWhenAFileIsAsked(final long size, @TempDir final Path folder) throws Exception {
        Path file = nginx.file("file-" + size, size);
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(world);
        world.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), nginx.url("file-" + size))
                .checked("curl");
        assertEquals(size, Files.size(copy));
        assertEquals(Bytes.hash(file), Bytes.hash(copy));
        carried.check(size);
    }

    @Test
    void shouldUseOneConnectionWhenKeepAliveAllowsIt() throws Exception {
        nginx.file("small", 612);
        List<String> line = new ArrayList<>(List.of("curl", "-sSf", "-w", "%{num_connects} "));
        for (int i = 0; i < 20; i++) {
            line.addAll(List.of("-o", "/dev/null", nginx.url("small")));
        }
        Carried carried = Carried.from(world);
        String connects = world.run(LIMIT, line.toArray(String[]::new)).checked("curl");
        assertEquals("1" + " 0".repeat(19), connects.strip());
        carried.check(20 * 612);
    }

    @Test
    void shouldTakeAnUploadWhenAClientSendsOne(@TempDir final Path folder) throws Exception {
        Path file = folder.resolve("upload");
        Bytes.write(file, 5_000_000);
        Carried carried = Carried.from(world);
        // nginx reads the whole body before it says that it takes none here.
        String status = world.run(
                        LIMIT,
                        "curl",
                        "-sS",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "-T",
                        file.toString(),
                        nginx.url("x"))
                .checked("curl");
        assertEquals("405", status);
        carried.check(0);
    }

    @Test
    void shouldAnswerEveryRequestWhenFiftyConnectionsStay() throws Exception {
        load();
    }

    @Test
    void shouldAnswerEveryRequestWhenEachHasItsOwnConnection() throws Exception {
        load("-H", "Connection: close");
    }

    private static void load(final String... options) throws Exception {
        nginx.file("small", 612);
        List<String> line = new ArrayList<>(List.of("wrk", "-t", "1", "-c", "50", "-d", "3s", "--timeout", "30s"));
        line.addAll(List.of(options));
        line.add(nginx.url("small"));
        Carried carried = Carried.from(world);
        Program.Result result = world.run(LIMIT, line.toArray(String[]::new));
        Wrk wrk = Wrk.parse(result.checked("wrk"));
        assertTrue(wrk.requests() > 0, wrk.report());
        assertEquals(0, wrk.failed(), wrk.report());
        carried.check(wrk.requests() * 612);
    }

    @Test
    void shouldShowEachConnectionAcceleratedWhenTheyStay() throws Exception {
        try (Program load = world.launch("wrk-held", "wrk", "-t", "1", "-c", "10", "-d", "60s", nginx.url("pid"))) {
            load.await(
                    "ten connections are there",
                    Duration.ofSeconds(30),
                    () -> world.service()
                                    .shell("joyride:sockets -s ESTAB")
                                    .lines()
                                    .filter(row -> row.contains(ADDRESS + ":" + PORT) && row.contains(" yes "))
                                    .count()
                            >= 20);
            String listeners = world.service().shell("joyride:sockets -l");
            assertTrue(listeners.contains(ADDRESS + ":" + PORT), listeners);
        }
    }

    @Test
    void shouldReachTheSameServerWhenAProgramIsOnTheKernel() throws Exception {
        nginx.file("small", 612);
        world.runOnKernel(LIMIT, "curl", "-sSf", "-o", "/dev/null", nginx.url("small"))
                .checked("curl on the kernel");
    }
}
