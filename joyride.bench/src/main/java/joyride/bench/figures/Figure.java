package joyride.bench.figures;

import java.util.List;
import joyride.bench.plots.Plot;

/**
 * What one figure came to.
 *
 * @param about how it was measured, for people
 * @param runs of each point, for people: how many of what
 * @param findings lines on ratios and targets
 */
record Figure(int number, String title, String about, String runs, List<Plot> plots, List<String> findings) {}
