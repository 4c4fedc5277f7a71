package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import joyride.testkit.live.Program;

/** One workload: a server that stays, a client that runs once for each measurement, and what it measures. */
public interface Row {
    /** Short name, for the command line. */
    String name();

    List<Metric> metrics();

    /** Starts the server on {@code side} and waits until it serves. */
    Program serve(Side side, Path directory) throws IOException, InterruptedException;

    /** Runs the client once. */
    Measurement measure(Side side, Path directory) throws IOException, InterruptedException;

    /**
     * What a number means.
     *
     * @param target the ratio Joyride : kernel that is asked for, or {@link #NO_TARGET}
     * @param higherIsBetter whether the ratio has to be above the target, not below
     */
    record Metric(String title, String unit, double target, boolean higherIsBetter) {
        /** The ratio is only shown. */
        static final double NO_TARGET = Double.NaN;
    }

    /**
     * One run's numbers.
     *
     * @param values one for each metric
     * @param operations requests, or KiB moved: what CPU is counted by
     */
    record Measurement(double[] values, double operations) {}
}
