package joyride.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OptionsTest {
    @Test
    void shouldWantAllRowsWhenNoneIsNamed() {
        assertTrue(Options.parse(List.of()).wants("redis"));
    }

    @Test
    void shouldKnowWhichNamesNoRowHas() {
        final Options options = Options.parse(List.of("redis", "--pairs", "2", "radis"));
        assertEquals(2, options.pairs());
        assertTrue(options.wants("redis"));
        assertFalse(options.wants("nginx"));
        assertEquals(Set.of("radis"), options.unknown());
    }

    @Test
    void shouldRefuseAnOptionThatThereIsNot() {
        final var refused = assertThrows(UsageException.class, () -> Options.parse(List.of("--only", "redis")));
        assertTrue(refused.getMessage().startsWith("--only is no option; usage: bench "), refused.getMessage());
    }

    @Test
    void shouldSayWhatIsAllowedWhenANumberIsWrong() {
        final var refused = assertThrows(UsageException.class, () -> Options.parse(List.of("nic", "--pairs", "none")));
        assertEquals("--pairs is 'none'; give a number in 1.00..100", refused.getMessage());
    }

    @Test
    void shouldTakeNumbersAsPeopleWriteThem() {
        assertEquals(100_000, Arguments.number("N", "100,000", 1, 1e6));
    }
}
