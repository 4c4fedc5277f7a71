package joyride.bench.crowd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.bench.measure.Samples;
import joyride.bench.measure.Scratch;
import joyride.testkit.live.CpuTime;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Namespace;

/**
 * {@code joyride bench connections}: what answers cost while more and more connections are open, on the kernel's loopback and on Joyride in turn, and the
 * memory of each.
 */
public final class ConnectionsBench {
    static final int ACTIVE = 1000;
    private static final int MOST_FILES = 19_000;
    private static final String HEAP = "-Xms1g -Xmx1g";
    private static final int RING_MEMORY_MIB = 1280;

    private ConnectionsBench() {}

    /**
     * What one number of open connections came to on one side.
     *
     * @param opening connections opened a second, the servers' and clients' part too
     * @param micros CPU of the service an answer, µs; of all the machine on the kernel's side, where nothing else can be told apart
     * @param before memory before the last of them were opened
     * @param memory and after, while all were idle
     */
    public record Step(
            String side,
            int connections,
            double opening,
            Samples rate,
            Samples micros,
            ServiceMemory before,
            ServiceMemory memory) {}

    /** @param steps numbers of open connections, growing @return what each came to, both sides in turn */
    public static List<Step> grow(
            final Scratch scratch, final List<Integer> steps, final int runs, final double seconds)
            throws IOException, InterruptedException {
        final int pairs = programs(steps.getLast());
        final Path etc = configuration(scratch);
        final String program = scratch.compile("crowd");
        final List<Step> found = new ArrayList<>();
        try (Namespace plain = Namespace.create();
                Namespace namespace = Namespace.create();
                LiveService service = service(scratch, "crowd-run", namespace)) {
            service.start(etc).awaitWarm();
            final long pid = service.pid();
            try (Crowd kernel = new Crowd(program, "127.0.0.1", pairs, plain::inside, plain::inside);
                    Crowd joyride = new Crowd(program, "127.77.0.1", pairs, service::withLayer, service::withLayer)) {
                long ofJoyride = 0;
                int opened = 0;
                for (final int connections : steps) {
                    final long begin = ServiceMemory.now(0).kernel();
                    final double ofKernel = kernel.open(connections);
                    final long middle = ServiceMemory.now(0).kernel();
                    // What is measured is what the new ones cost: memory that talking took is there before and after.
                    final ServiceMemory before = idle(pid).withKernel(ofJoyride);
                    final long slab = ServiceMemory.now(0).kernel();
                    final double ofOurs = joyride.open(connections);
                    ofJoyride += ServiceMemory.now(0).kernel() - slab;
                    final ServiceMemory after = idle(pid).withKernel(ofJoyride);
                    final Opening opening = new Opening(
                            (connections - opened) / ofKernel,
                            (connections - opened) / ofOurs,
                            middle - begin,
                            before,
                            after);
                    found.addAll(step(kernel, joyride, pid, connections, runs, seconds, opening));
                    opened = connections;
                }
            }
        }
        return found;
    }

    /** Servers, and as many clients, that so many connections need. */
    static int programs(final int connections) {
        return (connections + MOST_FILES - 1) / MOST_FILES;
    }

    /** A service in a namespace, with heap for many connections. */
    static LiveService service(final Scratch scratch, final String directory, final Namespace namespace) {
        return new LiveService(
                LiveService.command(),
                scratch.directory().resolve(directory),
                namespace.prefix(),
                Map.of("JOYRIDE_JVM_OPTIONS", HEAP));
    }

    /** Configuration with ring memory for many connections. */
    static Path configuration(final Scratch scratch) throws IOException {
        final Path etc = Files.createDirectory(scratch.directory().resolve("crowd-etc"));
        Files.writeString(etc.resolve("joyride.ipc.shm.cfg"), "memory=" + RING_MEMORY_MIB + "\n");
        return etc;
    }

    /** What opening connections came to: how many a second, and memory. */
    private record Opening(double ofKernel, double ofJoyride, long slab, ServiceMemory before, ServiceMemory after) {}

    /** Rings that nobody used for a while give their memory back. */
    private static ServiceMemory idle(final long pid) throws IOException, InterruptedException {
        Thread.sleep(500);
        return ServiceMemory.now(pid);
    }

    private static List<Step> step(
            final Crowd kernel,
            final Crowd joyride,
            final long pid,
            final int connections,
            final int runs,
            final double seconds,
            final Opening opening)
            throws IOException, InterruptedException {
        final int talking = Math.min(connections, ACTIVE);
        kernel.talk(talking, seconds);
        joyride.talk(talking, seconds);
        joyride.talk(talking, seconds);
        final List<Double> kernelRates = new ArrayList<>();
        final List<Double> rates = new ArrayList<>();
        final List<Double> micros = new ArrayList<>();
        for (int run = 0; run < runs; run++) {
            kernelRates.add(kernel.talk(talking, seconds).rate());
            final double before = CpuTime.of(pid);
            final Crowd.Talk talk = joyride.talk(talking, seconds);
            micros.add((CpuTime.of(pid) - before) * 1e6 / talk.answers());
            rates.add(talk.rate());
        }
        return List.of(
                new Step(
                        "Linux, loopback",
                        connections,
                        opening.ofKernel(),
                        Samples.of(kernelRates),
                        null,
                        null,
                        new ServiceMemory(0, 0, 0, opening.slab(), Map.of())),
                new Step(
                        "Joyride, same host",
                        connections,
                        opening.ofJoyride(),
                        Samples.of(rates),
                        Samples.of(micros),
                        opening.before(),
                        opening.after()));
    }

    /** Numbers of open connections. */
    public static List<Integer> steps(final boolean quick) {
        return quick ? List.of(10, 1000, 10_000) : List.of(1, 10, 100, 1000, 10_000, 100_000);
    }

    /** The command. @return whether every target was reached */
    public static boolean run(final List<String> arguments) throws Exception {
        final CrowdOptions options = CrowdOptions.parse(arguments);
        if (options.inService()) {
            return InServiceBench.run(options);
        }
        if (options.speed()) {
            return SpeedBench.run(options);
        }
        final boolean quick = options.quick();
        try (Scratch scratch = new Scratch()) {
            final List<Step> found = grow(scratch, steps(quick), quick ? 2 : 5, quick ? 0.4 : 0.6);
            System.out.println(
                    "| | open connections | opened a second | answers a second | CPU of the service, µs an answer |");
            System.out.println("|---|---|---|---|---|");
            for (final Step step : found) {
                System.out.printf(
                        "| %s | %,d | %,.0f | %s | %s |%n",
                        step.side(),
                        step.connections(),
                        step.opening(),
                        step.rate().text(),
                        step.micros() == null ? "–" : step.micros().text());
            }
            System.out.println();
            findings(found).forEach(line -> System.out.println("- " + line));
            final List<Step> ours = ours(found);
            classes(
                    ours.getLast(),
                    ours.getLast().connections() - ours.get(ours.size() - 2).connections());
            return findings(found).stream().noneMatch(line -> line.contains("NOT REACHED"));
        }
    }

    private static List<Step> ours(final List<Step> found) {
        return found.stream().filter(step -> step.micros() != null).toList();
    }

    /** What it means for the targets, a line each. */
    public static List<String> findings(final List<Step> found) {
        final List<Step> ours = ours(found);
        final Step last = ours.getLast();
        final Step before = ours.get(ours.size() - 2);
        final List<String> lines = new ArrayList<>();
        final double speed = last.rate().median()
                / ours.stream()
                        .filter(step -> step.connections() == ACTIVE)
                        .findFirst()
                        .orElse(before)
                        .rate()
                        .median();
        lines.add(String.format(
                "%,d connections open, %,d of them talk: %.2f× the answers of %,d open; wanted ≥ 0.80× %s",
                last.connections(), ACTIVE, speed, ACTIVE, speed >= 0.8 ? "ok" : "NOT REACHED"));
        final double ends = 2.0 * (last.connections() - before.connections());
        final double heap = (last.memory().heap() - last.before().heap()) / ends;
        final double shared = (last.memory().shared() - last.before().shared()) / ends;
        lines.add(String.format(
                "an idle connection's end in the service: %.0f B of heap (all objects, sockets and endpoints too; live after a collection, between %,d and %,d"
                        + " connections); wanted ≤ 1,024 B %s; beside it %.0f B of the program's own shared memory",
                heap, before.connections(), last.connections(), heap <= 1024 ? "ok" : "NOT REACHED", shared));
        lines.add(String.format(
                "the kernel's memory (slab) for a connection with both ends: %.0f B over Joyride, %.0f B over its own loopback",
                (last.memory().kernel() - last.before().kernel()) / (ends / 2), kernelOf(found, last.connections())));
        return lines;
    }

    private static double kernelOf(final List<Step> found, final int connections) {
        int opened = 0;
        for (final Step step : found) {
            if (step.micros() == null) {
                if (step.connections() == connections) {
                    return (double) step.memory().kernel() / (connections - opened);
                }
                opened = step.connections();
            }
        }
        return Double.NaN;
    }

    private static void classes(final Step after, final int opened) {
        final double ends = 2.0 * opened;
        final Map<String, Long> grown = new TreeMap<>();
        after.memory()
                .classes()
                .forEach((name, bytes) ->
                        grown.put(name, bytes - after.before().classes().getOrDefault(name, 0L)));
        System.out.printf("%nHeap of an idle connection's end, by class, B:%n%n| class | B |%n|---|---|%n");
        grown.entrySet().stream()
                .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
                .limit(20)
                .forEach(entry -> System.out.printf("| %s | %.1f |%n", entry.getKey(), entry.getValue() / ends));
    }
}
