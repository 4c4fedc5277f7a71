package joyride.nic.dpdk;

import joyride.api.time.Clock;

/**
 * When to look again at a queue that no descriptor tells of, once the loop has nothing to do: soon after traffic, more and more seldom
 * afterwards, so that an idle machine's core is left alone. Used by one loop.
 */
final class IdlePolls {
    private static final long FIRST_NANOS = 50_000;

    private final Clock clock;
    private final long mostNanos;
    private long pause;
    private long next = Long.MIN_VALUE;

    /** The loop has been about to sleep since frames came last. */
    private boolean paused;

    /** @param mostNanos the longest pause */
    IdlePolls(final Clock clock, final long mostNanos) {
        this.clock = clock;
        this.mostNanos = mostNanos;
        pause = Math.min(FIRST_NANOS, mostNanos);
    }

    /** The queue was polled. */
    void polled(final int frames) {
        if (paused) {
            next = Long.MIN_VALUE;
            if (frames > 0) {
                pause = Math.min(FIRST_NANOS, mostNanos);
                paused = false;
            }
        }
    }

    /** Something tells of frames, and may be relied on that long, ns: when to look nevertheless. */
    long within(final long nanos) {
        return nanos == Long.MAX_VALUE ? Long.MAX_VALUE : clock.nanoTime() + nanos;
    }

    /** The loop is about to sleep: until when, at most, ns. */
    long next() {
        if (next == Long.MIN_VALUE) {
            paused = true;
            next = clock.nanoTime() + pause;
            // A thirty-second longer each time: some 100 sleeps to the longest pause.
            pause = Math.min(pause + (pause >>> 5) + 1, mostNanos);
        }
        return next;
    }
}
