package joyride.bench.measure;

import java.util.List;
import java.util.Set;

/**
 * What the command line asks for.
 *
 * @param pairs runs of each row on each side
 * @param seconds that a run takes, about
 * @param rows names of those wanted; empty: all
 * @param known all that there are
 */
public record Options(int pairs, double seconds, String driver, boolean shared, Set<String> rows, List<String> known) {
    public static final String USAGE = "bench [--pairs N] [--seconds S] [ROW…], or bench nic [--pairs N] [--seconds S]"
            + " [--driver NAME] [--share] [ROW…], or bench driver [--pairs N] [--seconds S] [null|ring|memif],"
            + " or bench memif [--pairs N] [--seconds S] [mtu1500|cut1500|segments|mtu9000|mtu64000|dpdk1500|dpdk64000]";

    /**
     * Reads what is behind the bench's name.
     *
     * @param pairs where none are asked for
     * @param seconds where none are asked for
     * @param known names of the bench's rows
     * @param others what is said of other words that could have been meant; empty: nothing
     * @throws UsageException with one line for people, if a row is not known too
     */
    public static Options parse(
            final List<String> line,
            final int pairs,
            final double seconds,
            final List<String> known,
            final String others) {
        final Arguments read =
                Arguments.parse(line, USAGE, Set.of("--share"), Set.of("--pairs", "--seconds", "--driver"));
        for (final String row : read.words()) {
            if (!known.contains(row)) {
                throw new UsageException("no row is called '" + row + "'; one of " + String.join(", ", known) + others);
            }
        }
        return new Options(
                (int) read.number("--pairs", pairs, 1, 100),
                read.number("--seconds", seconds, 0.1, 600),
                read.value("--driver", "afxdp"),
                read.has("--share"),
                Set.copyOf(read.words()),
                known);
    }

    /** Whether a row is wanted. @throws IllegalStateException if it is missing among the bench's names */
    public boolean wants(final String row) {
        if (!known.contains(row)) {
            throw new IllegalStateException(row + " is not among the rows " + known);
        }
        return rows.isEmpty() || rows.contains(row);
    }
}
