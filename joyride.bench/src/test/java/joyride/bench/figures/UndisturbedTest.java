package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class UndisturbedTest {
    private final Undisturbed runs = new Undisturbed();

    @Test
    void shouldCountRunsWithNearCoresAndTellOfTheOthers() {
        runs.add(15.9, true);
        runs.add(169, false);
        runs.add(14.9, true);
        assertEquals(List.of(169.0), runs.counted());
        assertEquals(
                "the cores were near each other in 1 of 3 runs, which count; the others gave 15.4 (14.9–15.9) Gb/s",
                runs.text("Gb/s"));
    }

    @Test
    void shouldSayThatNoneIsUndisturbed() {
        runs.add(15.9, true);
        assertEquals(List.of(15.9), runs.counted());
        assertEquals(
                "the cores were near each other in none of 1 runs: undisturbed it may be several times as much",
                runs.text("Gb/s"));
    }

    @Test
    void shouldHaveNothingToTellBeforeTheFirstRun() {
        assertEquals(List.of(), runs.counted());
        assertEquals("", runs.text("Gb/s"));
    }
}
