package joyride.nic.wire;

/**
 * What a wire does to the frames of one direction. Probabilities are 0..1 for each frame; times are ns. Frames stay in
 * order but for those that {@code reorder} holds back.
 *
 * @param loss probability that a frame vanishes
 * @param burst mean number of frames lost together, 1 or more; above 1, losses come in bursts at the same mean rate
 * @param duplicate probability that a frame arrives twice
 * @param reorder probability that a frame is held back by up to {@code reorderNanos} while later ones overtake it
 * @param reorderNanos longest time a frame is held back
 * @param corrupt probability that one bit of an IPv4 frame behind its Ethernet header flips; frames without a checksum of
 *     their own (ARP) are spared, since a real link's frame check would have caught them
 * @param mark probability that an IPv4 packet that is ECN-capable is marked "congestion experienced" (RFC 3168)
 * @param delayNanos time on the way
 * @param jitterNanos up to so much is added to it
 * @param bitsPerSecond rate; 0: unlimited
 * @param queueBytes what waits for the rate at most, the rest is dropped; 0: no limit
 * @param markAboveBytes packets that are ECN-capable are marked while more than this waits for the rate, as switches for DCTCP do (RFC
 *     8257); 0: never
 */
public record Faults(
        double loss,
        int burst,
        double duplicate,
        double reorder,
        long reorderNanos,
        double corrupt,
        double mark,
        long delayNanos,
        long jitterNanos,
        long bitsPerSecond,
        int queueBytes,
        int markAboveBytes) {
    /** Lossless, in order, at once. */
    public static final Faults NONE = new Faults(0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public Faults {
        probability("loss", loss);
        probability("duplicate", duplicate);
        probability("reorder", reorder);
        probability("corrupt", corrupt);
        probability("mark", mark);
        notNegative("burst - 1", burst - 1);
        notNegative("reorder time", reorderNanos);
        notNegative("delay", delayNanos);
        notNegative("jitter", jitterNanos);
        notNegative("rate", bitsPerSecond);
        notNegative("queue", queueBytes);
        notNegative("queue to mark above", markAboveBytes);
        if (burst > 1 && loss >= 1) {
            throw new IllegalArgumentException("loss " + loss + " leaves nothing between bursts; take less than 1");
        }
    }

    public Faults withLoss(final double probability) {
        return withLoss(probability, 1);
    }

    public Faults withLoss(final double probability, final int meanBurst) {
        return new Faults(
                probability,
                meanBurst,
                duplicate,
                reorder,
                reorderNanos,
                corrupt,
                mark,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withDuplication(final double probability) {
        return new Faults(
                loss,
                burst,
                probability,
                reorder,
                reorderNanos,
                corrupt,
                mark,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withReordering(final double probability, final long longestNanos) {
        return new Faults(
                loss,
                burst,
                duplicate,
                probability,
                longestNanos,
                corrupt,
                mark,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withCorruption(final double probability) {
        return new Faults(
                loss,
                burst,
                duplicate,
                reorder,
                reorderNanos,
                probability,
                mark,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withMarking(final double probability) {
        return new Faults(
                loss,
                burst,
                duplicate,
                reorder,
                reorderNanos,
                corrupt,
                probability,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withDelay(final long nanos, final long jitter) {
        return new Faults(
                loss,
                burst,
                duplicate,
                reorder,
                reorderNanos,
                corrupt,
                mark,
                nanos,
                jitter,
                bitsPerSecond,
                queueBytes,
                markAboveBytes);
    }

    public Faults withRate(final long bits, final int queue) {
        return new Faults(
                loss,
                burst,
                duplicate,
                reorder,
                reorderNanos,
                corrupt,
                mark,
                delayNanos,
                jitterNanos,
                bits,
                queue,
                markAboveBytes);
    }

    public Faults withMarkingAbove(final int bytes) {
        return new Faults(
                loss,
                burst,
                duplicate,
                reorder,
                reorderNanos,
                corrupt,
                mark,
                delayNanos,
                jitterNanos,
                bitsPerSecond,
                queueBytes,
                bytes);
    }

    /** Whether frames can arrive later than they were sent. */
    boolean timed() {
        return delayNanos > 0 || jitterNanos > 0 || bitsPerSecond > 0 || (reorder > 0 && reorderNanos > 0);
    }

    private static void probability(final String what, final double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(what + " " + value + " is not a probability; take 0..1");
        }
    }

    private static void notNegative(final String what, final long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " " + value + " is negative; take 0 or more");
        }
    }
}
