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
    private static final String OTHERS =
            "; or a bench of its own: nic, driver, memif, figures, connections, stalls, cwnd";

    private Main() {}

    /** @param arguments as the usage of each command says; exits with 0 if every target was reached, 2 if they are not understood */
    public static void main(final String[] arguments) throws Exception {
        System.exit(status(arguments));
    }

    static int status(final String... arguments) throws Exception {
        final String command = arguments.length == 0 ? "" : arguments[0];
        final List<String> rest = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        if (rest.contains("--help")) {
            System.out.println("usage: joyride " + Options.USAGE + "; the others: joyride bench --help");
            return 0;
        }
        try {
            return run(command, rest, Arrays.asList(arguments)) ? 0 : 1;
        } catch (final UsageException e) {
            System.err.println("joyride bench: " + e.getMessage());
            return 2;
        }
    }

    private static boolean run(final String command, final List<String> rest, final List<String> all) throws Exception {
        return switch (command) {
            case "driver" -> DriverBench.run(Options.parse(rest, 5, 3, DriverBench.ROWS, ""));
            case "memif" -> MemifBench.run(Options.parse(rest, 5, 3, MemifBench.names(), ""));
            case "figures" -> FiguresBench.run(FigureOptions.parse(rest));
            case "connections" -> ConnectionsBench.run(rest);
            case "stalls" -> StallsBench.run(rest);
            case "cwnd" -> WindowsBench.run(rest);
            case "nic" -> NicBench.run(Options.parse(rest, 4, 2, NicBench.ROWS, ""));
            default -> LoopbackBench.run(Options.parse(all, 5, 3, LoopbackBench.ROWS, OTHERS));
        };
    }
}
