package joyride.core.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.core.counters.CounterStore;
import org.junit.jupiter.api.Test;

/** The table of the event loop's counters in docs/counters.md is what the code says; {@code -Djoyride.docs.write=true} writes it anew. */
final class LoopCountersPageTest {
    private static final Path PAGE = Path.of("../docs/counters.md");
    private static final String BEGIN = "<!-- loop: written by LoopCountersPageTest -->\n";
    private static final String END = "<!-- end of loop -->";

    @Test
    void shouldListEachCounterOfTheLoop() throws IOException {
        final String text = Files.readString(PAGE);
        final int from = text.indexOf(BEGIN) + BEGIN.length();
        final int to = text.indexOf(END);
        assertTrue(from >= BEGIN.length() && to >= from, PAGE + " has no table loop");
        final CounterStore.Description description = LoopStatistics.DESCRIPTION;
        final StringBuilder rows = new StringBuilder("| counter | |\n|---|---|\n");
        for (int i = 0; i < description.names().length; i++) {
            rows.append("| `%s` | %s |\n"
                    .formatted(description.names()[i], description.descriptions()[i]));
        }
        if (Boolean.getBoolean("joyride.docs.write")) {
            Files.writeString(PAGE, text.substring(0, from) + rows + text.substring(to));
        } else {
            assertEquals(
                    rows.toString(),
                    text.substring(from, to),
                    PAGE + " differs from the code; run this test with -Djoyride.docs.write=true");
        }
    }
}
