package joyride.shell;

import java.util.AbstractList;
import java.util.List;
import java.util.Objects;

/** What a command returns: a list of records that knows its columns. Scripts use it as a list, people see a table. */
final class Table<T> extends AbstractList<T> {
    private final List<Column<T>> columns;
    private final List<T> rows;
    private final String whenEmpty;

    /** @param whenEmpty what to say instead of a table without rows */
    Table(final List<Column<T>> columns, final List<T> rows, final String whenEmpty) {
        this.columns = List.copyOf(columns);
        this.rows = List.copyOf(rows);
        this.whenEmpty = Objects.requireNonNull(whenEmpty);
    }

    @Override
    public T get(final int index) {
        return rows.get(index);
    }

    @Override
    public int size() {
        return rows.size();
    }

    List<Column<T>> columns() {
        return columns;
    }

    String whenEmpty() {
        return whenEmpty;
    }
}
