package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TableTextTest {
    private record Row(String name, int value, String note) {}

    private static final List<Column<Row>> COLUMNS = List.of(
            Column.text("NAME", Row::name),
            Column.number("VALUE", Row::value),
            Column.<Row>text("NOTE", Row::note).optional(1));

    private static Table<Row> table(final Row... rows) {
        return new Table<>(COLUMNS, List.of(rows), "nothing");
    }

    @Test
    void shouldAlignColumnsWhenWidthIsUnlimited() {
        assertEquals(
                "NAME    VALUE  NOTE\na           1  x\nlonger    100  -\n",
                TableText.render(table(new Row("a", 1, "x"), new Row("longer", 100, "")), 0));
    }

    @Test
    void shouldSaySoWhenThereAreNoRows() {
        assertEquals("nothing\n", TableText.render(table(), 80));
    }

    @Test
    void shouldHideTheLeastImportantColumnWhenTerminalIsNarrow() {
        String text = TableText.render(table(new Row("abcdef", 1, "a long remark that does not fit")), 24);
        assertEquals("NAME    VALUE\nabcdef      1\n(no room for NOTE)\n", text);
    }

    @Test
    void shouldCutTheWidestTextWhenHidingIsNotEnough() {
        String text = TableText.render(table(new Row("a-name-that-is-much-too-long", 1, "")), 20);
        assertTrue(text.contains("a-name-that-…"), text);
        text.lines().forEach(line -> assertTrue(line.length() <= 20, line));
    }

    @Test
    void shouldShowNoControlCharactersWhenAProgramPutsThemInItsName() {
        assertEquals(
                "NAME   VALUE  NOTE\na?[2J      1  x\n", TableText.render(table(new Row("a\u001b[2J", 1, "x")), 0));
    }

    @Test
    void shouldFitEightyColumnsWhenEverySocketColumnIsLong() {
        Table<?> sockets = Views.sockets(List.of(new joyride.api.admin.StackAdmin.SocketView(
                12,
                "tcp",
                "127.77.100.100:65535",
                "127.77.200.200:65535",
                "ESTABLISHED",
                "freebsd",
                "newreno",
                1_000_000,
                1_000_000,
                1_000_000,
                100_000,
                false,
                "the address belongs to the kernel",
                "1000,1001,1002")));
        String text = TableText.render(sockets, 80);
        text.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertTrue(text.contains("ESTABLISHED"), text);
    }
}
