package joyride.api.time;

/** Where time comes from: CLOCK_MONOTONIC in service, a counter in tests. Read once a turn by the event loop. */
@FunctionalInterface
public interface Clock {
    /** Nanoseconds since an arbitrary origin; never goes back. */
    long nanoTime();
}
