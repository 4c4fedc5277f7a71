package joyride.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import joyride.bench.measure.Cores;
import joyride.bench.measure.Options;
import joyride.bench.measure.Samples;
import joyride.bench.measure.Scratch;
import joyride.testkit.live.Program;

/**
 * {@code joyride bench memif}: one TCP stream between two services over memif, each with one core, a source and a sink inside them in the place of
 * programs; against what testpmd moves over the same memif in frames of 1514 bytes, with which it does nothing else. Runs take turns.
 */
final class MemifBench {
    private static final int FRAME = 1514;
    private static final double WARM_UP_SECONDS = 20;
    private static final double BITS = 8 / 1e9;

    private MemifBench() {}

    /**
     * @param large whether TCP works on large units, cut and merged at the driver's edge
     * @param driver of both services: {@code memif}, {@code cut} where it passes no units whole, or {@code dpdk} with its net_memif
     */
    private record Row(String title, int mtu, boolean large, String driver, double wanted) {}

    private static final List<Row> ROWS = List.of(
            new Row("mtu1500", 1500, true, "memif", 0.3),
            new Row("cut1500", 1500, true, "cut", 0),
            new Row("segments", 1500, false, "cut", 0),
            new Row("mtu9000", 9000, true, "memif", 0),
            new Row("mtu64000", 64000, true, "memif", 1.0),
            new Row("dpdk1500", 1500, true, "dpdk", 0.3),
            new Row("dpdk64000", 64000, true, "dpdk", 0));

    /**
     * Of one run: Gb/s of payload, frames received for each second, shares of their cores that the loops had, and bytes allocated by both; whether the cores were far
     * from each other before it or after.
     */
    private record Run(double gigabits, double frames, double source, double sink, long allocated, boolean far) {}

    /** Its rows'. */
    static List<String> names() {
        return ROWS.stream().map(Row::title).toList();
    }

    /** @return whether every target was reached */
    static boolean run(final Options options) throws Exception {
        System.out.printf(
                "%nOne stream over memif, one core for each service, source and sink inside the services; testpmd: frames of %d bytes, sent and"
                        + " received, nothing else; median (least–most) of %d runs in turn, %.0f s each%n%n",
                FRAME, options.pairs(), options.seconds());
        System.out.println(
                "| row | testpmd, Gb/s | Joyride, payload, Gb/s | frames/s, M | ratio | wanted | where the cores stayed near | allocated, bytes |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        boolean good = true;
        try (Scratch scratch = new Scratch()) {
            final Cores cores = new Cores(scratch);
            for (final Row row : ROWS) {
                if (options.wants(row.title())) {
                    good &= measure(row, options, cores);
                }
            }
            System.out.println("\nDistance of the cores: " + cores.text() + ".");
        }
        return good;
    }

    private static boolean measure(final Row row, final Options options, final Cores cores) throws Exception {
        final List<Double> ceiling = new ArrayList<>();
        final List<Double> ours = new ArrayList<>();
        final List<Double> frames = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();
        final List<Double> near = new ArrayList<>();
        long allocated = 0;
        for (int i = 0; i < options.pairs(); i++) {
            boolean far;
            try (Scratch scratch = new Scratch();
                    MemifCeiling testpmd = new MemifCeiling(scratch.directory().resolve("memif"), FRAME)) {
                far = Cores.far(cores.look());
                ceiling.add(testpmd.rate(options.seconds()) * FRAME * BITS);
                far |= Cores.far(cores.look());
            }
            try (Scratch scratch = new Scratch()) {
                final Run run =
                        stream(row, options.seconds(), scratch.directory().resolve("memif"), cores);
                ours.add(run.gigabits());
                frames.add(run.frames() / 1e6);
                ratios.add(run.gigabits() / ceiling.getLast());
                if (!far && !run.far()) {
                    near.add(ratios.getLast());
                }
                allocated = Math.max(allocated, run.allocated());
            }
        }
        final Samples ratio = Samples.of(ratios);
        final boolean reached = ratio.median() >= row.wanted();
        System.out.printf(
                "| %s | %s | %s | %s | %s× | %s | %s | %d |%n",
                row.title(),
                Samples.of(ceiling).text(),
                Samples.of(ours).text(),
                Samples.of(frames).text(),
                ratio.text(),
                row.wanted() == 0 ? "–" : String.format("≥ %.1f× %s", row.wanted(), reached ? "ok" : "NOT REACHED"),
                near.isEmpty()
                        ? "none"
                        : String.format("%s× (%d of %d)", Samples.of(near).text(), near.size(), ratios.size()),
                allocated);
        return reached;
    }

    private static Run stream(final Row row, final double seconds, final Path socket, final Cores cores)
            throws IOException, InterruptedException {
        try (Service sink = new Service("sink", row, socket, 0);
                Service source = sink.peer("source", row, socket, 1)) {
            TimeUnit.NANOSECONDS.sleep((long) (WARM_UP_SECONDS * 1e9));
            boolean far = Cores.far(cores.look());
            sink.measure(seconds);
            source.measure(seconds);
            final long[] in = sink.measured();
            final long[] out = source.measured();
            far |= Cores.far(cores.look());
            return new Run(
                    in[0] * 8.0 / in[1],
                    in[3] * 1e9 / in[1],
                    (double) out[2] / out[1],
                    (double) in[2] / in[1],
                    in[5] + out[5],
                    far);
        }
    }

    /** A {@link MemifService} and its console. */
    private static final class Service implements AutoCloseable {
        private static final int NUMBERS = 6;
        private static final int START_LOOKS = 400;
        private static final long START_LOOK_MILLIS = 50;

        private final Path log;
        private final Process process;
        private final BufferedReader output;
        private final PrintStream input;

        Service(final String role, final Row row, final Path socket, final int cpu) throws IOException {
            log = socket.resolveSibling(role + ".log");
            process = new ProcessBuilder(
                            ProcessHandle.current().info().command().orElseThrow(),
                            "--enable-native-access=ALL-UNNAMED",
                            "--add-modules=jdk.incubator.vector",
                            "-XX:+UseSerialGC",
                            "-cp",
                            Program.classPath(),
                            MemifService.class.getName(),
                            role,
                            socket.toString(),
                            Integer.toString(row.mtu()),
                            Integer.toString(cpu),
                            row.large() ? "large" : "single",
                            row.driver())
                    .redirectError(log.toFile())
                    .start();
            output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        }

        /** Another, once this one listens: memif's client refuses to start before. */
        Service peer(final String role, final Row row, final Path socket, final int cpu)
                throws IOException, InterruptedException {
            for (int look = 0; look < START_LOOKS && !Files.exists(socket) && process.isAlive(); look++) {
                TimeUnit.MILLISECONDS.sleep(START_LOOK_MILLIS);
            }
            return new Service(role, row, socket, cpu);
        }

        void measure(final double seconds) {
            input.println("measure " + seconds);
        }

        long[] measured() throws IOException {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("measured ")) {
                    final String[] words = line.split(" ");
                    final long[] numbers = new long[NUMBERS];
                    for (int i = 0; i < NUMBERS; i++) {
                        numbers[i] = Long.parseLong(words[i + 1]);
                    }
                    return numbers;
                }
            }
            throw new IllegalStateException(
                    "a service ended before it told what it measured: " + Files.readString(log));
        }

        @Override
        public void close() {
            input.close();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
