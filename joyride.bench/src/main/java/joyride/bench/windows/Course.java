package joyride.bench.windows;

import java.util.List;

/**
 * What a value did over time.
 *
 * @param name for the legend
 * @param x seconds
 * @param y values
 */
record Course(String name, List<Double> x, List<Double> y) {}
