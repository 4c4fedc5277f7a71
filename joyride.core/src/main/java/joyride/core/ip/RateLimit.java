package joyride.core.ip;

import joyride.api.time.RandomSource;

/**
 * How many answers of one kind go out in a second, as FreeBSD limits them ({@code net.inet.icmp.icmplim}, {@code icmplim_jitter}): the
 * limit of each second is jittered, so that nobody can count our answers to others (CVE-2020-25705).
 */
public final class RateLimit {
    /** {@code net.inet.icmp.icmplim}. */
    public static final int LIMIT = 200;
    /** {@code net.inet.icmp.icmplim_jitter}. */
    public static final int JITTER = 16;

    private static final long SECOND = 1000;

    private final RandomSource random;
    private final int limit;
    private long second = Long.MIN_VALUE;
    private int left;

    public RateLimit(final RandomSource random) {
        this(random, LIMIT);
    }

    /** @param limit answers a second, before jitter */
    public RateLimit(final RandomSource random, final int limit) {
        this.random = random;
        this.limit = limit;
    }

    /** Whether one more may go out. @param now ms */
    public boolean allow(final long now) {
        if (now - second >= SECOND || second == Long.MIN_VALUE) {
            second = now;
            left = limit - JITTER + random.nextInt(2 * JITTER + 1);
        }
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
