package joyride.core.tcp;

import joyride.api.time.RandomSource;

/** How many RSTs a second go to peers without a connection: net.inet.icmp.icmplim, blurred so that it tells nothing. */
final class ResetLimit {
    private static final int JITTER = 16;

    private final RandomSource random;
    private long second = Long.MIN_VALUE;
    private int sent;
    private int limit;

    ResetLimit(final RandomSource random) {
        this.random = random;
    }

    boolean allows(final long nowMillis, final int perSecond) {
        if (perSecond == 0) {
            return true;
        }
        final long now = nowMillis / 1000;
        if (now != second) {
            second = now;
            sent = 0;
            limit = Math.max(1, perSecond - JITTER + random.nextInt(2 * JITTER + 1));
        }
        return sent++ < limit;
    }
}
