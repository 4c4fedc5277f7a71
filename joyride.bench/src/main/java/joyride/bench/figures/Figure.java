package joyride.bench.figures;

import java.util.List;
import joyride.bench.plots.Plot;

/**
 * What one figure came to.
 *
 * @param about how it was measured, for people
 * @param findings lines on ratios and targets
 */
record Figure(int number, String title, String about, List<Plot> plots, List<String> findings) {}
