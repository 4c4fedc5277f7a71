package joyride.bench;

import java.util.Arrays;
import java.util.List;

/** Numbers of several runs: their median, and how far they spread. */
record Samples(double[] sorted) {
    static Samples of(final List<Double> values) {
        final double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    double median() {
        final int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    double least() {
        return sorted[0];
    }

    double most() {
        return sorted[sorted.length - 1];
    }

    /** Median and range with as many digits as the size asks for. */
    String text() {
        return number(median()) + " (" + number(least()) + "–" + number(most()) + ")";
    }

    static String number(final double value) {
        if (value >= 1000) {
            return String.format("%,.0f", value);
        }
        return String.format(value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
