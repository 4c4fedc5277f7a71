package joyride.bench.plots;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import joyride.bench.measure.Samples;

/** The numbers of a {@link Plot} as a table. */
public final class TableWriter {
    private TableWriter() {}

    /** Writes FILE.csv: a line for each point, with all runs. */
    public static void csv(final Plot plot, final Path directory) throws IOException {
        final StringBuilder text = new StringBuilder("series,x,unit,median,least,most,runs\n");
        for (final Line line : plot.lines()) {
            for (int i = 0; i < plot.labels().size(); i++) {
                final Samples samples = line.samples().get(i);
                if (samples != null) {
                    text.append(String.format(
                            Locale.ROOT,
                            "%s,%s,%s,%s,%s,%s,%s%n",
                            quoted(line.name()),
                            quoted(plot.labels().get(i)),
                            quoted(plot.yTitle()),
                            digits(samples.median()),
                            digits(samples.least()),
                            digits(samples.most()),
                            Arrays.stream(samples.sorted())
                                    .mapToObj(TableWriter::digits)
                                    .collect(Collectors.joining(" "))));
                }
            }
        }
        Files.writeString(directory.resolve(plot.file() + ".csv"), text);
    }

    /** A row for each place of the axis, a column for each line. */
    public static String markdown(final Plot plot) {
        final List<Line> shown = plot.lines().stream()
                .filter(line -> line.samples().stream().anyMatch(samples -> samples != null))
                .toList();
        final StringBuilder text = new StringBuilder("| ").append(plot.xTitle());
        shown.forEach(line -> text.append(" | ").append(line.name()));
        text.append(" |\n|---").append("|---".repeat(shown.size())).append("|\n");
        for (int i = 0; i < plot.labels().size(); i++) {
            text.append("| ").append(plot.labels().get(i));
            for (final Line line : shown) {
                final Samples samples = line.samples().get(i);
                text.append(" | ").append(samples == null ? "–" : samples.text());
            }
            text.append(" |\n");
        }
        return text.toString();
    }

    private static String quoted(final String text) {
        return text.contains(",") || text.contains("\"") ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    private static String digits(final double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }
}
