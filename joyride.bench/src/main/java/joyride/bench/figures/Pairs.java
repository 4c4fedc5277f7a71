package joyride.bench.figures;

import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Samples;

/** Runs of Joyride and of another program, one right after the other: judged by the ratio within each pair, since what the machine is like changes between pairs. */
final class Pairs {
    private final String name;
    private final double wanted;
    private final List<Double> ratios = new ArrayList<>();
    private int far;

    /** @param wanted the least median of the ratios that is enough */
    Pairs(final String name, final double wanted) {
        this.name = name;
        this.wanted = wanted;
    }

    /** @param wasFar whether a look before or after found the machine's cores far from each other */
    void add(final double ours, final double theirs, final boolean wasFar) {
        ratios.add(ours / theirs);
        far += wasFar ? 1 : 0;
    }

    boolean isEmpty() {
        return ratios.isEmpty();
    }

    /** One line for people; there must be a pair. */
    String finding() {
        final Samples ratio = Samples.of(ratios);
        return String.format(
                "%s: %s× of %d pairs; wanted ≥ %.1f×, %s%s",
                name,
                ratio.text(),
                ratios.size(),
                wanted,
                ratio.median() >= wanted ? "reached" : "NOT REACHED",
                far == 0 ? "" : "; the cores were far from each other in " + far);
    }
}
