package joyride.bench.figures;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Cores;
import joyride.bench.plots.Plot;

/** Figures 1 and 2: what ttcp moves, against the size of its buffer, and against the number of programs. */
final class Throughput {
    private static final List<Integer> SIZES = List.of(256, 1024, 4096, 16384, 65536);
    private static final List<String> SIZE_LABELS = List.of("256 B", "1 KiB", "4 KiB", "16 KiB", "64 KiB");
    private static final List<Integer> PROCESSES = List.of(1, 2, 4, 8);
    private static final int PROCESS_LENGTH = 16384;
    private static final double WANTED = 1.5;
    private static final int CEILING_ATTEMPTS = 3;

    private final Lanes lanes;
    private final Ttcp ttcp;
    private final RawPair raw;
    private final Cores cores;
    private final FigureOptions options;
    private final Omissions omissions;

    Throughput(
            final Lanes lanes,
            final Ttcp ttcp,
            final RawPair raw,
            final Cores cores,
            final FigureOptions options,
            final Omissions omissions) {
        this.lanes = lanes;
        this.ttcp = ttcp;
        this.raw = raw;
        this.cores = cores;
        this.options = options;
        this.omissions = omissions;
    }

    /** Runs that do not count, until each way is compiled and has its windows. */
    void warm() throws IOException, InterruptedException {
        for (final Lane lane : lanes.all()) {
            double last = 0;
            for (int run = 0; run < (lane.kernelCarries() ? 1 : options.quick() ? 4 : 8); run++) {
                final double now = run(lane, 1, PROCESS_LENGTH, run % 2 == 1, 1);
                if (run > 3 && now < last * 1.1) {
                    break;
                }
                last = Math.max(last, now);
            }
        }
    }

    Figure bySize() throws IOException, InterruptedException {
        final Grid blocking = new Grid(SIZE_LABELS);
        final Grid nonBlocking = new Grid(SIZE_LABELS);
        for (int run = 0; run < options.runs(); run++) {
            for (int i = 0; i < SIZES.size(); i++) {
                for (final Lane lane : lanes.all()) {
                    measure(blocking, lane, SIZE_LABELS.get(i), 1, SIZES.get(i), false);
                    measure(nonBlocking, lane, SIZE_LABELS.get(i), 1, SIZES.get(i), true);
                }
            }
        }
        final List<String> findings = new ArrayList<>();
        findings.addAll(ratios("blocking", blocking, SIZE_LABELS));
        findings.addAll(ratios("non-blocking", nonBlocking, SIZE_LABELS));
        return new Figure(
                1,
                "Throughput of one program against the size of its buffer",
                "ttcp at both ends, one connection; it writes and reads that many bytes a call. Veth has its offloads on: its units are of 64 KiB. \"memif\" is DPDK's net_memif with an"
                        + " MTU of 1500, \"memif 1500\" Joyride's own driver, over which units of as much pass whole between two services, \"memif 64000\" the same with frames of that size.",
                options.runsText(),
                List.of(
                        plot("1-blocking", "One ttcp, blocking sockets", "bytes a call", blocking),
                        plot("1-non-blocking", "One ttcp, non-blocking sockets and poll", "bytes a call", nonBlocking)),
                findings);
    }

    Figure byProcesses() throws IOException, InterruptedException {
        final List<String> labels =
                PROCESSES.stream().map(number -> Integer.toString(number)).toList();
        final Grid grid = new Grid(labels);
        final Undisturbed ceiling = new Undisturbed();
        for (int run = 0; run < options.runs(); run++) {
            for (final int processes : PROCESSES) {
                for (final Lane lane : lanes.all()) {
                    measure(grid, lane, Integer.toString(processes), processes, PROCESS_LENGTH, false);
                }
            }
            ceiling(ceiling);
        }
        ceiling.counted().forEach(rate -> labels.forEach(label -> grid.add(RawPair.NAME, label, rate)));
        final List<String> findings = new ArrayList<>(ratios("all together", grid, labels));
        if (!ceiling.counted().isEmpty()) {
            findings.add("the ceiling, " + RawPair.NAME + ": " + ceiling.text("Gb/s"));
        }
        return new Figure(
                2,
                "Throughput of all against the number of programs",
                "That many ttcp transmitters, each a program of its own with a receiver of its own, blocking, 16 KiB a call; sums over all."
                        + " The ceiling is one testpmd that sends frames of 1514 bytes over a memif and one that receives them, a core each: what"
                        + " arrives, 1448 bytes of payload a frame, in runs with the two cores near each other, if there are any."
                        + " It is the same for any number of programs.",
                options.runsText(),
                List.of(plot(
                        "2-processes", "All ttcp together, blocking, 16 KiB a call", "transmitting programs", grid)),
                findings);
    }

    /** One run with the cores near each other, if there is one in some attempts. */
    private void ceiling(final Undisturbed runs) throws IOException, InterruptedException {
        if (!options.wants("dpdk")) {
            return;
        }
        if (!Dpdk.hasTestPmd()) {
            omissions.add(RawPair.NAME, Dpdk.NO_TESTPMD);
            return;
        }
        try {
            boolean far = true;
            for (int attempt = 0; far && attempt < CEILING_ATTEMPTS; attempt++) {
                far = Cores.far(cores.look());
                final double rate = raw.gigabits(options.seconds());
                far |= Cores.far(cores.look());
                runs.add(rate, far);
            }
        } catch (final IllegalStateException e) {
            omissions.add(RawPair.NAME, e.getMessage());
        }
    }

    private static Plot plot(final String file, final String title, final String x, final Grid grid) {
        return new Plot(file, title, x, "payload, Gb/s", grid.labels(), true, true, grid.lines());
    }

    private void measure(
            final Grid grid,
            final Lane lane,
            final String label,
            final int pairs,
            final int length,
            final boolean nonBlocking)
            throws IOException, InterruptedException {
        try {
            grid.add(lane.name(), label, run(lane, pairs, length, nonBlocking, options.seconds()));
        } catch (final IllegalStateException e) {
            omissions.add("a run of " + lane.name() + ", " + label, e.getMessage());
        }
    }

    private double run(
            final Lane lane, final int pairs, final int length, final boolean nonBlocking, final double seconds)
            throws IOException, InterruptedException {
        cores.look();
        return lane.carried(() -> ttcp.gigabits(lane, pairs, length, nonBlocking, seconds));
    }

    /** Each memif : the kernel over veth. */
    private static List<String> ratios(final String what, final Grid grid, final List<String> labels) {
        final List<String> lines = new ArrayList<>();
        for (final String lane : List.of(Lanes.MEMIF, Lanes.OWN, Lanes.LARGE)) {
            if (labels.stream().allMatch(label -> Double.isNaN(grid.median(lane, label)))) {
                continue;
            }
            final StringBuilder text = new StringBuilder(lane + " : " + Lanes.VETH + ", " + what + ":");
            int there = 0;
            for (final String label : labels) {
                final double ratio = grid.median(lane, label) / grid.median(Lanes.VETH, label);
                text.append(String.format(" %.2f× (%s)", ratio, label));
                there += ratio >= WANTED ? 1 : 0;
            }
            lines.add(text + "; wanted ≥ " + WANTED + "×, reached at " + there + " of " + labels.size());
        }
        return lines;
    }
}
