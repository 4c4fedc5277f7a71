package joyride.bench.figures;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Scratch;
import joyride.bench.plots.Plot;

/** {@code joyride bench figures}: all figures in one go, tables and plots to {@code docs/figures}. */
public final class FiguresBench {
    private FiguresBench() {}

    /** @return whether every wanted figure was measured */
    public static boolean run(final FigureOptions options) throws Exception {
        Files.createDirectories(options.output());
        final Omissions omissions = new Omissions();
        final long begin = System.nanoTime();
        final Conditions conditions = Conditions.begin();
        final List<Figure> figures = new ArrayList<>();
        final List<Plot> layers = new ArrayList<>();
        try (Scratch scratch = new Scratch()) {
            if (options.wants(1) || options.wants(2) || options.wants(4) || options.wants(5)) {
                overLanes(options, omissions, scratch, figures, layers);
            }
            if (options.wants(3)) {
                final Figure figure =
                        new DriverRates(options, omissions, scratch.directory().resolve("driver-memif")).measure();
                if (figure != null) {
                    say(figure, begin);
                    figures.add(figure);
                }
            }
            if (options.wants(5)) {
                final List<String> findings = new ArrayList<>();
                layers.addAll(Cost.byConnections(scratch, options, findings));
                figures.add(say(Cost.figure(layers, findings), begin));
            }
        }
        Pages.write(options, figures, conditions.end(), omissions, begin);
        return omissions.lines().isEmpty();
    }

    private static void overLanes(
            final FigureOptions options,
            final Omissions omissions,
            final Scratch scratch,
            final List<Figure> figures,
            final List<Plot> layers)
            throws Exception {
        final long begin = System.nanoTime();
        final Path directory = scratch.directory();
        try (Lanes lanes = Lanes.open(scratch, omissions)) {
            final Ttcp ttcp = new Ttcp(scratch.compile("ttcp"), directory);
            final Throughput throughput =
                    new Throughput(lanes, ttcp, new RawPair(directory.resolve("raw-memif")), options, omissions);
            if (options.wants(1) || options.wants(2) || options.wants(5)) {
                throughput.warm();
            }
            if (options.wants(1)) {
                figures.add(say(throughput.bySize(), begin));
            }
            if (options.wants(2)) {
                figures.add(say(throughput.byProcesses(), begin));
            }
            if (options.wants(5)) {
                layers.addAll(new Cost(ttcp, options, omissions, directory).byLayer(lanes));
            }
            if (options.wants(4)) {
                figures.add(
                        say(new Latency(lanes, scratch.pingPong(), directory, options, omissions).measure(), begin));
            }
        }
    }

    private static Figure say(final Figure figure, final long begin) {
        System.err.printf(
                "joyride bench figures: figure %d is measured, %.0f s so far%n",
                figure.number(), (System.nanoTime() - begin) / 1e9);
        return figure;
    }
}
