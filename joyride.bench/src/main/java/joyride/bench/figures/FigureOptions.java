package joyride.bench.figures;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import joyride.bench.measure.Arguments;
import joyride.bench.measure.UsageException;

/**
 * What the command line asks for.
 *
 * @param figures their numbers; empty: all
 * @param runs of each point
 * @param seconds that a run takes
 * @param quick fewer points, too
 * @param lanes those wanted, of {@link Lanes#NAMES}; empty: all
 * @param output the folder that tables and plots go to
 */
public record FigureOptions(
        List<Integer> figures, int runs, double seconds, boolean quick, List<String> lanes, Path output) {
    public static final String USAGE =
            "bench figures [--figure N]… [--runs N] [--seconds S] [--quick] [--lanes veth,loopback,dpdk,memif,memif64000,host] [--output DIR]; without --quick some 14 minutes, with it 6";

    /** @throws UsageException with one line for people */
    public static FigureOptions parse(final List<String> line) {
        final Arguments read = Arguments.parse(
                        line,
                        USAGE,
                        Set.of("--quick"),
                        Set.of("--figure", "--runs", "--seconds", "--lanes", "--output"))
                .wordless(USAGE);
        final boolean quick = read.has("--quick");
        return new FigureOptions(
                read.numbers("--figure", 1, 5).stream().map(Double::intValue).toList(),
                (int) read.number("--runs", quick ? 2 : 5, 1, 100),
                read.number("--seconds", quick ? 0.4 : 0.6, 0.1, 60),
                quick,
                lanes(read.value("--lanes", "")),
                Path.of(read.value("--output", folder())));
    }

    /** {@code docs/figures} of the sources that the command was built from. */
    public static String folder() {
        return Path.of(System.getenv().getOrDefault("JOYRIDE_SOURCE", "."))
                .resolve(Path.of("docs", "figures"))
                .toString();
    }

    private static List<String> lanes(final String text) {
        final List<String> lanes =
                Arrays.stream(text.split(",")).filter(name -> !name.isEmpty()).toList();
        for (final String lane : lanes) {
            if (!Lanes.NAMES.contains(lane)) {
                throw new UsageException("no lane '" + lane + "'; usage: " + USAGE);
            }
        }
        return lanes;
    }

    /** The runs of a point, for people. */
    String runsText() {
        return runsText(runs, seconds);
    }

    /** That many runs of so many seconds each, for people. */
    static String runsText(final int runs, final double seconds) {
        return runs + (runs == 1 ? " run of " : " runs of ")
                + Double.toString(seconds).replaceAll("\\.0$", "") + " s";
    }

    /** Whether a lane is wanted. */
    boolean wants(final String lane) {
        return lanes.isEmpty() || lanes.contains(lane);
    }

    boolean wants(final int figure) {
        return figures.isEmpty() || figures.contains(figure);
    }
}
