package joyride.bench.windows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import joyride.bench.figures.FigureOptions;
import joyride.bench.measure.Arguments;
import joyride.nic.wire.Faults;
import joyride.testkit.simulation.FlowRun;
import joyride.testkit.simulation.SimulatedTcp;

/**
 * The command {@code joyride bench cwnd}: each congestion control alone on the same simulated link, in virtual time and from a seed, so that the
 * figures are the same everywhere. Prints a table and paints docs/figures/cwnd-*.
 */
public final class WindowsBench {
    private static final String USAGE = "bench cwnd [-o FOLDER]";
    private static final long SEED = 42;
    private static final long MILLI = 1_000_000L;
    private static final double RATE = 20e6;
    private static final double SECONDS = 40;
    private static final int MSS = 1448;

    private static final String LINK = "20 Mbit/s, 40 ms, queue of 100 kB";

    private static final Faults THERE =
            Faults.NONE.withRate((long) RATE, 100_000).withDelay(20 * MILLI, 0);

    private static final Faults BACK = Faults.NONE.withDelay(20 * MILLI, 0);

    /** A window that the buffers do not limit. */
    private static final Map<String, String> WIDE =
            Map.of("net.inet.tcp.recvspace", "1000000", "net.inet.tcp.sendspace", "1000000");

    private WindowsBench() {}

    /** @param arguments after {@code cwnd}. @return whether every flow used at least half of the link */
    public static boolean run(final List<String> arguments) throws IOException {
        final Path folder = Path.of(Arguments.parse(arguments, USAGE, Set.of(), Set.of("-o"))
                .wordless(USAGE)
                .value("-o", FigureOptions.folder()));
        Files.createDirectories(folder);
        System.out.println(LINK + ", one flow of " + SECONDS + " s; the first 10 s do not count");
        System.out.printf(
                "%-8s %-8s %12s %14s %12s %12s%n",
                "variant", "cc", "goodput", "cwnd, segments", "rtt, ms", "retransmitted");
        boolean good = true;
        final Map<String, List<FlowRun.Sample>> all = new TreeMap<>();
        for (final String variant : SimulatedTcp.VARIANTS) {
            final Map<String, List<FlowRun.Sample>> runs = new TreeMap<>();
            for (final String control : SimulatedTcp.CONGESTION_CONTROLS) {
                try (FlowRun run = new FlowRun(SEED, THERE, BACK, WIDE)) {
                    run.variant(variant).flow(control);
                    final List<FlowRun.Sample> samples = run.watch(0, SECONDS, 0.1);
                    runs.put(control, samples);
                    good &= row(variant, control, samples, run.counters().get("sndrexmitpack"));
                }
            }
            alone(folder, variant, runs);
            if (all.isEmpty()) {
                all.putAll(runs);
            }
        }
        delays(folder, all);
        dctcp(folder);
        slowStart(folder);
        System.out.println("painted " + folder + "/cwnd-{loss,delay,loss-rack,delay-rack,rtt,dctcp,hystart}.{svg,png}");
        return good;
    }

    /** Each alone, on one variant. */
    private static void alone(final Path folder, final String variant, final Map<String, List<FlowRun.Sample>> runs)
            throws IOException {
        final boolean first = variant.equals(SimulatedTcp.VARIANTS.getFirst());
        final String suffix = first ? "" : "-" + variant;
        final String where = (first ? "" : " on " + variant) + ": " + LINK;
        paint(
                folder,
                "cwnd-loss" + suffix,
                "Congestion window, controls that heed losses" + where,
                runs,
                "newreno",
                "cubic",
                "htcp");
        paint(
                folder,
                "cwnd-delay" + suffix,
                "Congestion window, controls that heed delay" + where,
                runs,
                "vegas",
                "cdg",
                "chd",
                "hd");
    }

    private static boolean row(
            final String variant, final String control, final List<FlowRun.Sample> samples, final long retransmitted) {
        final List<FlowRun.Sample> settled =
                samples.stream().filter(s -> s.seconds() > 10).toList();
        final FlowRun.Sample first = settled.getFirst();
        final FlowRun.Sample last = settled.getLast();
        final double share = (last.delivered() - first.delivered()) * 8 / (last.seconds() - first.seconds()) / RATE;
        final int least =
                settled.stream().mapToInt(FlowRun.Sample::window).min().orElseThrow();
        final int most = settled.stream().mapToInt(FlowRun.Sample::window).max().orElseThrow();
        final double rtt = settled.stream()
                .mapToDouble(FlowRun.Sample::rttMillis)
                .average()
                .orElseThrow();
        System.out.printf(
                "%-8s %-8s %10.1f %% %14s %12.1f %12d%n",
                variant, control, 100 * share, least + ".." + most, rtt, retransmitted);
        return share >= 0.5;
    }

    private static void paint(
            final Path folder,
            final String file,
            final String title,
            final Map<String, List<FlowRun.Sample>> all,
            final String... controls)
            throws IOException {
        final List<Course> courses = new ArrayList<>();
        for (final String control : controls) {
            courses.add(course(control, all.get(control), FlowRun.Sample::window));
        }
        CourseChart.write(folder, file, title, "cwnd, segments of " + MSS + " bytes", courses);
    }

    private static void delays(final Path folder, final Map<String, List<FlowRun.Sample>> all) throws IOException {
        final List<Course> courses = new ArrayList<>();
        for (final String control : List.of("newreno", "cubic", "vegas", "chd")) {
            courses.add(course(control, all.get(control), FlowRun.Sample::rttMillis));
        }
        CourseChart.write(
                folder, "cwnd-rtt", "What that costs others: " + LINK, "smoothed round-trip time, ms", courses);
    }

    private static void dctcp(final Path folder) throws IOException {
        final Map<String, String> ecn = new TreeMap<>(WIDE);
        ecn.put("net.inet.tcp.ecn.enable", "1");
        final Faults marking =
                Faults.NONE.withRate(100_000_000, 300_000).withDelay(MILLI, 0).withMarkingAbove(30_000);
        final List<Course> courses = new ArrayList<>();
        for (final String control : List.of("newreno", "cubic", "dctcp")) {
            try (FlowRun run = new FlowRun(SEED, marking, Faults.NONE.withDelay(MILLI, 0), ecn)) {
                run.flow(control);
                courses.add(course(control, run.watch(0, 2, 0.005), FlowRun.Sample::window));
            }
        }
        CourseChart.write(
                folder,
                "cwnd-dctcp",
                "Congestion window with ECN: 100 Mbit/s, 2 ms, marks above 30 kB of queue",
                "cwnd, segments of " + MSS + " bytes",
                courses);
    }

    private static void slowStart(final Path folder) throws IOException {
        final Faults wide = Faults.NONE.withRate(50_000_000, 1_000_000).withDelay(25 * MILLI, 0);
        final List<Course> courses = new ArrayList<>();
        for (final int on : new int[] {0, 1}) {
            final Map<String, String> sysctls = new TreeMap<>(WIDE);
            sysctls.put("net.inet.tcp.cc.hystartplusplus.enable", Integer.toString(on));
            sysctls.put("net.inet.tcp.recvspace", "4000000");
            sysctls.put("net.inet.tcp.sendspace", "4000000");
            sysctls.put("kern.ipc.maxsockbuf", "4194304");
            try (FlowRun run = new FlowRun(SEED, wide, Faults.NONE.withDelay(25 * MILLI, 0), sysctls)) {
                run.flow("cubic");
                final List<FlowRun.Sample> samples = run.watch(0, 6, 0.02);
                courses.add(course(
                        "cubic, HyStart++ " + (on == 0 ? "off" : "on") + " ("
                                + run.counters().get("sndrexmitpack") + " segments retransmitted)",
                        samples,
                        FlowRun.Sample::window));
            }
        }
        CourseChart.write(
                folder,
                "cwnd-hystart",
                "Slow start: 50 Mbit/s, 50 ms, queue of 1 MB",
                "cwnd, segments of " + MSS + " bytes",
                courses);
    }

    private static Course course(
            final String name, final List<FlowRun.Sample> samples, final ToDoubleFunction<FlowRun.Sample> value) {
        return new Course(
                name,
                samples.stream().map(FlowRun.Sample::seconds).toList(),
                samples.stream().map(s -> value.applyAsDouble(s)).toList());
    }
}
