package joyride.testkit.packetdrill;

import java.util.function.Consumer;

/**
 * How scripts are played.
 *
 * @param variant name of the TCP variant under test
 * @param swapEvery connections are handed over after every so many events; 0: never
 * @param swapTo name of the variant that takes turns with {@code variant}
 * @param seed of ports and initial sequence numbers
 * @param log gets a line for each event; null: nobody
 */
public record PlayOptions(String variant, int swapEvery, String swapTo, long seed, Consumer<String> log) {
    public static final PlayOptions STANDARD = new PlayOptions("freebsd", 0, "freebsd", 1, null);

    public PlayOptions withVariant(final String name) {
        return new PlayOptions(name, swapEvery, swapTo, seed, log);
    }

    public PlayOptions withSwaps(final int every, final String other) {
        return new PlayOptions(variant, every, other, seed, log);
    }
}
