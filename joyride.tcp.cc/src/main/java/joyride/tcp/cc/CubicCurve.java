package joyride.tcp.cc;

/** CUBIC's arithmetic (RFC 9438 §4) in FreeBSD's fixed point: constants in 1/256, time in ms, windows in bytes. */
final class CubicCurve {
    /** β = 0.7: 179/256. */
    static final int BETA = 179;

    /** C = 0.4: 102/256 segments/s³. */
    static final int C = 102;

    /** Fast convergence (1 + β) / 2 = 0.85: 217/256. */
    static final int FAST_CONVERGENCE = 217;

    /** α = 3 (1 - β) / (1 + β) = 0.529: 135/256. */
    static final int ALPHA = 135;

    static final int SHIFT = 8;

    /** Beyond this distance from K, ms, the cube would overflow; the window is at its limit long before. */
    private static final long REACH = 1_000_000;

    private CubicCurve() {}

    /** K, ms: when the curve is back at {@code max}, from {@code start} (RFC 9438 §4.2, figure 2). */
    static int k(final int max, final int start, final int mss) {
        if (start >= max) {
            return 0;
        }
        final double segments = (double) (max - start) / mss;
        return (int) (1000 * StrictMath.cbrt(segments * (1 << SHIFT) / C));
    }

    /** W_cubic(t), bytes (RFC 9438 §4.2, figure 1). */
    static int window(final long millis, final int k, final int max, final int mss) {
        final long distance = Math.max(-REACH, Math.min(millis - k, REACH));
        final long cube = distance * distance * distance / 1_000_000; // 10⁻³ s³
        final long grown = max + (cube * C * mss >> SHIFT) / 1000;
        return (int) Math.max(mss, Math.min(grown, Integer.MAX_VALUE));
    }

    static int scaled(final int window, final int factor) {
        return (int) ((long) window * factor >> SHIFT);
    }
}
