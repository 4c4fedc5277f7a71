package joyride.bench.figures;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
    public static FigureOptions parse(final List<String> arguments) {
        final List<Integer> figures = new ArrayList<>();
        final boolean quick = arguments.contains("--quick");
        int runs = quick ? 2 : 5;
        double seconds = quick ? 0.4 : 0.6;
        Path output =
                Path.of(System.getenv().getOrDefault("JOYRIDE_SOURCE", ".")).resolve(Path.of("docs", "figures"));
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case "--quick" -> {}
                case "--figure" -> figures.add((int) number(arguments, ++i, 1, 5));
                case "--runs" -> runs = (int) number(arguments, ++i, 1, 100);
                case "--seconds" -> seconds = number(arguments, ++i, 0.1, 60);
                case "--output" -> output = Path.of(value(arguments, ++i));
                default ->
                    throw new IllegalArgumentException("'" + arguments.get(i) + "' is no option; usage: " + USAGE);
            }
        }
        return new FigureOptions(List.copyOf(figures), runs, seconds, quick, output);
    }

    private static String value(final List<String> arguments, final int at) {
        if (at >= arguments.size()) {
            throw new IllegalArgumentException(arguments.get(at - 1) + " needs a value; usage: " + USAGE);
        }
        return arguments.get(at);
    }

    private static double number(final List<String> arguments, final int at, final double least, final double most) {
        final String text = value(arguments, at);
        try {
            final double number = Double.parseDouble(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (final NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                arguments.get(at - 1) + " is '" + text + "'; give a number in " + least + ".." + most);
    }

    boolean wants(final int figure) {
        return figures.isEmpty() || figures.contains(figure);
    }
}
