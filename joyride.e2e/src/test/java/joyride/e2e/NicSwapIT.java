package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every part of the service replaced while a stranger's wrk, redis-benchmark, iperf3 and curl are at work on it at once, over a
 * NIC: no request fails, no connection is reset, no byte is lost or doubled.
 */
@Timeout(600)
final class NicSwapIT {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final long SIZE = 150_000_000;
    private static final Pattern COMMANDS = Pattern.compile("total_commands_processed:([0-9]+)");
    private static final Pattern MOVED = Pattern.compile("\\[ *[0-9]+\\] .* ([0-9.]+) ([KMG]?)Bytes ");

    /** Commands of the console; {@code driver X} writes X into the configuration. */
    private static final List<List<String>> REPLACEMENTS = List.of(
            List.of("swap nic afpacket"),
            List.of("update joyride.nic.afpacket"),
            List.of("swap nic afxdp joy0"),
            List.of("update joyride.nic.afxdp"),
            List.of("driver afpacket"),
            List.of("stop joyride.nic.afpacket", "start joyride.nic.afpacket"),
            List.of("driver afxdp"),
            List.of("stop joyride.nic.afxdp", "start joyride.nic.afxdp"),
            List.of("update joyride.tcp.freebsd"),
            List.of("stop joyride.tcp.freebsd", "start joyride.tcp.freebsd"),
            List.of("swap tcp rack"),
            List.of("update joyride.tcp.rack"),
            List.of("swap tcp freebsd"),
            List.of("update joyride.ipc.shm"),
            List.of("stop joyride.ipc.shm", "start joyride.ipc.shm"),
            List.of("swap cc newreno"),
            List.of("swap cc cubic"));

    /** The same between AF_XDP and a virtual device of DPDK's on the same NIC. */
    private static final List<List<String>> WITH_DPDK = List.of(
            List.of("swap nic dpdk"),
            List.of("swap nic afxdp"),
            List.of("swap nic dpdk joy0"),
            List.of("update joyride.nic.dpdk"),
            List.of("swap nic dpdk"),
            List.of("swap nic afxdp"),
            List.of("driver dpdk"),
            List.of("stop joyride.nic.dpdk", "start joyride.nic.dpdk"),
            List.of("driver afxdp"));

    private TwoHosts hosts;
    private Redis store;
    private String more = "";

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeOnWhenPartsAreReplaced(final boolean shared, @TempDir final Path folder) throws Exception {
        Setups.needs(new TwoHosts.Setup("afpacket", shared));
        TwoHosts.Setup setup = new TwoHosts.Setup("afxdp", shared);
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3", "ethtool");
        try (TwoHosts two = TwoHosts.create(setup)) {
            hosts = two.start();
            serveOn(folder, REPLACEMENTS);
        }
    }

    @ParameterizedTest
    @CsvSource({"net_af_packet, false", "net_af_packet, true", "net_tap, false"})
    void shouldServeOnWhenDpdkTakesTheNicAndGivesItBack(
            final String device, final boolean shared, @TempDir final Path folder) throws Exception {
        TwoHosts.Setup setup = new TwoHosts.Setup("afxdp", shared);
        Setups.needs(setup);
        Setups.needsDpdk();
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3", "ethtool", "tc");
        try (TwoHosts two = TwoHosts.create(setup)) {
            Files.writeString(
                    two.joyride().folder("etc").resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
            hosts = two;
            more = device.equals("net_tap")
                    ? TapBeside.of(two.laboratory().here(), two.nic(), TwoHosts.OWN)
                    : "interface.joy0.driver.dpdk.pmd=af_packet\n";
            two.joyride().start(two.configuration() + more);
            two.awaitUp();
            serveOn(folder, WITH_DPDK);
            if (device.equals("net_tap")) {
                long frames = TapBeside.frames(two.laboratory().here());
                assertTrue(frames > 1000, () -> frames + " frames by the TAP");
            }
        }
    }

    private void serveOn(final Path folder, final List<List<String>> replacements) throws Exception {
        World joyride = hosts.joyride();
        Host stranger = hosts.stranger();
        Nginx web = Nginx.start(joyride, hosts.address(), 8080);
        web.file("small", 612);
        Path large = web.file("large", SIZE);
        store = Redis.start(joyride, hosts.address(), 6379);
        Program sink = joyride.launch("iperf3", "iperf3", "-s", "-1", "-B", hosts.address(), "--forceflush");
        sink.await("iperf3 listens", LIMIT, () -> sink.output().contains("Server listening"));

        Carried carried = Carried.from(joyride);
        Program wrk = stranger.launch(
                "wrk", "wrk", "-t", "1", "-c", "20", "-d", "500s", "--timeout", "60s", web.url("small"));
        Program benchmark = stranger.launch(
                "redis-benchmark", store.line("redis-benchmark", "-l", "-q", "-c", "10", "-n", "100000", "-t", "set"));
        Program stream = stranger.launch(
                "iperf3", "iperf3", "-c", hosts.address(), "-t", "500", "-i", "1", "-b", "50M", "--forceflush");
        Path copy = folder.resolve("copy");
        Program curl =
                stranger.launch("curl", "curl", "-sSf", "--limit-rate", "4M", "-o", copy.toString(), web.url("large"));
        stream.await("the stream flows", LIMIT, () -> moved(stream) > 0);

        for (List<String> replacement : replacements) {
            for (String command : replacement) {
                carryOut(command);
            }
            long before = commands();
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(1);
            double perSecond = (commands() - before) * 1e9 / (System.nanoTime() - begin);
            report(String.join("; ", replacement), perSecond);
            assertTrue(perSecond > 0, "no request is answered after " + replacement);
            for (Program program : List.of(wrk, benchmark, stream)) {
                assertTrue(program.isAlive(), () -> "ended after " + replacement + ": " + text(program));
            }
        }
        wrk.await("the download has ended", LIMIT, () -> !curl.isAlive());
        assertEquals("", curl.output());
        assertEquals(Bytes.hash(large), Bytes.hash(copy));
        joyride.interrupt(wrk);
        joyride.interrupt(stream);
        assertFalse(stream.output().contains("error - unable"), stream.output());
        assertFalse(benchmark.output().contains("rror"), benchmark.output());
        benchmark.close();
        Wrk report = Wrk.parse(wrk.output());
        assertEquals(0, report.failed(), report.report());

        carried.check(moved(stream), SIZE + 612 * report.requests());
        assertEquals("", stuck(), "a part is stuck");
        assertEquals("", leaked(), "a port was closed without its frames");
    }

    private void carryOut(final String command) throws Exception {
        if (!command.startsWith("driver ")) {
            hosts.joyride().service().shell(command);
            return;
        }
        String driver = command.substring("driver ".length());
        hosts.joyride().configure(hosts.configuration().replaceAll("(driver=).*", "$1" + driver) + more);
        hosts.joyride().service().process().await("the driver is " + driver, LIMIT, () -> driver().equals(driver));
    }

    private String driver() throws IOException, InterruptedException {
        return hosts.joyride()
                .service()
                .shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith(Laboratory.OURS + " "))
                .map(line -> line.split("\\s+")[2])
                .findFirst()
                .orElse("missing");
    }

    /** What the service has logged of frames that were still out when their port closed. */
    private String leaked() throws IOException {
        return String.join(
                "\n",
                hosts.joyride()
                        .service()
                        .process()
                        .output()
                        .lines()
                        .filter(line -> line.contains(" are not back"))
                        .toList());
    }

    private String stuck() throws IOException, InterruptedException {
        return String.join(
                "\n",
                hosts.joyride()
                        .service()
                        .shell("joyride:variants")
                        .lines()
                        .filter(line -> line.contains("stuck"))
                        .toList());
    }

    /** Commands that the store has answered. */
    private long commands() throws IOException, InterruptedException {
        Program.Result info = hosts.stranger().run(LIMIT, store.line("redis-cli", "info", "stats"));
        Matcher matcher = COMMANDS.matcher(info.checked("redis-cli info"));
        assertTrue(matcher.find(), info.output());
        return Long.parseLong(matcher.group(1));
    }

    /** Bytes that iperf3 says it has moved so far. */
    private static long moved(final Program stream) throws IOException {
        double bytes = 0;
        Matcher matcher = MOVED.matcher(stream.output());
        while (matcher.find()) {
            long unit = switch (matcher.group(2)) {
                case "K" -> 1L << 10;
                case "M" -> 1L << 20;
                case "G" -> 1L << 30;
                default -> 1;
            };
            bytes += Double.parseDouble(matcher.group(1)) * unit;
        }
        // The lines are rounded, and what was written last has not left yet.
        return (long) (bytes * 0.9);
    }

    private static String text(final Program program) {
        try {
            return program.output();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** A line of figures for people: what was measured is in the test's output. */
    private void report(final String replacement, final double perSecond) throws IOException, InterruptedException {
        String last = hosts.joyride().service().shell("joyride:swaps").lines().reduce("", (first, second) -> second);
        System.out.printf(
                Locale.ROOT,
                "%-16s %-58s %8.0f requests/s after; %s%n",
                hosts.setup().shared() ? "kernel's address" : "own address",
                replacement,
                perSecond,
                last.strip());
    }
}
