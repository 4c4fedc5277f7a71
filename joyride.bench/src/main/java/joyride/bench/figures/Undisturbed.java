package joyride.bench.figures;

import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Samples;

/** Runs of one thing on two cores, each with whether those were far from each other: the near ones count, and of the others it is told what they gave. */
final class Undisturbed {
    private final List<Double> near = new ArrayList<>();
    private final List<Double> far = new ArrayList<>();

    /** @param wasFar whether a look before or after found the cores far from each other */
    void add(final double value, final boolean wasFar) {
        (wasFar ? far : near).add(value);
    }

    /** Those that count: the near ones; all where none was near. */
    List<Double> counted() {
        return List.copyOf(near.isEmpty() ? far : near);
    }

    /** What counted and what did not, for people; empty before the first run. */
    String text(final String unit) {
        final int all = near.size() + far.size();
        if (all == 0) {
            return "";
        }
        if (far.isEmpty()) {
            return "the cores were near each other in all " + all + " runs";
        }
        if (near.isEmpty()) {
            return "the cores were near each other in none of " + all
                    + " runs: undisturbed it may be several times as much";
        }
        return "the cores were near each other in " + near.size() + " of " + all
                + " runs, which count; the others gave " + Samples.of(far).text() + " " + unit;
    }
}
