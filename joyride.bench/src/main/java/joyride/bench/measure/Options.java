package joyride.bench.measure;

import java.util.LinkedHashSet;
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
            + " or bench memif [--pairs N] [--seconds S] [mtu1500|segments|mtu9000|mtu64000|dpdk1500|dpdk64000]";

    /** @throws IllegalArgumentException with one line for people */
    public static Options parse(final String[] arguments) {
        final boolean nic = arguments.length > 0 && arguments[0].equals("nic");
        int pairs = nic ? 4 : 5;
        double seconds = nic ? 2 : 3;
        String driver = "afxdp";
        boolean shared = false;
        final Set<String> rows = new LinkedHashSet<>();
        for (int i = nic ? 1 : 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--pairs" -> pairs = (int) number(arguments, ++i, 1, 100);
                case "--seconds" -> seconds = number(arguments, ++i, 0.1, 600);
                case "--driver" -> driver = value(arguments, ++i);
                case "--share" -> shared = true;
                default -> {
                    if (arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException(arguments[i] + " is no option; usage: " + USAGE);
                    }
                    rows.add(arguments[i]);
                }
            }
        }
        return new Options(nic, pairs, seconds, driver, shared, Set.copyOf(rows), rows);
    }

    private static String value(final String[] arguments, final int at) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException(arguments[at - 1] + " needs a value; usage: " + USAGE);
        }
        return arguments[at];
    }

    private static double number(final String[] arguments, final int at, final double least, final double most) {
        final String text = value(arguments, at);
        try {
            final double number = Double.parseDouble(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(wrong(arguments[at - 1], text, least, most), e);
        }
        throw new IllegalArgumentException(wrong(arguments[at - 1], text, least, most));
    }

    private static String wrong(final String option, final String text, final double least, final double most) {
        return option + " is '" + text + "'; give a number in " + least + ".." + most;
    }

    /** Whether a row is wanted. */
    public boolean wants(final String row) {
        unknown.remove(row);
        return rows.isEmpty() || rows.contains(row);
    }
}
