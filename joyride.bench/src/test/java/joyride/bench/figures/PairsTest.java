package joyride.bench.figures;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class PairsTest {
    private final Pairs pairs = new Pairs("Joyride : testpmd, memif, io", 1.0);

    @Test
    void shouldJudgeByTheMedianOfTheRatiosOfPairs() {
        // The medians of each side alone would give 30 : 36.
        pairs.add(30, 29, false);
        pairs.add(31, 36, false);
        pairs.add(40, 39, false);
        assertEquals(
                "Joyride : testpmd, memif, io: 1.03 (0.86–1.03)× of 3 pairs; wanted ≥ 1.0×, reached", pairs.finding());
    }

    @Test
    void shouldSayWhatIsNotReachedAndWhereTheCoresWereFar() {
        pairs.add(30, 36, true);
        pairs.add(31, 36, false);
        assertEquals(
                "Joyride : testpmd, memif, io: 0.85 (0.83–0.86)× of 2 pairs; wanted ≥ 1.0×, NOT REACHED; the cores were far from each other in 1",
                pairs.finding());
    }
}
