package joyride.bench.figures;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import joyride.testkit.live.LiveService;

/**
 * A way between two programs.
 *
 * @param name for the legend
 * @param address that the server binds
 * @param server turns a server's command line into the one that runs it at that end
 * @param client the same for the other end
 * @param services that carry the bytes: the receiver's and the sender's, or one that is both; none where the kernel does
 * @param kernelCarries whether the kernel's TCP has to move the bytes, or must not
 * @param segments that the kernel's TCP of both ends has sent so far
 */
record Lane(
        String name,
        String address,
        UnaryOperator<List<String>> server,
        UnaryOperator<List<String>> client,
        List<LiveService> services,
        boolean kernelCarries,
        Segments segments) {
    private static final long STRAY = 200;

    /** A counter that grows. */
    @FunctionalInterface
    interface Segments {
        long sent() throws IOException;
    }

    /** What is measured once. */
    @FunctionalInterface
    interface Measurement<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Measures, and fails if the bytes went another way than they should. */
    <T> T carried(final Measurement<T> measurement) throws IOException, InterruptedException {
        final long before = segments.sent();
        final T measured = measurement.run();
        final long sent = segments.sent() - before;
        if (kernelCarries ? sent <= STRAY / 10 : sent > STRAY) {
            throw new IllegalStateException(name + ": the kernel's TCP sent " + sent + " segments during the run: "
                    + (kernelCarries ? "it did not carry it" : "Joyride did not carry it"));
        }
        return measured;
    }
}
