package joyride.core.tcp;

import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;
import joyride.core.time.TurnClock;

/** Initial sequence numbers (RFC 6528) and timestamp offsets (RFC 7323 §5.4): keyed hashes of the tuple. */
final class SequenceGenerator {
    private SipHash sequenceHash;
    private long seeded;
    private final SipHash timestampHash;
    private final RandomSource random;
    private final TurnClock clock;
    private final TcpTunables tunables;

    /** Grows by 4096 and a little for each connection, besides 1 MB/s with time. */
    private int increments;

    /** @param tunables the service's */
    SequenceGenerator(final RandomSource random, final TurnClock clock, final TcpTunables tunables) {
        this.random = random;
        this.tunables = tunables;
        this.clock = clock;
        sequenceHash = new SipHash(random);
        timestampHash = new SipHash(random);
        seeded = clock.millis();
    }

    int initialSequence(
            final long localHigh,
            final long localLow,
            final int localPort,
            final long remoteHigh,
            final long remoteLow,
            final int remotePort) {
        if (tunables.isnReseedInterval > 0 && clock.millis() - seeded >= 1000L * tunables.isnReseedInterval) {
            sequenceHash = new SipHash(random);
            seeded = clock.millis();
        }
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
