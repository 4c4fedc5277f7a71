package joyride.bench.plots;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * What a logarithmic axis shows: from a step of 1, 2, 5, 10, … to another, no further than the numbers need.
 *
 * @param least and {@code most}, both steps
 */
record LogRange(double least, double most) {
    private static final int[] STEPS = {1, 2, 5};

    /** With more decades only they have labels, else there is no room for them. */
    private static final int LABELLED_DECADES = 4;

    private static final double ALMOST = 1e-9;

    /** The narrowest that holds both numbers, which are above 0. */
    static LogRange of(final double low, final double high) {
        int first = (int) Math.floor(Math.log10(low)) * STEPS.length;
        while (step(first + 1) <= low * (1 + ALMOST)) {
            first++;
        }
        int last = first + 1;
        while (step(last) < high * (1 - ALMOST)) {
            last++;
        }
        return new LogRange(step(first), step(last));
    }

    /** The same product as XChart makes for its ticks, so that the last of them is not left out. */
    private static double step(final int index) {
        return STEPS[Math.floorMod(index, STEPS.length)] * Math.pow(10, Math.floorDiv(index, STEPS.length));
    }

    /** What stands at a tick, which is a digit times a power of ten; a blank: nothing. */
    String label(final double tick) {
        final BigDecimal value = new BigDecimal(tick).round(new MathContext(1)).stripTrailingZeros();
        final int digit = value.unscaledValue().intValue();
        final boolean fine = Math.log10(most / least) <= LABELLED_DECADES;
        if (digit == 1 || fine && (digit == 2 || digit == 5)) {
            return tick >= 1000 ? String.format("%,.0f", tick) : value.toPlainString();
        }
        return " ";
    }

    /** The number that is so far above another as {@code part} of the axis. */
    double above(final double value, final double part) {
        return value * Math.pow(most / least, part);
    }
}
