package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class FigureOptionsTest {
    @Test
    void shouldWantAllFiguresWhenNoneIsNamed() {
        final FigureOptions options = FigureOptions.parse(List.of("--quick", "--runs", "3"));
        assertTrue(options.wants(1) && options.wants(5));
        assertEquals(3, options.runs());
        assertTrue(options.quick());
    }

    @Test
    void shouldWantThoseThatAreNamed() {
        final FigureOptions options = FigureOptions.parse(List.of("--figure", "2", "--figure", "4"));
        assertTrue(options.wants(2) && options.wants(4));
        assertFalse(options.wants(1));
    }

    @Test
    void shouldWantTheLanesThatAreNamed() {
        assertTrue(FigureOptions.parse(List.of()).wants("veth"));
        final FigureOptions options = FigureOptions.parse(List.of("--lanes", "veth,memif"));
        assertTrue(options.wants("veth") && options.wants("memif"));
        assertFalse(options.wants("dpdk"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> FigureOptions.parse(List.of("--lanes", "vet")))
                .getMessage()
                .startsWith("no lane 'vet'"));
    }

    @Test
    void shouldSayWhatIsAllowedWhenANumberIsWrong() {
        final IllegalArgumentException wrong =
                assertThrows(IllegalArgumentException.class, () -> FigureOptions.parse(List.of("--figure", "6")));
        assertEquals("--figure is '6'; give a number in 1..5", wrong.getMessage());
    }
}
