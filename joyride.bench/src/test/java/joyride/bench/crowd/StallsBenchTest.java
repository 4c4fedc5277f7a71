package joyride.bench.crowd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class StallsBenchTest {
    @Test
    void shouldTellTheLongestTurnOfTheTimeAndNotOfBefore() {
        assertEquals("5.76", StallsBench.longest(3_000, 5_760, 2));
        assertEquals("0.80", StallsBench.longest(300, 800, 0));
    }

    @Test
    void shouldTellWhatIsKnownOfItWhereALongerOneWasBefore() {
        assertEquals("< 1.00", StallsBench.longest(5_760, 5_760, 0));
        assertEquals("≤ 5.76 (a longer one had been before)", StallsBench.longest(5_760, 5_760, 1));
    }
}
