package joyride.api.time;

/** Where randomness comes from: the system's CSPRNG in service, a seeded generator in tests. Used on event loops. */
@FunctionalInterface
public interface RandomSource {
    long nextLong();

    default int nextInt() {
        return (int) (nextLong() >>> 32);
    }

    /** A number in 0..{@code bound}-1, for a positive bound; the bias is below bound/2⁶³. */
    default int nextInt(final int bound) {
        return (int) ((nextLong() >>> 1) % bound);
    }
}
