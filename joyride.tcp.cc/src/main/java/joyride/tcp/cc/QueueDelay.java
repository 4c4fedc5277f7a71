package joyride.tcp.cc;

/**
 * The probability of a back-off, by queueing delay, that HD and CHD share (Budzisz, Stanojević, Schlote, Shorten and Baker, "On the fair
 * coexistence of loss- and delay-based TCP", 2009): none up to a least delay, rising to its peak at a threshold, and falling again
 * beyond, where only loss-based flows can have filled the queue, so that those are met as equals.
 */
final class QueueDelay {
    private QueueDelay() {}

    /**
     * The probability, 0..1.
     *
     * @param queueing present time in the queue, µs
     * @param longest longest time in the queue seen, µs
     * @param qmin ms; {@code threshold} ms, above it
     * @param percent peak
     */
    static double probability(
            final int queueing, final int longest, final int qmin, final int threshold, final int percent) {
        final double peak = percent / 100.0;
        final int low = qmin * 1000;
        final int top = threshold * 1000;
        if (queueing <= low) {
            return 0;
        }
        if (queueing <= top) {
            return peak * (queueing - low) / (top - low);
        }
        return longest <= top ? peak : peak * Math.max(longest - queueing, 0) / (longest - top);
    }
}
