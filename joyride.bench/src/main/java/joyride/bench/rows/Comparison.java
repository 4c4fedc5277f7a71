package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Samples;
import joyride.testkit.live.CpuTime;
import joyride.testkit.live.KernelCounters;
import joyride.testkit.live.Program;

/** Runs one row on both sides in turn and collects the numbers. */
public final class Comparison {
    /** Kernel segments that a Joyride run may send by the way, as a share of its operations: none of its own. */
    private static final double STRAY_SHARE = 0.01;

    private static final long STRAY_FLOOR = 100;

    private static final int LONGEST_WARM_UP = 5;
    private static final double STILL_FASTER = 1.1;

    private final Row row;
    private final Side kernel;
    private final Side joyride;
    private final Program service;

    public Comparison(final Row row, final Side kernel, final Side joyride, final Program service) {
        this.row = row;
        this.kernel = kernel;
        this.joyride = joyride;
        this.service = service;
    }

    /** One pair of runs after another, after some that do not count. */
    public List<Result> run(final int pairs, final Path directory) throws IOException, InterruptedException {
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
            collect(kernel, kernelServer, directory, null, theirCpu);
            warm(joyrideServer, directory);
            for (int pair = 0; pair < pairs; pair++) {
                collect(kernel, kernelServer, directory, theirs, theirCpu);
                collect(joyride, joyrideServer, directory, ours, ourCpu);
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

    /** Runs that do not count, until the service's code for this work is compiled: it gets no faster any more. */
    private void warm(final Program server, final Path directory) throws IOException, InterruptedException {
        final boolean higher = row.metrics().getFirst().higherIsBetter();
        double last = collect(joyride, server, directory, null, null);
        for (int run = 1; run < LONGEST_WARM_UP; run++) {
            final double now = collect(joyride, server, directory, null, null);
            if (higher ? now < last * STILL_FASTER : now * STILL_FASTER > last) {
                return;
            }
            last = now;
        }
    }

    /** Runs the client once. @param values gets its numbers; null: it does not count @return the first of its numbers */
    private double collect(
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
        return measured.values()[0];
    }

    /**
     * What one metric came to.
     *
     * @param kernelCpu µs of CPU for an operation, all processes counted
     */
    public record Result(
            Row.Metric metric, Samples kernel, Samples joyride, Samples ratio, Samples kernelCpu, Samples joyrideCpu) {
        public boolean reached() {
            return Double.isNaN(metric.target()) || isBetter();
        }

        private boolean isBetter() {
            return metric.higherIsBetter() ? ratio.median() >= metric.target() : ratio.median() <= metric.target();
        }
    }
}
