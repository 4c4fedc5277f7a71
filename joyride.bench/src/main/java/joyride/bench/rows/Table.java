package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Options;
import joyride.testkit.live.Program;

/** Rows measured on both sides in turn, and how they are shown. */
public final class Table {
    private final Side kernel;
    private final Side joyride;
    private final Program service;
    private final Options options;
    private final Path directory;
    private final List<Comparison.Result> results = new ArrayList<>();

    public Table(
            final Side kernel, final Side joyride, final Program service, final Options options, final Path directory) {
        this.kernel = kernel;
        this.joyride = joyride;
        this.service = service;
        this.options = options;
        this.directory = directory;
    }

    /** Measures those that are wanted. @return whether all ran and reached their targets */
    public boolean measure(final List<Row> rows) throws IOException, InterruptedException {
        boolean good = true;
        for (final Row row : rows) {
            if (!options.wants(row.name())) {
                continue;
            }
            System.err.println("joyride bench: " + row.name());
            try {
                results.addAll(new Comparison(row, kernel, joyride, service).run(options.pairs(), directory));
            } catch (final IllegalStateException e) {
                good = false;
                System.err.println("joyride bench: " + row.name() + " FAILED: " + e.getMessage());
            }
        }
        return good && results.stream().allMatch(Comparison.Result::reached);
    }

    /** The result of the metric with this title; null if it was not measured. */
    public Comparison.Result result(final Row.Metric metric) {
        return results.stream()
                .filter(result -> result.metric().title().equals(metric.title()))
                .findFirst()
                .orElse(null);
    }

    public void print() {
        System.out.printf(
                "%nMedian (least–most) of %d pairs of runs, kernel and Joyride in turn, %.0f s each, %d cores; CPU: µs for a request"
                        + " or KiB, all processes, the service and the kernel's network threads counted%n%n",
                options.pairs(), options.seconds(), Runtime.getRuntime().availableProcessors());
        System.out.println("| | kernel | Joyride | ratio | wanted | CPU kernel | CPU Joyride |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (final Comparison.Result result : results) {
            System.out.printf(
                    "| %s, %s | %s | %s | %s× | %s | %s | %s |%n",
                    result.metric().title(),
                    result.metric().unit(),
                    result.kernel().text(),
                    result.joyride().text(),
                    result.ratio().text(),
                    wanted(result),
                    result.kernelCpu().text(),
                    result.joyrideCpu().text());
        }
    }

    private static String wanted(final Comparison.Result result) {
        final Row.Metric metric = result.metric();
        if (Double.isNaN(metric.target())) {
            return "–";
        }
        return String.format(
                "%s %.2f× %s",
                metric.higherIsBetter() ? "≥" : "≤", metric.target(), result.reached() ? "ok" : "NOT REACHED");
    }
}
