package joyride.bench.rows;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import joyride.testkit.live.KernelCounters;

/**
 * One of the two stacks that are compared.
 *
 * @param name for the table
 * @param address that servers bind and clients connect to
 * @param server turns a server's command line into the one that runs it here
 * @param client the same for a client
 * @param counters of the kernel whose TCP carries this side's bytes, or must not
 */
public record Side(
        String name,
        String address,
        UnaryOperator<List<String>> server,
        UnaryOperator<List<String>> client,
        Counters counters) {
    /** What the kernel's TCP did so far. */
    @FunctionalInterface
    public interface Counters {
        KernelCounters now() throws IOException;
    }
}
