package joyride.e2e;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;

/**
 * {@code joyride demo}: a service, unmodified nginx and Redis over it, which sockets are accelerated, and its TCP replaced
 * under load with no failed request; as root also nginx for another host, over a NIC that the service shares with the kernel. Exits with 1 and says why if anything of it does not hold.
 */
public final class Demo {
    private static final String ADDRESS = "127.77.0.1";
    private static final int WEB = 8080;
    private static final int NIC_WEB = 8081;
    private static final int STORE = 6379;
    private static final int PAGE = 612;
    private static final int ROWS = 8;
    private static final String LAST_COLUMN = "SEND-Q";
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Pattern BENCHMARK = Pattern.compile("\"([A-Z_]+)[^\"]*\",\"([0-9.]+)\"");

    private final Report report;

    private Demo(final Report report) {
        this.report = report;
    }

    /** No arguments; the system property {@code joyride.command} names the command. */
    public static void main(final String[] arguments) {
        Report report = new Report();
        try {
            if (Namespace.isRoot()) {
                try (TwoHosts hosts = TwoHosts.create(new TwoHosts.Setup("afxdp", true))) {
                    new Demo(report).run(hosts.joyride(), hosts);
                }
            } else {
                try (World world = World.create()) {
                    new Demo(report).run(world, null);
                }
            }
        } catch (IOException | RuntimeException | AssertionError e) {
            report.failed(e.getMessage());
            System.exit(1);
        } catch (InterruptedException e) {
            report.failed("interrupted");
            System.exit(1);
        }
        report.line("");
        report.line("All processes and files of the demo are gone again.");
    }

    /** @param hosts another host and a NIC to it; null: there is none */
    private void run(final World world, final TwoHosts hosts) throws IOException, InterruptedException {
        report.title("Joyride: unmodified programs, their TCP in a user-space service");
        long begin = System.nanoTime();
        startService(
                hosts == null
                        ? world.start().service()
                        : hosts.start().joyride().service(),
                begin);
        Nginx nginx = Nginx.start(world, ADDRESS, WEB);
        nginx.file("index.html", PAGE);
        report.good(
                "nginx serves " + nginx.url("") + " with two workers; it was not changed or configured for Joyride");
        Redis redis = Redis.start(world, ADDRESS, STORE);
        report.good("redis-server listens at " + ADDRESS + ":" + STORE);
        requests(world, nginx, redis);
        replace(world, nginx);
        if (hosts == null) {
            report.line("");
            report.line("As root the demo would also serve another host, over a NIC.");
        } else {
            serveStranger(world, hosts);
        }
    }

    private void startService(final LiveService service, final long begin) throws IOException, InterruptedException {
        report.good(String.format(
                Locale.ROOT,
                "the service is ready (%.1f s, process %d)",
                seconds(begin),
                service.process().pid()));
        service.awaitWarm();
        report.good(String.format(Locale.ROOT, "its code is compiled (%.1f s)", seconds(begin)));
    }

    private void requests(final World world, final Nginx nginx, final Redis redis)
            throws IOException, InterruptedException {
        report.title("Requests");
        Carried carried = Carried.from(world);
        String answer = world.run(
                        LIMIT,
                        "curl",
                        "-sS",
                        "-o",
                        "/dev/null",
                        "-w",
                        "HTTP %{http_code}, %{size_download} bytes",
                        nginx.url(""))
                .checked("curl");
        report.row("curl", answer);
        Wrk wrk = Wrk.parse(world.run(LIMIT, wrk(nginx, "3s")).checked("wrk"));
        report.row("wrk", rate(wrk.perSecond()) + " requests/s over 50 connections, " + wrk.failed() + " failed");
        Matcher matcher = BENCHMARK.matcher(
                redis.benchmark(LIMIT, "-n", "100000", "-c", "50", "-t", "set,get,lpush,mset", "--csv")
                        .checked("redis-benchmark"));
        while (matcher.find()) {
            report.row("redis " + matcher.group(1), rate(Double.parseDouble(matcher.group(2))) + " requests/s");
        }
        Carried.Evidence evidence = carried.check(wrk.requests() * PAGE);
        report.good(String.format(
                Locale.ROOT,
                "Joyride carried it: %,.1f MB counted by the service, %d segments sent by the kernel's TCP",
                evidence.received() / 1e6,
                evidence.kernelSegments()));
        require(wrk.failed() == 0, "wrk saw failed requests:\n" + wrk.report());
    }

    private void serveStranger(final World world, final TwoHosts hosts) throws IOException, InterruptedException {
        report.title("Another host, over a NIC that Joyride and the kernel share");
        world.service()
                .shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith("NAME") || line.contains("afxdp"))
                .forEach(line -> report.line("    " + line.stripTrailing()));
        report.line("");
        Nginx nginx = Nginx.start(world, hosts.address(), NIC_WEB);
        nginx.file("index.html", PAGE);
        Host stranger = hosts.stranger();
        Carried carried = Carried.from(world);
        report.row(
                "curl",
                stranger.run(
                                LIMIT,
                                "curl",
                                "-sS",
                                "-o",
                                "/dev/null",
                                "-w",
                                "HTTP %{http_code}, %{size_download} bytes",
                                nginx.url(""))
                        .checked("curl"));
        Wrk wrk = Wrk.parse(stranger.run(LIMIT, wrk(nginx, "3s")).checked("wrk"));
        report.row("wrk", rate(wrk.perSecond()) + " requests/s over 50 connections, " + wrk.failed() + " failed");
        Carried.Evidence evidence = carried.check(wrk.requests(), wrk.requests() * PAGE);
        report.good(String.format(
                Locale.ROOT,
                "Joyride carried it: %,.1f MB sent by the service, %d segments by the TCP of its host's kernel",
                evidence.sent() / 1e6,
                evidence.kernelSegments()));
        require(wrk.failed() == 0, "wrk saw failed requests:\n" + wrk.report());
        String ping = stranger.run(LIMIT, "ping", "-q", "-c", "3", "-i", "0.2", hosts.address())
                .checked("ping");
        report.good("its kernel answers pings to the same address: "
                + ping.lines()
                        .filter(line -> line.contains("received"))
                        .findFirst()
                        .orElse(""));
    }

    private void replace(final World world, final Nginx nginx) throws IOException, InterruptedException {
        report.title("Its TCP replaced under load");
        Carried carried = Carried.from(world);
        LiveService service = world.service();
        Program load = world.launch("wrk", wrk(nginx, "200s"));
        load.await(
                "the connections are there",
                LIMIT,
                () -> count(service.shell("joyride:sockets -s ESTAB"), row -> row.contains("ESTAB")) >= 100);
        String sockets = service.shell("joyride:sockets");
        table(sockets);
        report.line("    … " + count(sockets, row -> row.contains(" yes ")) + " sockets accelerated, "
                + count(sockets, row -> row.contains(" no ")) + " not");
        report.line("");
        command(service, "update joyride.tcp.freebsd");
        command(service, "swap cc newreno");
        command(service, "swap cc cubic");
        command(service, "stop joyride.tcp.freebsd");
        command(service, "start joyride.tcp.freebsd");
        world.interrupt(load);
        Wrk wrk = Wrk.parse(load.output());
        require(wrk.failed() == 0, "requests failed:\n" + wrk.report());
        carried.check(wrk.requests() * PAGE);
        report.good(
                String.format(Locale.ROOT, "%,d requests answered meanwhile, %d failed", wrk.requests(), wrk.failed()));
    }

    /** The listeners and some connections, without the columns that only a wide terminal shows. */
    private void table(final String sockets) {
        int width = Math.max(0, sockets.indexOf(LAST_COLUMN)) + LAST_COLUMN.length();
        List<String> lines = new ArrayList<>();
        sockets.lines().limit(1).forEach(lines::add);
        sockets.lines().filter(row -> row.contains("LISTEN")).forEach(lines::add);
        sockets.lines().filter(row -> row.contains("ESTABLISHED")).limit(ROWS).forEach(lines::add);
        lines.forEach(row -> report.line(
                "    " + row.substring(0, Math.min(width, row.length())).stripTrailing()));
    }

    private void command(final LiveService service, final String line) throws IOException, InterruptedException {
        String answer = service.shell(line).strip();
        report.line("joyride> " + line + (answer.isEmpty() ? "" : "\n         " + answer));
    }

    private static String[] wrk(final Nginx nginx, final String time) {
        return List.of("wrk", "-t", "1", "-c", "50", "-d", time, "--timeout", "30s", nginx.url(""))
                .toArray(String[]::new);
    }

    private static long count(final String text, final Predicate<String> wanted) {
        return text.lines().filter(wanted).count();
    }

    private static String rate(final double perSecond) {
        return String.format(Locale.ROOT, "%,.0f", perSecond);
    }

    private static double seconds(final long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void require(final boolean holds, final String why) {
        if (!holds) {
            throw new IllegalStateException(why);
        }
    }

    /** What the user sees. */
    private static final class Report {
        private final boolean colours =
                System.console() != null && System.console().isTerminal();

        void title(final String text) {
            line("");
            line(coloured("1", text));
        }

        void good(final String text) {
            line(coloured("32", "ok") + "  " + text);
        }

        void row(final String name, final String value) {
            line(String.format(Locale.ROOT, "    %-12s %s", name, value));
        }

        void failed(final String why) {
            line(coloured("31", "FAILED") + "  " + why);
        }

        void line(final String text) {
            System.out.println(text);
        }

        private String coloured(final String code, final String text) {
            return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
        }
    }
}
