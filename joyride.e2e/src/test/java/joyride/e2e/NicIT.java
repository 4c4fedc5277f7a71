package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified programs over a NIC: servers on Joyride with clients on a stranger's kernel, and the reverse. */
@ParameterizedClass
@MethodSource("joyride.e2e.Setups#all")
@Timeout(300)
final class NicIT {
    private static final int WEB = 8080;
    private static final int STORE = 6379;
    private static final int PAGE = 612;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private static TwoHosts hosts;
    private static World joyride;
    private static Host stranger;

    /** On Joyride. */
    private static Nginx ours;

    private static Redis store;

    /** On the stranger's kernel. */
    private static Nginx theirs;

    NicIT(final TwoHosts.Setup setup) {
        assertEquals(setup, hosts.setup());
    }

    @BeforeParameterizedClassInvocation
    static void start(final TwoHosts.Setup setup) throws Exception {
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3", "ping", "ethtool");
        hosts = TwoHosts.create(setup).start();
        joyride = hosts.joyride();
        stranger = hosts.stranger();
        ours = Nginx.start(joyride, hosts.address(), WEB);
        ours.file("small", PAGE);
        store = Redis.start(joyride, hosts.address(), STORE);
        theirs = Nginx.start(stranger, TwoHosts.STRANGER, WEB);
        theirs.file("small", PAGE);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_447, 65_535, 1_000_003, 104_857_600})
    void shouldServeEveryByteWhenAStrangerAsks(final long size, @TempDir final Path folder) throws Exception {
        Path file = ours.file("file-" + size, size);
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(joyride);
        stranger.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), ours.url("file-" + size))
                .checked("curl");
        assertEquals(Bytes.hash(file), Bytes.hash(copy));
        carried.check(1, size);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_447, 65_535, 1_000_003, 104_857_600})
    void shouldFetchEveryByteWhenAStrangerServes(final long size, @TempDir final Path folder) throws Exception {
        Path file = theirs.file("file-" + size, size);
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(joyride);
        joyride.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), theirs.url("file-" + size))
                .checked("curl");
        assertEquals(Bytes.hash(file), Bytes.hash(copy));
        carried.check(size, 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: close"})
    void shouldAnswerEveryRequestWhenAStrangerLoadsOurs(final String header) throws Exception {
        Carried carried = Carried.from(joyride);
        Wrk wrk = wrk(stranger, ours, header);
        carried.check(wrk.requests(), wrk.requests() * PAGE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Connection: close"})
    void shouldGetEveryAnswerWhenWeLoadAStrangers(final String header) throws Exception {
        Carried carried = Carried.from(joyride);
        Wrk wrk = wrk(joyride, theirs, header);
        carried.check(wrk.requests() * PAGE, wrk.requests());
    }

    private static Wrk wrk(final Host client, final Nginx server, final String header) throws Exception {
        List<String> line = new ArrayList<>(List.of("wrk", "-t", "1", "-c", "50", "-d", "2s", "--timeout", "30s"));
        if (!header.isEmpty()) {
            line.addAll(List.of("-H", header));
        }
        line.add(server.url("small"));
        Wrk wrk = Wrk.parse(client.run(LIMIT, line.toArray(String[]::new)).checked("wrk"));
        assertTrue(wrk.requests() > 0, wrk.report());
        assertEquals(0, wrk.failed(), wrk.report());
        return wrk;
    }

    @Test
    void shouldAnswerEveryCommandWhenAStrangerAsksOurStore() throws Exception {
        Carried carried = Carried.from(joyride);
        benchmark(stranger, store);
        carried.check(20_000 * 30, 20_000);
    }

    @Test
    void shouldGetEveryAnswerWhenWeAskAStrangersStore() throws Exception {
        Redis other = Redis.start(stranger, TwoHosts.STRANGER, STORE);
        Carried carried = Carried.from(joyride);
        benchmark(joyride, other);
        carried.check(20_000, 20_000 * 30);
    }

    private static void benchmark(final Host client, final Redis server) throws Exception {
        String csv = client.run(
                        LIMIT,
                        server.line(
                                "redis-benchmark", "-n", "10000", "-c", "50", "-t", "set,get", "-d", "100", "--csv"))
                .checked("redis-benchmark");
        List<String> rows =
                csv.lines().filter(row -> row.startsWith("\"")).skip(1).toList();
        assertEquals(2, rows.size(), csv);
        rows.forEach(row -> assertFalse(row.contains("\"0.00\""), row));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-R", "-P 4", "--bidir"})
    void shouldMoveBytesWhenAStrangerIsTheClient(final String options) throws Exception {
        Carried carried = Carried.from(joyride);
        Iperf3 moved = Iperf3.run(joyride, stranger, hosts.address(), options);
        carried.check(moved.toServer(), moved.toClient());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-R"})
    void shouldMoveBytesWhenAStrangerIsTheServer(final String options) throws Exception {
        Carried carried = Carried.from(joyride);
        Iperf3 moved = Iperf3.run(stranger, joyride, TwoHosts.STRANGER, options);
        carried.check(moved.toClient(), moved.toServer());
    }

    @Test
    void shouldAnswerPingWhenAStrangerAsks() throws Exception {
        String report = stranger.run(LIMIT, "ping", "-c", "5", "-i", "0.2", "-W", "5", hosts.address())
                .checked("ping " + hosts.address());
        assertTrue(report.contains(" 5 received"), report);
    }

    @Test
    void shouldLeaveTheKernelItsProgramsWhenTheyUseTheSameNic() throws Exception {
        Host kernel = hosts.kernel();
        Nginx third = Nginx.start(kernel, TwoHosts.KERNEL, WEB + 1);
        third.file("third", 1_000_003);
        ours.file("first", 1_000_003);
        theirs.file("first", 1_000_003);
        try (Program load =
                stranger.launch("wrk-beside", "wrk", "-t", "1", "-c", "10", "-d", "60s", ours.url("first"))) {
            assertEquals(1_000_003, sizeSeen(stranger, third.url("third")));
            assertEquals(1_000_003, sizeSeen(kernel, theirs.url("first")));
            kernel.run(LIMIT, "ping", "-c", "3", "-i", "0.2", "-W", "5", TwoHosts.STRANGER)
                    .checked("ping from the kernel");
            assertTrue(load.isAlive(), load.output());
        }
    }

    private static long sizeSeen(final Host client, final String url) throws Exception {
        return Long.parseLong(client.run(LIMIT, "curl", "-sSf", "-o", "/dev/null", "-w", "%{size_download}", url)
                .checked("curl " + url)
                .strip());
    }

    @Test
    void shouldShowEveryConnectionAcceleratedWhenTheyStay() throws Exception {
        try (Program load = stranger.launch("wrk-held", "wrk", "-t", "1", "-c", "10", "-d", "60s", ours.url("small"))) {
            load.await(
                    "ten connections are there",
                    Duration.ofSeconds(30),
                    () -> joyride.service()
                                    .shell("joyride:sockets -s ESTAB")
                                    .lines()
                                    .filter(row -> row.contains(hosts.address() + ":" + WEB) && row.contains(" yes "))
                                    .count()
                            >= 10);
        }
    }
}
