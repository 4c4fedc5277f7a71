package joyride.ipc.shm;

import java.util.ArrayDeque;

/**
 * Address ranges of instances that ended: blank memory stands there for a while, so that a late access of core's meets zeros
 * instead of a signal. On the event loop.
 */
final class Quarantine {
    private static final long PERIOD = 10_000_000_000L;

    private record Range(long address, long size, long since) {}

    private final ArrayDeque<Range> ranges = new ArrayDeque<>();

    /** @param now ns */
    void add(final InstanceMemory memory, final long now) {
        ranges.add(new Range(memory.base, memory.size, now));
    }

    /** Gives back what stood long enough. */
    void sweep(final long now) {
        while (!ranges.isEmpty() && now - ranges.getFirst().since() > PERIOD) {
            final Range oldest = ranges.removeFirst();
            InstanceMemory.unmap(oldest.address(), oldest.size());
        }
    }

    void clear() {
        ranges.clear();
    }

    void save(final BooksWriter to) {
        to.number(ranges.size());
        for (final Range range : ranges) {
            to.mapping(range.address(), range.size()).number(range.since());
        }
    }

    void restore(final BooksReader from) {
        for (int left = from.number(); left > 0; left--) {
            final var mapping = from.mapping();
            ranges.add(new Range(mapping.address(), mapping.size(), from.longNumber()));
        }
    }
}
