package joyride.api.tcp;

/** Comparison of 32-bit sequence numbers and timestamps that wrap (RFC 9293 §3.4, RFC 7323 §5). */
public final class Seq {
    private Seq() {}

    public static boolean lt(final int a, final int b) {
        return a - b < 0;
    }

    public static boolean leq(final int a, final int b) {
        return a - b <= 0;
    }

    public static boolean gt(final int a, final int b) {
        return a - b > 0;
    }

    public static boolean geq(final int a, final int b) {
        return a - b >= 0;
    }

    public static int max(final int a, final int b) {
        return a - b > 0 ? a : b;
    }

    public static int min(final int a, final int b) {
        return a - b < 0 ? a : b;
    }
}
