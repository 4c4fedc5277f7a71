package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import joyride.bench.plots.Plot;
import joyride.bench.plots.PlotWriter;
import joyride.bench.plots.TableWriter;

/** Writes what was measured: a page, tables and plots for each figure, which stay as they are when another figure is measured alone. */
final class Pages {
    private Pages() {}

    static void write(
            final FigureOptions options, final Figure figure, final List<String> conditions, final Omissions omissions)
            throws IOException {
        final StringBuilder page = new StringBuilder();
        page.append("# Figure ").append(figure.number()).append(": ").append(figure.title());
        page.append("\n\n").append(figure.about()).append("\n\n");
        page.append("Each point is the median of ")
                .append(figure.runs())
                .append(" that take turns, with the least and the most; `./joyride bench figures`.\n\n");
        for (final Plot plot : figure.plots()) {
            if (!plot.isEmpty()) {
                PlotWriter.write(plot, options.output());
                TableWriter.csv(plot, options.output());
                page.append("## ").append(plot.title()).append("\n\n![").append(plot.title());
                page.append("](").append(plot.file()).append(".svg)\n\n");
                page.append(plot.yTitle())
                        .append(":\n\n")
                        .append(TableWriter.markdown(plot))
                        .append('\n');
            }
        }
        figure.findings().forEach(line -> page.append("- ").append(line).append('\n'));
        page.append(figure.findings().isEmpty() ? "" : "\n").append("## Conditions\n\n");
        conditions.forEach(line -> page.append("- ").append(line).append('\n'));
        omissions
                .lines()
                .forEach(line -> page.append("- Left out: ").append(line).append('\n'));
        final String text = page.toString();
        Files.writeString(options.output().resolve("figure-" + figure.number() + ".md"), text);
        System.out.println(text);
        index(options.output());
    }

    /** A page that leads to those of all figures that are there, with the first plot of each. */
    private static void index(final Path directory) throws IOException {
        final StringBuilder page = new StringBuilder(
                "# Figures\n\nWritten by `./joyride bench figures`. The bars go from the least to the most of the runs,"
                        + " the marker is their median; numbers are in the pages and in the CSV files.\n");
        for (int number = 1; number <= 5; number++) {
            final Path figure = directory.resolve("figure-" + number + ".md");
            if (Files.exists(figure)) {
                final List<String> lines = Files.readAllLines(figure);
                page.append("\n## [")
                        .append(lines.getFirst().substring(2))
                        .append("](figure-")
                        .append(number)
                        .append(".md)\n\n");
                lines.stream()
                        .filter(line -> line.startsWith("!["))
                        .findFirst()
                        .ifPresent(line -> page.append(line).append('\n'));
            }
        }
        page.append("\n## Beside them\n\n").append(Cost.IN_SERVICE.strip()).append('\n');
        Files.writeString(directory.resolve("README.md"), page);
    }
}
