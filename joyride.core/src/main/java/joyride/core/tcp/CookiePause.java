package joyride.core.tcp;

/**
 * How long the syncache stands aside once a bucket ran over: a flood that fills it would only throw out everybody's half-open connections, so
 * cookies answer for a while, twice as long each time that it overflows again soon after.
 */
final class CookiePause {
    private static final int LONGEST = 6;

    private long until = Long.MIN_VALUE / 2;
    private int backoff;

    /** @param now ms */
    boolean holds(final long now) {
        return now < until;
    }

    void begin(final long now) {
        if (holds(now)) {
            return;
        }
        final long last = (long) SynCookies.LIFETIME << backoff;
        backoff = now - until < last ? Math.min(backoff + 1, LONGEST) : 0;
        until = now + ((long) SynCookies.LIFETIME << backoff);
    }
}
