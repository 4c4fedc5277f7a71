package joyride.bench.figures;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import joyride.bench.measure.Arguments;

/**
 * What the command line asks for.
 *
 * @param figures their numbers; empty: all
 * @param runs of each point
 * @param seconds that a run takes
 * @param quick fewer points, too
 * @param output the folder that tables and plots go to
 */
public record FigureOptions(List<Integer> figures, int runs, double seconds, boolean quick, Path output) {
    public static final String USAGE =
            "bench figures [--figure N]… [--runs N] [--seconds S] [--quick] [--output DIR]; without --quick some 11 minutes, with it 4";

    /** @throws IllegalArgumentException with one line for people */
    public static FigureOptions parse(final List<String> line) {
        final Arguments read = Arguments.parse(
                        line, USAGE, Set.of("--quick"), Set.of("--figure", "--runs", "--seconds", "--output"))
                .wordless(USAGE);
        final boolean quick = read.has("--quick");
        return new FigureOptions(
                read.numbers("--figure", 1, 5).stream().map(Double::intValue).toList(),
                (int) read.number("--runs", quick ? 2 : 5, 1, 100),
                read.number("--seconds", quick ? 0.4 : 0.6, 0.1, 60),
                quick,
                Path.of(read.value("--output", folder())));
    }

    /** {@code docs/figures} of the sources that the command was built from. */
    public static String folder() {
        return Path.of(System.getenv().getOrDefault("JOYRIDE_SOURCE", "."))
                .resolve(Path.of("docs", "figures"))
                .toString();
    }

    boolean wants(final int figure) {
        return figures.isEmpty() || figures.contains(figure);
    }
}
