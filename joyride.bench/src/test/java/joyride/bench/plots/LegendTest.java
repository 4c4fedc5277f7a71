package joyride.bench.plots;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Rectangle;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.knowm.xchart.style.markers.SeriesMarkers;

final class LegendTest {
    private static final int WIDTH = 800;

    /** Names of which every other one is short. */
    private static Legend legend(final int names, final int length) {
        final List<Legend.Entry> entries = IntStream.range(0, names)
                .mapToObj(i -> new Legend.Entry("W".repeat(i % 2 == 0 ? length : 1), Color.RED, SeriesMarkers.CIRCLE))
                .toList();
        return new Legend(entries, WIDTH);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,5", "7,21", "8,60", "40,10", "3,500"})
    void shouldHaveAPlaceForEachNameWhichItDoesNotLeave(final int names, final int length) {
        final Legend legend = legend(names, length);
        final Rectangle all = new Rectangle(0, 0, WIDTH, legend.height());
        for (int i = 0; i < names; i++) {
            final Rectangle place = legend.place(i);
            assertTrue(all.contains(place), i + " is at " + place);
            assertTrue(legend.nameEnd(i) <= place.getMaxX(), i + " ends at " + legend.nameEnd(i) + ", " + place);
            for (int j = 0; j < i; j++) {
                assertFalse(legend.place(j).intersects(place), i + " covers " + j);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "4"})
    void shouldBeOneRowWhenItsNamesFit(final int names) {
        assertTrue(legend(names, 5).height() == legend(1, 1).height());
    }
}
