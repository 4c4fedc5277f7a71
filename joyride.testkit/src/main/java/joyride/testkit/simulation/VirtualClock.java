package joyride.testkit.simulation;

import joyride.api.time.Clock;

/** Time that moves only when told to. */
public final class VirtualClock implements Clock {
    private long nanos;

    @Override
    public long nanoTime() {
        return nanos;
    }

    public void advance(final long by) {
        nanos += by;
    }

    /** Moves to {@code time}, unless it is there already or past it. */
    public void advanceTo(final long time) {
        nanos = Math.max(nanos, time);
    }
}
