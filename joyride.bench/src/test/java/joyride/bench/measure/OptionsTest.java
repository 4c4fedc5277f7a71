package joyride.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void shouldWantAllRowsWhenNoneIsNamed() {
        assertTrue(Options.parse(new String[0]).wants("redis"));
    }

    @Test
    void shouldKnowWhichNamesNoRowHas() {
        final Options options = Options.parse(new String[] {"redis", "--pairs", "2", "radis"});
        assertEquals(2, options.pairs());
        assertTrue(options.wants("redis"));
        assertFalse(options.wants("nginx"));
        assertEquals(Set.of("radis"), options.unknown());
    }

    @Test
    void shouldRefuseAnOptionThatThereIsNot() {
        final var refused =
                assertThrows(IllegalArgumentException.class, () -> Options.parse(new String[] {"--only", "redis"}));
        assertTrue(refused.getMessage().startsWith("--only is no option; usage: bench "), refused.getMessage());
    }
}
