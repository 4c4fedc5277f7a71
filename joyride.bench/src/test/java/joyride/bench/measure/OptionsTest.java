package joyride.bench.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private static Options parse(final String... line) {
        return Options.parse(List.of(line), 4, 2, List.of("redis", "nginx"), "; or nic");
    }

    @Test
    void shouldWantAllRowsWhenNoneIsNamed() {
        assertTrue(parse().wants("redis"));
        assertEquals(4, parse().pairs());
        assertEquals(2, parse().seconds());
    }

    @Test
    void shouldWantThoseThatAreNamed() {
        final Options options = parse("redis", "--pairs", "2", "redis");
        assertEquals(2, options.pairs());
        assertTrue(options.wants("redis"));
        assertFalse(options.wants("nginx"));
    }

    @Test
    void shouldNameTheRowsThatThereAreWhenOneIsUnknown() {
        final var refused = assertThrows(UsageException.class, () -> parse("redis", "radis"));
        assertEquals("no row is called 'radis'; one of redis, nginx; or nic", refused.getMessage());
    }

    @Test
    void shouldNotPassOverARowThatNobodyCanName() {
        assertThrows(IllegalStateException.class, () -> parse().wants("iperf3"));
    }

    @Test
    void shouldRefuseAnOptionThatThereIsNot() {
        final var refused = assertThrows(UsageException.class, () -> parse("--only", "redis"));
        assertTrue(refused.getMessage().startsWith("--only is no option; usage: bench "), refused.getMessage());
    }

    @Test
    void shouldSayWhatIsAllowedWhenANumberIsWrong() {
        final var refused = assertThrows(UsageException.class, () -> parse("--pairs", "none"));
        assertEquals("--pairs is 'none'; give a number in 1..100", refused.getMessage());
        final var fraction = assertThrows(UsageException.class, () -> parse("--seconds", "0"));
        assertEquals("--seconds is '0'; give a number in 0.1..600", fraction.getMessage());
    }

    @Test
    void shouldTakeNumbersAsPeopleWriteThem() {
        assertEquals(100_000, Arguments.number("N", "100,000", 1, 1e6));
    }
}
