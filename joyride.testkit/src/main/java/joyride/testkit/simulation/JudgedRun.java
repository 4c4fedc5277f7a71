package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import joyride.nic.wire.WireTap;

/** What a run notes while it plays. */
abstract class JudgedRun implements Played {
    final List<String> failures = new ArrayList<>();
    long turns;
    long bytes;
    Throwable thrown;
    private final TraceHash hash = new TraceHash();

    /** Plays it; what it throws is a failure. */
    final void attempt(final Runnable play) {
        try {
            play.run();
        } catch (final RuntimeException | AssertionError e) {
            failures.add("threw " + e);
            thrown = e;
        }
    }

    /** Notes each frame, and shows it to {@code others}; null: there are none. */
    final WireTap noting(final WireTap others) {
        return others == null
                ? hash
                : (fromA, nanos, address, length, due) -> {
                    hash.frame(fromA, nanos, address, length, due);
                    others.frame(fromA, nanos, address, length, due);
                };
    }

    @Override
    public final List<String> failures() {
        return failures;
    }

    @Override
    public final Throwable thrown() {
        return thrown;
    }

    @Override
    public final long traceHash() {
        return hash.value();
    }

    @Override
    public final long frames() {
        return hash.frames();
    }

    @Override
    public final long turns() {
        return turns;
    }

    @Override
    public final long bytes() {
        return bytes;
    }
}
