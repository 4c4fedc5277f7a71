package joyride.shell;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Renders a table as aligned text. */
final class TableText {
    private static final String GAP = "  ";
    private static final int NARROWEST = 8;

    private TableText() {}

    /**
     * The table in at most {@code width} columns of a terminal: first the least important columns are left out, and named
     * below the table, then the widest texts are cut, which an ellipsis shows.
     *
     * @param width 0: no limit, nothing is left out or cut
     */
    static <T> String render(final Table<T> table, final int width) {
        if (table.isEmpty()) {
            return table.whenEmpty() + "\n";
        }
        List<Column<T>> shown = new ArrayList<>(table.columns());
        List<Column<T>> hidden = hide(table, shown, width);
        int[] widths = widths(table, shown);
        if (width > 0) {
            squeeze(widths, width);
        }
        StringBuilder out = new StringBuilder();
        line(out, shown, widths, shown.stream().map(Column::title).toList());
        for (T row : table) {
            line(out, shown, widths, shown.stream().map(c -> c.of(row)).toList());
        }
        if (!hidden.isEmpty()) {
            String note = "(no room for "
                    + String.join(", ", hidden.stream().map(Column::title).toList()) + ")";
            out.append(cut(note, width)).append('\n');
        }
        return out.toString();
    }

    private static <T> List<Column<T>> hide(final Table<T> table, final List<Column<T>> shown, final int width) {
        List<Column<T>> hidden = new ArrayList<>();
        while (width > 0 && total(widths(table, shown)) > width) {
            Column<T> last = shown.stream()
                    .filter(column -> column.rank() > 0)
                    .max(Comparator.comparingInt(Column::rank))
                    .orElse(null);
            if (last == null) {
                break;
            }
            shown.remove(last);
            hidden.add(last);
        }
        return hidden;
    }

    private static <T> int[] widths(final Table<T> table, final List<Column<T>> columns) {
        int[] widths = new int[columns.size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = columns.get(i).title().length();
            for (T row : table) {
                widths[i] = Math.max(widths[i], columns.get(i).of(row).length());
            }
        }
        return widths;
    }

    private static int total(final int[] widths) {
        int total = -GAP.length();
        for (int width : widths) {
            total += width + GAP.length();
        }
        return total;
    }

    private static void squeeze(final int[] widths, final int width) {
        while (total(widths) > width) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            if (widths[widest] <= NARROWEST) {
                return;
            }
            widths[widest]--;
        }
    }

    private static <T> void line(
            final StringBuilder out, final List<Column<T>> columns, final int[] widths, final List<String> cells) {
        int start = out.length();
        for (int i = 0; i < widths.length; i++) {
            String cell = cut(cells.get(i), widths[i]);
            String padding = " ".repeat(widths[i] - cell.length());
            out.append(i == 0 ? "" : GAP);
            out.append(columns.get(i).right() ? padding + cell : cell + padding);
        }
        int end = out.length();
        while (end > start && out.charAt(end - 1) == ' ') {
            end--;
        }
        out.setLength(end);
        out.append('\n');
    }

    private static String cut(final String text, final int width) {
        String clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= width || width == 0 ? clean : clean.substring(0, width - 1) + "…";
    }
}
