package joyride.bench;

/** The commands {@code joyride bench} and {@code joyride bench nic}. */
public final class Main {
    private Main() {}

    /** @param arguments as {@link Options#USAGE} says; exits with 0 if every target was reached */
    public static void main(final String[] arguments) throws Exception {
        final Options options;
        try {
            options = Options.parse(arguments);
        } catch (final IllegalArgumentException e) {
            System.err.println("joyride bench: " + e.getMessage());
            System.exit(2);
            return;
        }
        System.exit((options.nic() ? NicBench.run(options) : LoopbackBench.run(options)) ? 0 : 1);
    }
}
