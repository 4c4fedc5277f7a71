package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CostTest {
    @Test
    void shouldSayWhatWasDoneAndNotWhatWasAskedFor() {
        assertEquals(
                "5 runs of 1 s by layer and of 3 runs of 0.4 s by connections,",
                Cost.runs(FigureOptions.parse(List.of("--runs", "5", "--seconds", "0.4"))));
        assertEquals(
                "2 runs of 2 s by layer and of 2 runs of 2 s by connections,",
                Cost.runs(FigureOptions.parse(List.of("--runs", "2", "--seconds", "2"))));
    }
}
