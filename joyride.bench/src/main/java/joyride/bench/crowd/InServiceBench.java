package joyride.bench.crowd;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import joyride.api.net.IpPrefix;
import joyride.bench.measure.Samples;
import joyride.bench.plots.Line;
import joyride.bench.plots.Plot;
import joyride.bench.plots.PlotWriter;
import joyride.bench.plots.TableWriter;
import joyride.core.memory.AdaptiveKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import joyride.testkit.simulation.SimulatedHost;

/**
 * {@code joyride bench connections --in-service [MOST]}: two stacks in one process with a wire in memory between them, up to {@code MOST} connections
 * (1,000,000), of which 1,000 talk. Both stacks take turns on one thread, whose CPU time is what is measured. The programs are in the process too, so that no
 * RLIMIT_NOFILE and no shared memory counts.
 */
public final class InServiceBench {
    private static final int FIRST_PORT = 5001;
    private static final int PORTS = 32;
    /** Open before anything is measured. */
    private static final int FIRST = 100;

    private static final int FRAMES = 8192;
    private static final long HEAP_BASE_MIB = 1024;
    private static final long HEAP_BYTES_EACH = 3072;
    private static final double SECOND = 1e9;
    private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+\\d+\\s+(\\d+)\\s+(\\S+).*");

    private InServiceBench() {}

    /**
     * What one number of connections came to.
     *
     * @param stack live bytes of the stacks a connection's end, by class
     * @param programs live bytes of the programs' ends, each
     * @param opening ns of CPU for a connection, both ends
     * @param answer ns of CPU for a request and its answer, both ends
     * @param longestMicros the longest turn of one of the two loops while connections opened, µs of the wall clock
     */
    private record Step(
            int connections,
            Map<String, Double> stack,
            double programs,
            double opening,
            Samples answer,
            double longestMicros) {
        double bytes() {
            return stack.values().stream().mapToDouble(Double::doubleValue).sum();
        }
    }

    /** Runs it in a JVM of its own, with heap for so many. @return whether every target was reached */
    static boolean run(final CrowdOptions options) throws IOException, InterruptedException {
        final int connections = options.most();
        final long heap = HEAP_BASE_MIB + (connections * HEAP_BYTES_EACH >> 20);
        return new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "--add-modules=jdk.incubator.vector",
                                "-XX:+UseSerialGC",
                                "-XX:+UseCompactObjectHeaders",
                                "-Xms" + heap + "m",
                                "-Xmx" + heap + "m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                InServiceBench.class.getName(),
                                Integer.toString(connections),
                                options.quick() ? "2" : "5",
                                options.output())
                        .inheritIO()
                        .start()
                        .waitFor()
                == 0;
    }

    /** @param arguments most connections, runs, and a folder for plots or nothing */
    public static void main(final String[] arguments) throws IOException, JMException {
        final int most = Integer.parseInt(arguments[0]);
        final int runs = Integer.parseInt(arguments[1]);
        final List<Step> steps = grow(most, runs, arguments[1].equals("2") ? 0.5 : 1);
        print(steps);
        if (!arguments[2].isEmpty()) {
            write(steps, Path.of(arguments[2]));
        }
        System.exit(steps.stream().allMatch(step -> step.bytes() <= 1024) && speed(steps) >= 0.8 ? 0 : 1);
    }

    private static List<Step> grow(final int most, final int runs, final double seconds) throws JMException {
        final SplittableRandom random = new SplittableRandom(1);
        final AdaptiveKernels kernels = new AdaptiveKernels();
        kernels.warmUp();
        final List<Step> found = new ArrayList<>();
        try (Peers clients = new Peers("clients");
                Peers servers = new Peers("servers");
                Wire wire = new Wire(
                        "bench", 1500, FRAMES, Faults.NONE, System::nanoTime, new SplittableRandom(2)::nextLong);
                SimulatedHost a = host("a", "10.0.0.1/24", wire, true, random, kernels);
                SimulatedHost b = host("b", "10.0.0.2/24", wire, false, random, kernels)) {
            a.engine().attachTransport(clients);
            b.engine().attachTransport(servers);
            servers.listen(b.address(), FIRST_PORT, PORTS);
            clients.server(b.address(), FIRST_PORT, PORTS);
            final Loop loop = new Loop(a, b, clients, servers);
            int opened = Math.min(FIRST, most);
            loop.open(opened);
            loop.warm(opened);
            Map<String, Long> before = histogram();
            for (int step = 1000; step <= most || opened < most; step *= 10) {
                final int connections = Math.min(step, most);
                final double opening =
                        connections > opened ? loop.open(connections) / (connections - opened) : Double.NaN;
                final int talking = Math.min(1000, connections);
                if (step == 1000) {
                    loop.warm(talking);
                }
                loop.talk(talking, seconds);
                final List<Double> answers = new ArrayList<>();
                for (int run = 0; run < runs; run++) {
                    answers.add(loop.talk(talking, seconds));
                }
                final Map<String, Long> now = histogram();
                final Map<String, Double> stack = new TreeMap<>();
                double programs = 0;
                for (final Map.Entry<String, Long> row : now.entrySet()) {
                    final double bytes = (row.getValue() - before.getOrDefault(row.getKey(), 0L))
                            / (2.0 * Math.max(1, connections - opened));
                    if (row.getKey().contains("joyride.bench")) {
                        programs += bytes;
                    } else if (connections > opened) {
                        stack.put(row.getKey(), bytes);
                    }
                }
                found.add(new Step(connections, stack, programs, opening, Samples.of(answers), loop.longest / 1e3));
                before = now;
                opened = connections;
            }
            a.engine().detachTransport(clients);
            b.engine().detachTransport(servers);
        }
        return found;
    }

    private static SimulatedHost host(
            final String name,
            final String prefix,
            final Wire wire,
            final boolean first,
            final SplittableRandom random,
            final AdaptiveKernels kernels) {
        return new SimulatedHost(
                name, IpPrefix.parse(prefix), first ? wire.a() : wire.b(), System::nanoTime, random::nextLong, kernels);
    }

    /** Both loops, turned in turn on this thread. */
    private static final class Loop {
        private static final int TURNS = 64;
        private static final int LEAST_WARMING = 3;
        private static final int MOST_WARMING = 15;
        private static final long PATIENCE = 240_000_000_000L;

        private final SimulatedHost a;
        private final SimulatedHost b;
        private final Peers clients;
        private final Peers servers;
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private long longest;

        Loop(final SimulatedHost a, final SimulatedHost b, final Peers clients, final Peers servers) {
            this.a = a;
            this.b = b;
            this.clients = clients;
            this.servers = servers;
        }

        private void turns() {
            long last = System.nanoTime();
            for (int i = 0; i < TURNS; i++) {
                a.engine().turn();
                b.engine().turn();
                final long now = System.nanoTime();
                longest = Math.max(longest, now - last);
                last = now;
            }
            if (clients.failure() != null || servers.failure() != null) {
                throw new IllegalStateException(clients.failure() != null ? clients.failure() : servers.failure());
            }
        }

        /** @return ns of CPU */
        double open(final int connections) {
            longest = 0;
            clients.want(connections);
            final long begin = threads.getCurrentThreadCpuTime();
            final long until = System.nanoTime() + PATIENCE;
            while (clients.connectedClients() < connections) {
                turns();
                if (System.nanoTime() > until) {
                    throw new IllegalStateException(
                            "only " + clients.connectedClients() + " of " + connections + " connections opened");
                }
            }
            return threads.getCurrentThreadCpuTime() - begin;
        }

        /** Until answers cost what they did before: the code is compiled. */
        void warm(final int count) {
            double least = talk(count, 1);
            for (int i = 0; i < MOST_WARMING; i++) {
                final double cost = talk(count, 1);
                if (i >= LEAST_WARMING && cost > 0.98 * least) {
                    return;
                }
                least = Math.min(least, cost);
            }
        }

        /** @return ns of CPU for an answer */
        double talk(final int count, final double seconds) {
            final long answers = clients.answers();
            final long begin = threads.getCurrentThreadCpuTime();
            final long until = System.nanoTime() + (long) (seconds * SECOND);
            clients.talk(count, true);
            while (System.nanoTime() < until) {
                turns();
            }
            final double cost = (double) (threads.getCurrentThreadCpuTime() - begin) / (clients.answers() - answers);
            clients.talk(count, false);
            final long patience = System.nanoTime() + PATIENCE;
            while (clients.asking() > 0) {
                turns();
                if (System.nanoTime() > patience) {
                    throw new IllegalStateException(clients.asking() + " questions got no answer");
                }
            }
            return cost;
        }
    }

    private static Map<String, Long> histogram() throws JMException {
        final String text = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[] {}},
                        new String[] {String[].class.getName()});
        final Map<String, Long> classes = new TreeMap<>();
        text.lines().forEach(line -> {
            final Matcher row = ROW.matcher(line);
            // Fillers are the collector's, for holes.
            if (row.matches() && !row.group(2).contains("FillerElement")) {
                classes.merge(row.group(2), Long.parseLong(row.group(1)), Long::sum);
            }
        });
        return classes;
    }

    private static double speed(final List<Step> steps) {
        return steps.getFirst().answer().median() / steps.getLast().answer().median();
    }

    private static void print(final List<Step> steps) {
        System.out.println(
                "| open connections | heap of an end, B | of its program, B | CPU to open, µs | CPU of an answer, µs | connections/s of CPU | answers/s of CPU | longest turn, ms |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (final Step step : steps) {
            System.out.printf(
                    Locale.ROOT,
                    "| %,d | %.0f | %.0f | %.2f | %.2f (%.2f–%.2f) | %,.0f | %,.0f | %.1f |%n",
                    step.connections(),
                    step.bytes(),
                    step.programs(),
                    step.opening() / 1e3,
                    step.answer().median() / 1e3,
                    step.answer().least() / 1e3,
                    step.answer().most() / 1e3,
                    SECOND / step.opening(),
                    SECOND / step.answer().median(),
                    step.longestMicros() / 1e3);
        }
        final Step last = steps.getLast();
        System.out.printf(
                "%n- %,d connections open, 1,000 of them talk: %.2f× the answers of %,d open; wanted ≥ 0.80×%n%nHeap of an end, by class, B:%n%n| class | B |%n|---|---|%n",
                last.connections(), speed(steps), steps.getFirst().connections());
        last.stack().entrySet().stream()
                .sorted((x, y) -> Double.compare(y.getValue(), x.getValue()))
                .limit(12)
                .forEach(row -> System.out.printf(Locale.ROOT, "| %s | %.1f |%n", row.getKey(), row.getValue()));
    }

    private static void write(final List<Step> steps, final Path folder) throws IOException {
        Files.createDirectories(folder);
        final List<String> labels = steps.stream()
                .map(step -> String.format(Locale.ROOT, "%,d", step.connections()))
                .toList();
        final List<Plot> plots = List.of(
                plot(
                        "5-in-service-cost",
                        "CPU of both stacks, programs in the service, at most 1,000 connections talk",
                        "µs of CPU",
                        labels,
                        List.of(
                                new Line(
                                        "a request of 64 bytes and its answer",
                                        steps.stream()
                                                .map(step -> scaled(step.answer()))
                                                .toList()),
                                new Line(
                                        "a connection opened",
                                        steps.stream()
                                                .map(step -> one(step.opening() / 1e3))
                                                .toList()))),
                plot(
                        "5-in-service-memory",
                        "Heap of an idle connection's end, programs in the service",
                        "bytes",
                        labels,
                        List.of(new Line(
                                "the stack's objects",
                                steps.stream().map(step -> one(step.bytes())).toList()))));
        for (final Plot plot : plots) {
            PlotWriter.write(plot, folder);
            TableWriter.csv(plot, folder);
        }
    }

    private static Plot plot(
            final String file, final String title, final String y, final List<String> labels, final List<Line> lines) {
        return new Plot(file, title, "open connections", y, labels, false, true, lines);
    }

    private static Samples scaled(final Samples nanos) {
        return Samples.of(
                Arrays.stream(nanos.sorted()).map(value -> value / 1e3).boxed().toList());
    }

    private static Samples one(final double value) {
        return Double.isNaN(value) || value == 0 ? null : Samples.of(List.of(value));
    }
}
