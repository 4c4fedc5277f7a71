package joyride.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.testkit.live.CpuTime;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;

/** The command {@code joyride bench [--pairs N] [--seconds S] [ROW…]}. */
public final class Main {
    private static final String NAMESPACE = "joyride.bench.namespace";
    private static final int IDLE_SECONDS = 10;

    private Main() {}

    /** @param arguments as the usage line says */
    public static void main(final String[] arguments) throws Exception {
        int pairs = 5;
        double seconds = 3;
        final List<String> wanted = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--pairs" -> pairs = Integer.parseInt(arguments[++i]);
                case "--seconds" -> seconds = Double.parseDouble(arguments[++i]);
                default -> wanted.add(arguments[i]);
            }
        }
        if (System.getProperty(NAMESPACE) == null && "root".equals(System.getProperty("user.name"))) {
            System.exit(inOwnNamespace(arguments));
        }
        System.exit(bench(pairs, seconds, wanted) ? 0 : 1);
    }

    /** The kernel's counters are ours alone in a network namespace of our own. */
    private static int inOwnNamespace(final String[] arguments) throws IOException, InterruptedException {
        final ProcessHandle.Info self = ProcessHandle.current().info();
        final List<String> line = new ArrayList<>(List.of(
                "unshare",
                "--net",
                "sh",
                "-c",
                "ip link set lo up && exec \"$0\" \"$@\"",
                self.command().orElseThrow()));
        line.add("-D" + NAMESPACE + "=own");
        final String[] all = self.arguments().orElseThrow();
        line.addAll(List.of(all).subList(0, all.length - arguments.length));
        line.addAll(List.of(arguments));
        return new ProcessBuilder(line).inheritIO().start().waitFor();
    }

    private static boolean bench(final int pairs, final double seconds, final List<String> wanted) throws Exception {
        final Path directory = Files.createTempDirectory("joyride-bench");
        directory.toFile().setExecutable(true, false);
        directory.toFile().setReadable(true, false);
        final List<Row> rows = new ArrayList<>(List.of(
                new RedisRow(seconds),
                new IperfRow(seconds),
                new PingPongRow(compile(directory), seconds),
                new NginxRow(true, seconds),
                new NginxRow(false, seconds)));
        rows.removeIf(row -> !wanted.isEmpty() && !wanted.contains(row.name()));
        final List<Comparison.Result> results = new ArrayList<>();
        boolean good = true;
        try (LiveService service = new LiveService(LiveService.command(), directory.resolve("run"))) {
            service.start(null).awaitWarm();
            final Side kernel = new Side("kernel", "127.0.0.1", line -> line);
            final Side joyride = new Side("joyride", "127.77.0.1", service::withLayer);
            for (final Row row : rows) {
                System.err.println("joyride bench: " + row.name());
                try {
                    results.addAll(new Comparison(row, kernel, joyride, service.process()).run(pairs, directory));
                } catch (final IllegalStateException e) {
                    good = false;
                    System.err.println("joyride bench: " + row.name() + " FAILED: " + e.getMessage());
                }
            }
            print(results, pairs, seconds);
            if (wanted.isEmpty() || wanted.contains("idle")) {
                good &= idle(service);
            }
        } finally {
            delete(directory);
        }
        return good && results.stream().allMatch(Comparison.Result::reached);
    }

    private static void print(final List<Comparison.Result> results, final int pairs, final double seconds) {
        System.out.printf(
                "%nMedian (least–most) of %d pairs of runs, kernel and Joyride in turn, %.0f s each, %d cores; CPU: µs for a request"
                        + " or KiB, all processes and the service counted%n%n",
                pairs, seconds, Runtime.getRuntime().availableProcessors());
        System.out.println("| | kernel | Joyride | ratio | wanted | CPU kernel | CPU Joyride |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (final Comparison.Result result : results) {
            final Row.Metric metric = result.metric();
            System.out.printf(
                    "| %s, %s | %s | %s | %s× | %s %.2f× %s | %s | %s |%n",
                    metric.title(),
                    metric.unit(),
                    result.kernel().text(),
                    result.joyride().text(),
                    result.ratio().text(),
                    metric.higherIsBetter() ? "≥" : "≤",
                    metric.target(),
                    result.reached() ? "ok" : "NOT REACHED",
                    result.kernelCpu().text(),
                    result.joyrideCpu().text());
        }
    }

    private static boolean idle(final LiveService service) throws IOException, InterruptedException {
        TimeUnit.SECONDS.sleep(2);
        final double before = CpuTime.of(service.process().pids());
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        final double share = (CpuTime.of(service.process().pids()) - before) / IDLE_SECONDS * 100;
        System.out.printf(
                "| idle service, %% of a core | – | %.2f | – | < 1 %s | – | – |%n",
                share, share < 1 ? "ok" : "NOT REACHED");
        return share < 1;
    }

    private static String compile(final Path directory) throws IOException, InterruptedException {
        final Path source = directory.resolve("pingpong.c");
        try (var in = Main.class.getResourceAsStream("/pingpong.c")) {
            Files.copy(in, source);
        }
        final Path program = directory.resolve("pingpong");
        Program.run(
                        List.of("gcc", "-O2", "-Wall", "-o", program.toString(), source.toString()),
                        Map.of(),
                        java.time.Duration.ofMinutes(1))
                .checked("gcc pingpong.c");
        return program.toString();
    }

    private static void delete(final Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(path -> path.toFile().delete());
        }
    }
}
