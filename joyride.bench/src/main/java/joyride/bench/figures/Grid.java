package joyride.bench.figures;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Samples;
import joyride.bench.plots.Line;

/** Numbers by line and place, as runs that take turns bring them. */
final class Grid {
    private final List<String> labels;
    private final Map<String, Map<String, List<Double>>> values = new LinkedHashMap<>();

    Grid(final List<String> labels) {
        this.labels = labels;
    }

    void add(final String line, final String label, final double value) {
        values.computeIfAbsent(line, key -> new LinkedHashMap<>())
                .computeIfAbsent(label, key -> new ArrayList<>())
                .add(value);
    }

    List<String> labels() {
        return labels;
    }

    List<Line> lines() {
        final List<Line> lines = new ArrayList<>();
        values.forEach((name, places) -> {
            final List<Samples> samples = new ArrayList<>();
            for (final String label : labels) {
                samples.add(places.containsKey(label) ? Samples.of(places.get(label)) : null);
            }
            lines.add(new Line(name, samples));
        });
        return lines;
    }

    /** The median at a place; NaN where nothing was measured. */
    double median(final String line, final String label) {
        final Map<String, List<Double>> places = values.get(line);
        return places == null || !places.containsKey(label)
                ? Double.NaN
                : Samples.of(places.get(label)).median();
    }
}
