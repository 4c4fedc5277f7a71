package joyride.bench.plots;

import java.util.List;

/**
 * One plot and the table of the same numbers.
 *
 * @param file its name, without what tells SVG from PNG
 * @param xTitle of the axis, with its unit
 * @param yTitle of the axis, with its unit
 * @param labels places on the x axis, equally far apart
 * @param logarithmic the y axis
 * @param connected whether neighbouring places are a course, not kinds
 */
public record Plot(
        String file,
        String title,
        String xTitle,
        String yTitle,
        List<String> labels,
        boolean logarithmic,
        boolean connected,
        List<Line> lines) {
    /** Whether anything was measured. */
    public boolean isEmpty() {
        return lines.stream().allMatch(line -> line.samples().stream().allMatch(java.util.Objects::isNull));
    }
}
