package joyride.core.tcp;

/** Hashes of a connection's tuple, seeded so that no peer can aim at one chain. */
final class TupleHash {
    private static final long M1 = 0xff51afd7ed558ccdL;
    private static final long M2 = 0xc4ceb9fe1a85ec53L;

    private final long seed;

    TupleHash(final long seed) {
        this.seed = seed;
    }

    int of(
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final long localHigh,
            final long localLow,
            final int localPort) {
        long h = seed ^ remoteLow;
        h = (h ^ remotePort << 16 ^ localPort) * M1;
        h ^= h >>> 32;
        h = (h ^ localLow ^ Long.rotateLeft(remoteHigh ^ Long.rotateLeft(localHigh, 7), 29)) * M2;
        return (int) (h >>> 32);
    }
}
