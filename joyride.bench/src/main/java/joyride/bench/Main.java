package joyride.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import joyride.bench.crowd.ConnectionsBench;
import joyride.bench.crowd.StallsBench;
import joyride.bench.driver.DriverBench;
import joyride.bench.figures.FigureOptions;
import joyride.bench.figures.FiguresBench;
import joyride.bench.measure.Options;
import joyride.bench.windows.WindowsBench;

/** The command {@code joyride bench} and those behind it: nic, driver, memif, figures, connections, stalls, cwnd. */
public final class Main {
    private Main() {}

    /** @param arguments as the usage of each command says; exits with 0 if every target was reached */
    public static void main(final String[] arguments) throws Exception {
        final String command = arguments.length == 0 ? "" : arguments[0];
        final List<String> rest = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        final boolean good = switch (command) {
            case "driver" -> DriverBench.run(options(rest.toArray(String[]::new)));
            case "memif" -> MemifBench.run(options(rest.toArray(String[]::new)));
            case "figures" -> FiguresBench.run(parsed(rest, FigureOptions::parse));
            case "connections" -> ConnectionsBench.run(rest);
            case "stalls" -> StallsBench.run(rest);
            case "cwnd" -> WindowsBench.run(rest);
            case "nic" -> NicBench.run(options(arguments));
            default -> LoopbackBench.run(options(arguments));
        };
        System.exit(good ? 0 : 1);
    }

    private static Options options(final String[] arguments) {
        return parsed(arguments, Options::parse);
    }

    private static <A, O> O parsed(final A arguments, final Function<A, O> parser) {
        try {
            return parser.apply(arguments);
        } catch (final IllegalArgumentException e) {
            System.err.println("joyride bench: " + e.getMessage());
            System.exit(2);
            throw e;
        }
    }
}
