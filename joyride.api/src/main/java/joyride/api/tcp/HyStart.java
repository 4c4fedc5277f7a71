package joyride.api.tcp;

/**
 * HyStart++ (RFC 9406): leaves slow start when round trips get longer, before the queue overflows. A congestion control that wants it
 * keeps one of these with its state; it acts where {@code net.inet.tcp.cc.hystartplusplus.enable} is set.
 */
public final class HyStart {
    /** §4.2: the round trip that counts is at most this part longer than that of the round before. */
    private static final int MIN_RTT_DIVISOR = 8;

    private static final int NONE = Integer.MAX_VALUE;

    /** Where the present round ends: SND.NXT at its beginning. */
    private int windowEnd;

    private boolean begun;

    /** Slow start was left once: what comes later ends at the ssthresh that was found (§4.3). */
    private boolean over;

    private int lastRoundMin;
    private int currentRoundMin;
    private int samples;

    /** In conservative slow start: the least round trip of the round that began it; else {@link #NONE}. */
    private int baseline;

    private int conservativeRounds;

    public HyStart() {
        clear();
    }

    /** A connection begins, or does again after it was idle. */
    public void clear() {
        over = false;
        begun = false;
        windowEnd = 0;
        lastRoundMin = NONE;
        currentRoundMin = NONE;
        samples = 0;
        baseline = NONE;
        conservativeRounds = 0;
    }

    /** Congestion was seen: no more of this. */
    public void end() {
        over = true;
        baseline = NONE;
    }

    /** Whether it is in conservative slow start (CSS). */
    public boolean conservative() {
        return baseline != NONE;
    }

    /** A round-trip time, in slow start. @param micros µs */
    public void sample(final int micros) {
        currentRoundMin = Math.min(currentRoundMin, micros);
        samples++;
    }

    /**
     * An acknowledgement in slow start, before the window grows by it.
     *
     * @param growth what slow start adds, bytes
     * @return what to add; with ssthresh at cwnd where slow start is over
     */
    public int acknowledged(final TcpControlBlock tcb, final int growth) {
        final TcpTunables tunables = tcb.host.tunables();
        if (over || tunables.hyStart == 0) {
            return growth;
        }
        final int edge = tcb.sndUna + tcb.ccBytesThisAck;
        if (!begun || Seq.gt(edge, windowEnd)) {
            if (begun && conservative() && ++conservativeRounds >= tunables.hyStartRounds) {
                tcb.sndSsthresh = tcb.sndCwnd;
                end();
                return 0;
            }
            begun = true;
            windowEnd = tcb.sndMax;
            lastRoundMin = currentRoundMin;
            currentRoundMin = NONE;
            samples = 0;
        }
        if (samples >= tunables.hyStartSamples && currentRoundMin != NONE) {
            judge(tunables);
        }
        return conservative() ? growth / tunables.hyStartGrowthDivisor : growth;
    }

    private void judge(final TcpTunables tunables) {
        if (conservative()) {
            if (currentRoundMin < baseline) {
                baseline = NONE; // the rise was jitter: slow start goes on
            }
        } else if (lastRoundMin != NONE) {
            final int threshold = Math.max(
                    tunables.hyStartMinRttThresh,
                    Math.min(lastRoundMin / MIN_RTT_DIVISOR, tunables.hyStartMaxRttThresh));
            if (currentRoundMin >= lastRoundMin + threshold) {
                baseline = currentRoundMin;
                conservativeRounds = 0;
            }
        }
    }
}
