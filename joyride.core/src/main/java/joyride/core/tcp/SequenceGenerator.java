package joyride.core.tcp;

import joyride.api.time.RandomSource;
import joyride.core.time.TurnClock;

/** Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §5.4): keyed hashes of the tuple. */
final class SequenceGenerator {
    private final SipHash sequenceHash;
    private final SipHash timestampHash;
    private final RandomSource random;
    private final TurnClock clock;

    /** Grows by 4096 and a little for each connection, besides 1 MB/s with time. */
    private int increments;

    SequenceGenerator(final RandomSource random, final TurnClock clock) {
        this.random = random;
        this.clock = clock;
        sequenceHash = new SipHash(random);
        timestampHash = new SipHash(random);
    }

    int initialSequence(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort) {
        increments += 4096 + random.nextInt(4096);
        final long hash =
                sequenceHash.hash(localHigh, localLow, remoteHigh, remoteLow, (long) localPort << 16 | remotePort, 0);
        return (int) hash + (int) (clock.nanoTime() / 1000) + increments;
    }

    int timestampOffset(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort) {
        return (int)
                timestampHash.hash(localHigh, localLow, remoteHigh, remoteLow, (long) localPort << 16 | remotePort, 0);
    }
}
