package joyride.nic.memif;

import java.util.concurrent.atomic.AtomicLongArray;

/** Counted by one thread each, read by any. */
final class MemifCounts {
    private static final MemifCounter[] ALL = MemifCounter.values();

    private final AtomicLongArray values = new AtomicLongArray(ALL.length);

    void add(final MemifCounter counter, final long amount) {
        final int i = counter.ordinal();
        values.setRelease(i, values.getPlain(i) + amount);
    }

    long of(final MemifCounter counter) {
        return values.getAcquire(counter.ordinal());
    }
}
