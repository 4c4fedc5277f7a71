package joyride.bench;

import java.util.Arrays;

/** The commands {@code joyride bench}, {@code joyride bench nic}, {@code joyride bench driver} and {@code joyride bench memif}. */
public final class Main {
    private Main() {}

    /** @param arguments as {@link Options#USAGE} says; exits with 0 if every target was reached */
    public static void main(final String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("driver")) {
            System.exit(DriverBench.run(options(Arrays.copyOfRange(arguments, 1, arguments.length))) ? 0 : 1);
        }
        if (arguments.length > 0 && arguments[0].equals("memif")) {
            System.exit(MemifBench.run(options(Arrays.copyOfRange(arguments, 1, arguments.length))) ? 0 : 1);
        }
        final Options options = options(arguments);
        System.exit((options.nic() ? NicBench.run(options) : LoopbackBench.run(options)) ? 0 : 1);
    }

    private static Options options(final String[] arguments) {
        try {
            return Options.parse(arguments);
        } catch (final IllegalArgumentException e) {
            System.err.println("joyride bench: " + e.getMessage());
            System.exit(2);
            throw e;
        }
    }
}
