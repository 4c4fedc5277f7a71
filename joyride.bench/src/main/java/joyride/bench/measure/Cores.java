package joyride.bench.measure;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;

/**
 * How far the machine's first two cores are from each other, looked at between runs. A virtual machine's cores may be moved under it: next to each other for a
 * while, on two sockets the next, and what two cores say to each other then takes several times as long, though nothing counts as stolen.
 */
public final class Cores {
    /** Beyond this two cores share no cache, ns. */
    private static final long FAR = 250;

    private final String program;
    private final List<Double> looks = new ArrayList<>();

    /** Compiles the program that looks. */
    public Cores(final Scratch scratch) throws IOException, InterruptedException {
        program = Runtime.getRuntime().availableProcessors() > 1 ? scratch.compile("cores") : null;
    }

    /** Looks now. @return ns that a cache line takes there and back; 0 with one core alone */
    public long look() throws IOException, InterruptedException {
        if (program == null) {
            return 0;
        }
        final long nanos = Long.parseLong(Program.run(List.of(program, "0", "1"), Map.of(), Duration.ofSeconds(10))
                .checked("cores")
                .strip());
        looks.add((double) nanos);
        return nanos;
    }

    /** Whether a look found the cores far from each other. */
    public static boolean far(final long nanos) {
        return nanos > FAR;
    }

    /** All looks so far, for people. */
    public String text() {
        if (looks.isEmpty()) {
            return "not looked at";
        }
        return String.format(
                "a cache line takes %s ns from the first to the second and back, at %d of %d looks more than %d",
                Samples.of(looks).text(),
                looks.stream().filter(look -> look > FAR).count(),
                looks.size(),
                FAR);
    }
}
