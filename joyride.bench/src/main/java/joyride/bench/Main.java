package joyride.bench;

import java.util.Arrays;
import java.util.List;
import joyride.bench.crowd.ConnectionsBench;
import joyride.bench.crowd.StallsBench;
import joyride.bench.driver.DriverBench;
import joyride.bench.figures.FigureOptions;
import joyride.bench.figures.FiguresBench;
import joyride.bench.measure.Options;
import joyride.bench.measure.UsageException;
import joyride.bench.windows.WindowsBench;

/** The command {@code joyride bench} and those behind it: nic, driver, memif, figures, connections, stalls, cwnd. */
public final class Main {
    private Main() {}

    /** @param arguments as the usage of each command says; exits with 0 if every target was reached */
    public static void main(final String[] arguments) throws Exception {
        final String command = arguments.length == 0 ? "" : arguments[0];
        final List<String> rest = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        if (rest.contains("--help")) {
            System.out.println("usage: joyride " + Options.USAGE + "; the others: joyride bench --help");
            return;
        }
        try {
            System.exit(run(command, rest, Arrays.asList(arguments)) ? 0 : 1);
        } catch (final UsageException e) {
            System.err.println("joyride bench: " + e.getMessage());
            System.exit(2);
        }
    }

    private static boolean run(final String command, final List<String> rest, final List<String> all) throws Exception {
        return switch (command) {
            case "driver" -> rows(Options.parse(rest), DriverBench::run);
            case "memif" -> rows(Options.parse(rest), MemifBench::run);
            case "figures" -> FiguresBench.run(FigureOptions.parse(rest));
            case "connections" -> ConnectionsBench.run(rest);
            case "stalls" -> StallsBench.run(rest);
            case "cwnd" -> WindowsBench.run(rest);
            case "nic" -> rows(Options.parse(all), NicBench::run);
            default -> rows(Options.parse(all), LoopbackBench::run);
        };
    }

    private interface Bench {
        boolean run(Options options) throws Exception;
    }

    private static boolean rows(final Options options, final Bench bench) throws Exception {
        final boolean good = bench.run(options);
        if (options.unknown().isEmpty()) {
            return good;
        }
        System.err.println("joyride bench: no row is called " + String.join(", ", options.unknown()) + "; usage: "
                + Options.USAGE);
        return false;
    }
}
