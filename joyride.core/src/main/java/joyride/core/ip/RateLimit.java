package joyride.core.ip;

import joyride.api.time.RandomSource;

/**
 * How many answers of one kind go out in a second, as FreeBSD limits them ({@code net.inet.icmp.icmplim}, {@code icmplim_jitter}): the
 * limit of each second is jittered, so that nobody can count our answers to others (CVE-2020-25705).
 */
public final class RateLimit {
    private static final long SECOND = 1000;

    private final RandomSource random;
    private long second = Long.MIN_VALUE;
    private int sent;
    private int shift;

    public RateLimit(final RandomSource random) {
        this.random = random;
    }

    /**
     * Whether one more may go out.
     *
     * @param now ms
     * @param limit answers a second, before jitter; 0: no limit
     * @param jitter by so many the limit of a second is more or less, at most; never less than one goes out
     */
    public boolean allow(final long now, final int limit, final int jitter) {
        if (limit == 0) {
            return true;
        }
        if (second == Long.MIN_VALUE || now - second >= SECOND) {
            second = now;
            sent = 0;
            shift = jitter == 0 ? 0 : random.nextInt(2 * jitter + 1) - jitter;
        }
        if (sent >= Math.max(limit + shift, 1)) {
            return false;
        }
        sent++;
        return true;
    }
}
