package joyride.shell;

import java.util.function.Function;

/**
 * One column of a table.
 *
 * @param rank 0: always shown; else it gives way on a narrow terminal, the highest rank first
 * @param right whether the text is aligned to the right, as numbers are
 */
record Column<T>(String title, int rank, boolean right, Function<T, String> text) {
    static <T> Column<T> text(final String title, final Function<T, String> text) {
        return new Column<>(title, 0, false, text);
    }

    static <T> Column<T> number(final String title, final Function<T, Number> number) {
        return new Column<>(title, 0, true, row -> number.apply(row).toString());
    }

    /** The same column, less important. */
    Column<T> optional(final int newRank) {
        return new Column<>(title, newRank, right, text);
    }

    String of(final T row) {
        String value = text.apply(row);
        return value == null || value.isEmpty() ? "-" : value;
    }
}
