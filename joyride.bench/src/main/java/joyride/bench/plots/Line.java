package joyride.bench.plots;

import java.util.List;
import joyride.bench.measure.Samples;

/**
 * What was measured of one thing at each place of the axis.
 *
 * @param name for the legend
 * @param samples one for each label of the plot; null where there is none
 */
public record Line(String name, List<Samples> samples) {}
