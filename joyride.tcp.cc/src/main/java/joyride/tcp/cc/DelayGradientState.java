package joyride.tcp.cc;

/** What CDG keeps of a connection. Gradients in µs a round trip. */
final class DelayGradientState extends RoundTrips {
    private static final int MOST_SMOOTHING = 32;

    /** By how much the least and the largest round trip of the last round were longer than those of the round before. */
    double gradientLeast;

    double gradientMost;

    /** Their averages over the last rounds. */
    double smoothLeast;

    double smoothMost;

    /** Window of a flow that had not backed off for delay, bytes; 0: as ours. */
    int shadow;

    /** Back-offs in a row after which delay went on growing. */
    int inVain;

    /** Back-offs that are left out. */
    int hold;

    /** A back-off was just now. */
    boolean rest;

    /** Rounds of growth since the last back-off. */
    int rounds;

    private int before;
    private int beforeMost;
    private final int[] historyLeast = new int[MOST_SMOOTHING];
    private final int[] historyMost = new int[MOST_SMOOTHING];
    private int historySize;
    private int historyNext;
    private boolean full;
    private boolean known;

    @Override
    void clear() {
        super.clear();
        gradientLeast = 0;
        gradientMost = 0;
        smoothLeast = 0;
        smoothMost = 0;
        shadow = 0;
        inVain = 0;
        hold = 0;
        rest = false;
        rounds = 0;
        before = 0;
        beforeMost = 0;
        historySize = 0;
        historyNext = 0;
        full = false;
        known = false;
    }

    /** The probability of a back-off (equation 3). @param gradient µs; {@code scale} G, ms */
    static double probability(final double gradient, final int scale) {
        return gradient <= 0 ? 0 : 1 - StrictMath.exp(-gradient / (scale * 1000.0));
    }

    /** A round ended. @param smoothing rounds to average over */
    void round(final int smoothing) {
        if (before != 0) {
            gradientLeast = roundLeast - before;
            gradientMost = roundMost - beforeMost;
            remember(Math.min(smoothing, MOST_SMOOTHING));
            judgeQueue();
        }
        before = roundLeast;
        beforeMost = roundMost;
    }

    private void remember(final int smoothing) {
        historyLeast[historyNext] = (int) gradientLeast;
        historyMost[historyNext] = (int) gradientMost;
        historyNext = (historyNext + 1) % MOST_SMOOTHING;
        historySize = Math.min(historySize + 1, MOST_SMOOTHING);
        long sumLeast = 0;
        long sumMost = 0;
        final int count = Math.min(smoothing, historySize);
        for (int i = 1; i <= count; i++) {
            final int at = (historyNext - i + MOST_SMOOTHING) % MOST_SMOOTHING;
            sumLeast += historyLeast[at];
            sumMost += historyMost[at];
        }
        smoothLeast = (double) sumLeast / count;
        smoothMost = (double) sumMost / count;
    }

    /**
     * A full queue cannot make the largest round trip longer while the least still grows; an empty one cannot make the least shorter while the
     * largest still shrinks (§2.3 of the paper). Both stay so until the other is seen, or the queue moves.
     */
    private void judgeQueue() {
        if (smoothLeast > 0 && smoothMost <= 0) {
            full = true;
            known = true;
        } else if (smoothMost < 0 && smoothLeast >= 0 || smoothLeast < 0) {
            full = false;
            known = true;
        }
    }

    /** Whether a loss now must be taken for congestion: also while nothing is known of the queue. */
    boolean queueMayBeFull() {
        return full || !known;
    }
}
