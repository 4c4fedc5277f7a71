package joyride.testkit.simulation;

import joyride.api.time.RandomSource;

/** A reproducible generator (SplitMix64): the same seed gives the same numbers on every machine. */
public final class SeededRandom implements RandomSource {
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private long state;

    public SeededRandom(final long seed) {
        state = mix(seed);
    }

    @Override
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** A number in {@code least..most}. */
    public int between(final int least, final int most) {
        return least + nextInt(most - least + 1);
    }

    /** A number in {@code least..most} whose logarithm is evenly spread: small ones are as frequent as large ones. */
    public int spread(final int least, final int most) {
        final double share = (nextLong() >>> 11) * 0x1p-53;
        return (int) Math.min(most, Math.round(least * Math.pow((double) most / least, share)));
    }

    public boolean chance(final double probability) {
        return (nextLong() >>> 11) * 0x1p-53 < probability;
    }

    /** A generator of its own, that follows from this one's state. */
    public SeededRandom fork() {
        return new SeededRandom(nextLong());
    }

    static long mix(final long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
