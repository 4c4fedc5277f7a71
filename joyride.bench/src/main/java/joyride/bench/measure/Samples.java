package joyride.bench.measure;

import java.util.Arrays;
import java.util.List;

/** Numbers of several runs: their median, and how far they spread. */
public record Samples(double[] sorted) {
    public static Samples of(final List<Double> values) {
        final double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return new Samples(sorted);
    }

    public double median() {
        final int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public double least() {
        return sorted[0];
    }

    public double most() {
        return sorted[sorted.length - 1];
    }

    /** Median and range with as many digits as the size asks for. */
    public String text() {
        return number(median()) + " (" + number(least()) + "–" + number(most()) + ")";
    }

    public static String number(final double value) {
        if (value >= 1000) {
            return String.format("%,.0f", value);
        }
        return String.format(value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
    }
}
