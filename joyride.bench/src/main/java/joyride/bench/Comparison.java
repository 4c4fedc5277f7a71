package joyride.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.CpuTime;
import joyride.testkit.live.KernelCounters;
import joyride.testkit.live.Program;

/** Runs one row on both sides in turn and collects the numbers. */
final class Comparison {
    /** Kernel segments that a Joyride run may send by the way, as a share of its operations: none of its own. */
    private static final double STRAY_SHARE = 0.01;

    private static final long STRAY_FLOOR = 100;

    private final Row row;
    private final Side kernel;
    private final Side joyride;
    private final Program service;

    Comparison(final Row row, final Side kernel, final Side joyride, final Program service) {
        this.row = row;
        this.kernel = kernel;
        this.joyride = joyride;
        this.service = service;
    }

    /** One pair of runs after another, after one pair that does not count. */
    List<Result> run(final int pairs, final Path directory) throws IOException, InterruptedException {
        final List<List<Double>> ours = new ArrayList<>();
        final List<List<Double>> theirs = new ArrayList<>();
        final List<Double> ourCpu = new ArrayList<>();
        final List<Double> theirCpu = new ArrayList<>();
        row.metrics().forEach(metric -> {
            ours.add(new ArrayList<>());
            theirs.add(new ArrayList<>());
        });
        try (Program kernelServer = row.serve(kernel, directory);
                Program joyrideServer = row.serve(joyride, directory)) {
            for (int pair = -1; pair < pairs; pair++) {
                final boolean counts = pair >= 0;
                collect(kernel, kernelServer, directory, counts ? theirs : null, theirCpu);
                collect(joyride, joyrideServer, directory, counts ? ours : null, ourCpu);
            }
        }
        final List<Result> results = new ArrayList<>();
        for (int m = 0; m < row.metrics().size(); m++) {
            final List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < pairs; i++) {
                ratios.add(ours.get(m).get(i) / theirs.get(m).get(i));
            }
            results.add(new Result(
                    row.metrics().get(m),
                    Samples.of(theirs.get(m)),
                    Samples.of(ours.get(m)),
                    Samples.of(ratios),
                    Samples.of(theirCpu),
                    Samples.of(ourCpu)));
        }
        return results;
    }

    private void collect(
            final Side side,
            final Program server,
            final Path directory,
            final List<List<Double>> values,
            final List<Double> cpu)
            throws IOException, InterruptedException {
        final List<Long> pids = new ArrayList<>(server.pids());
        pids.addAll(service.pids());
        pids.addAll(CpuTime.softInterrupts());
        final KernelCounters segments = side.counters().now();
        final double before = CpuTime.of(pids) + CpuTime.ofEndedChildren();
        final Row.Measurement measured = row.measure(side, directory);
        final double used = CpuTime.of(pids) + CpuTime.ofEndedChildren() - before;
        final long sent = side.counters().now().since(segments).outSegments();
        final double allowed = Math.max(STRAY_FLOOR, measured.operations() * STRAY_SHARE);
        if (side == joyride && sent > allowed) {
            throw new IllegalStateException(
                    row.name() + ": the kernel's TCP sent " + sent + " segments during a run over Joyride of "
                            + Math.round(measured.operations()) + " operations (" + Math.round(allowed)
                            + " allowed): Joyride did not carry it");
        }
        if (side == kernel && sent <= STRAY_FLOOR) {
            throw new IllegalStateException(row.name() + ": the kernel's TCP sent only " + sent
                    + " segments during a run on the kernel: the comparison is none");
        }
        if (values != null) {
            for (int m = 0; m < measured.values().length; m++) {
                values.get(m).add(measured.values()[m]);
            }
            cpu.add(used / measured.operations() * 1e6);
        }
    }

    /**
     * What one metric came to.
     *
     * @param kernelCpu µs of CPU for an operation, all processes counted
     */
    record Result(
            Row.Metric metric, Samples kernel, Samples joyride, Samples ratio, Samples kernelCpu, Samples joyrideCpu) {
        boolean reached() {
            return Double.isNaN(metric.target()) || isBetter();
        }

        private boolean isBetter() {
            return metric.higherIsBetter() ? ratio.median() >= metric.target() : ratio.median() <= metric.target();
        }
    }
}
