package joyride.bench.measure;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the command line asks for.
 *
 * @param pairs runs of each row on each side
 * @param seconds that a run takes, about
 * @param rows names of those wanted; empty: all
 * @param unknown of them, those that nobody has asked for yet
 */
public record Options(
        boolean nic, int pairs, double seconds, String driver, boolean shared, Set<String> rows, Set<String> unknown) {
    public static final String USAGE = "bench [--pairs N] [--seconds S] [ROW…], or bench nic [--pairs N] [--seconds S]"
            + " [--driver NAME] [--share] [ROW…], or bench driver [--pairs N] [--seconds S] [null|ring|memif],"
            + " or bench memif [--pairs N] [--seconds S] [mtu1500|cut1500|segments|mtu9000|mtu64000|dpdk1500|dpdk64000]";

    /** @throws UsageException with one line for people */
    public static Options parse(final List<String> line) {
        final Arguments read =
                Arguments.parse(line, USAGE, Set.of("--share"), Set.of("--pairs", "--seconds", "--driver"));
        final boolean nic = !line.isEmpty() && line.getFirst().equals("nic");
        final Set<String> rows = new LinkedHashSet<>(
                read.words().subList(nic ? 1 : 0, read.words().size()));
        return new Options(
                nic,
                (int) read.number("--pairs", nic ? 4 : 5, 1, 100),
                read.number("--seconds", nic ? 2 : 3, 0.1, 600),
                read.value("--driver", "afxdp"),
                read.has("--share"),
                Set.copyOf(rows),
                rows);
    }

    /** Whether a row is wanted. */
    public boolean wants(final String row) {
        unknown.remove(row);
        return rows.isEmpty() || rows.contains(row);
    }
}
