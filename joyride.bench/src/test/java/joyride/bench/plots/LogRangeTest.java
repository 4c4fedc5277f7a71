package joyride.bench.plots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LogRangeTest {
    @ParameterizedTest
    @CsvSource({
        "4.92, 158, 2, 200",
        "0.5557, 1220, 0.5, 2000",
        "1, 10, 1, 10",
        "10, 10, 10, 20",
        "0.002, 0.05, 0.002, 0.05",
        "0.3, 0.31, 0.2, 0.5",
        "999, 1001, 500, 2000",
        "5e7, 5.1e7, 5e7, 1e8"
    })
    void shouldEndAtTheNearestSteps(final double low, final double high, final double least, final double most) {
        final LogRange range = LogRange.of(low, high);
        assertEquals(least, range.least(), least * 1e-12);
        assertEquals(most, range.most(), most * 1e-12);
    }

    @Test
    void shouldHoldTheNumbersAndLeaveLessThanAStepEmptyWhateverTheyAre() {
        final SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 10_000; i++) {
            final double low = Math.pow(10, random.nextDouble(-6, 9));
            final double high = low * Math.pow(10, random.nextDouble(0, 5));
            final LogRange range = LogRange.of(low, high);
            final String text = low + ".." + high + ": " + range;
            assertTrue(range.least() <= low * 1.000001 && range.most() >= high * 0.999999, text);
            assertTrue(
                    range.least() * 2.500001 >= low && range.most() <= Math.max(high, range.least()) * 2.500001, text);
        }
    }

    @Test
    void shouldLabelStepsWhereThereIsRoomForThem() {
        final LogRange narrow = LogRange.of(0.2, 1500);
        assertEquals("0.2", narrow.label(2 * Math.pow(10, -1)));
        assertEquals(" ", narrow.label(3 * Math.pow(10, -1)));
        assertEquals("5", narrow.label(5));
        assertEquals("100", narrow.label(100));
        assertEquals("2,000", narrow.label(2000));
        final LogRange wide = LogRange.of(0.01, 1e6);
        assertEquals(" ", wide.label(2));
        assertEquals("10", wide.label(10));
        assertEquals("1,000,000", wide.label(1e6));
    }
}
