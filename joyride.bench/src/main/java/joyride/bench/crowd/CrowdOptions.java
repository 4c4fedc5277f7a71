package joyride.bench.crowd;

import java.util.List;
import java.util.Set;
import joyride.bench.measure.Arguments;
import joyride.bench.measure.UsageException;

/**
 * What the command line of {@code bench connections} asks for.
 *
 * @param speed a service with a thousand and one with many in turn
 * @param kernel with speed: two of the kernel's TCP in the services' place
 * @param inService between two stacks in one process
 * @param quick fewer connections, fewer and shorter runs
 * @param most connections
 * @param seed which of many connections talk
 * @param runs of each side
 * @param seconds that a run takes
 * @param output folder for plots; empty: none
 */
record CrowdOptions(
        boolean speed,
        boolean kernel,
        boolean inService,
        boolean quick,
        int most,
        long seed,
        int runs,
        double seconds,
        String output) {
    static final String USAGE =
            "bench connections [--quick], or bench connections --speed [--kernel] [--open N] [--seed N] [--runs N]"
                    + " [--seconds S],"
                    + " or bench connections --in-service [N] [--quick] [--output DIR]";

    private static final int MILLION = 1_000_000;

    /** @throws UsageException with one line for people */
    static CrowdOptions parse(final List<String> line) {
        final Arguments read = Arguments.parse(
                line,
                USAGE,
                Set.of("--quick", "--speed", "--kernel", "--in-service"),
                Set.of("--open", "--seed", "--runs", "--seconds", "--output"));
        final boolean inService = read.has("--in-service");
        final boolean quick = read.has("--quick");
        int most = (int) read.number("--open", 100_000, 2_000, MILLION);
        if (inService) {
            most = read.words().isEmpty()
                    ? quick ? MILLION / 10 : MILLION
                    : (int) Arguments.number("N", read.words().getFirst(), 1_000, 10 * MILLION);
        } else {
            read.wordless(USAGE);
        }
        final boolean speed = read.has("--speed");
        final boolean kernel = read.has("--kernel");
        if (kernel && !speed) {
            throw new UsageException("--kernel goes with --speed; usage: " + USAGE);
        }
        return new CrowdOptions(
                speed,
                kernel,
                inService,
                quick,
                most,
                (long) read.number("--seed", Math.floorMod(System.nanoTime(), 1_000_000L) + 1, 1, 1e15),
                (int) read.number("--runs", 9, 1, 100),
                read.number("--seconds", 0.5, 0.1, 60),
                read.value("--output", ""));
    }
}
