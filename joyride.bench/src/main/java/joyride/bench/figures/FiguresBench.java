package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Cores;
import joyride.bench.measure.Scratch;
import joyride.bench.plots.Plot;

/** {@code joyride bench figures}: all figures in one go, tables and plots to {@code docs/figures}; each is written when it is measured. */
public final class FiguresBench {
    private final FigureOptions options;
    private final Scratch scratch;
    private final Cores cores;
    private final Conditions conditions;
    private final Omissions omissions = new Omissions();
    private final long begin = System.nanoTime();
    private final List<Plot> layers = new ArrayList<>();

    private FiguresBench(final FigureOptions options, final Scratch scratch) throws IOException, InterruptedException {
        this.options = options;
        this.scratch = scratch;
        cores = new Cores(scratch);
        conditions = Conditions.begin(cores);
    }

    /** @return whether every wanted figure was measured with all its rows */
    public static boolean run(final FigureOptions options) throws IOException, InterruptedException {
        Files.createDirectories(options.output());
        try (Scratch scratch = new Scratch()) {
            final FiguresBench bench = new FiguresBench(options, scratch);
            if (options.wants(1) || options.wants(2) || options.wants(4) || options.wants(5)) {
                bench.overLanes();
            }
            if (options.wants(3)) {
                bench.driver();
            }
            if (options.wants(5)) {
                bench.cost();
            }
            return bench.omissions.lines().isEmpty();
        }
    }

    private void overLanes() throws IOException, InterruptedException {
        try (Lanes lanes = Lanes.open(scratch, options, omissions)) {
            final Ttcp ttcp = new Ttcp(scratch.compile("ttcp"), scratch.directory());
            final Throughput throughput = new Throughput(
                    lanes, ttcp, new RawPair(scratch.directory().resolve("raw-memif")), cores, options, omissions);
            if (options.wants(1) || options.wants(2) || options.wants(5)) {
                throughput.warm();
            }
            if (options.wants(1)) {
                done(throughput.bySize());
            }
            if (options.wants(2)) {
                done(throughput.byProcesses());
            }
            if (options.wants(5)) {
                layers.addAll(new Cost(ttcp, options, omissions, scratch.directory()).byLayer(lanes));
            }
            if (options.wants(4)) {
                done(new Latency(lanes, cores, scratch.pingPong(), scratch.directory(), options, omissions).measure());
            }
        }
    }

    private void driver() throws IOException, InterruptedException {
        final Figure figure =
                new DriverRates(cores, options, omissions, scratch.directory().resolve("driver-memif")).measure();
        if (figure != null) {
            done(figure);
        }
    }

    private void cost() throws IOException, InterruptedException {
        final List<String> findings = new ArrayList<>();
        layers.addAll(Cost.byConnections(scratch, options, findings));
        done(Cost.figure(options, layers, findings));
    }

    private void done(final Figure figure) throws IOException {
        Pages.write(options, figure, conditions.end(), omissions);
        System.err.printf(
                "joyride bench figures: figure %d is in %s, %.0f s so far%n",
                figure.number(), options.output(), (System.nanoTime() - begin) / 1e9);
    }
}
