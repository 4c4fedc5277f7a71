package joyride.core.link;

import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.RateLimit;

/** How often a link is told where an address of ours is: whoever asks can make us send no more, and all stations no more than a few. */
final class Answers {
    /** To one station each, a second: a network of so many stations that all have forgotten us is served within it. */
    static final int EACH = 1000;

    /** To all stations, a second: what somebody gets who asks for an address before it takes it (RFC 4862 §5.4.3, RFC 5227 §2.1.1). */
    static final int ALL = 20;

    private final NetworkEnvironment environment;
    private final RateLimit each;
    private final RateLimit all;

    Answers(final NetworkEnvironment environment) {
        this.environment = environment;
        each = new RateLimit(environment.random());
        all = new RateLimit(environment.random());
    }

    /** Whether one more station may be answered. */
    boolean allow() {
        return each.allow(environment.clock().millis(), EACH, 0);
    }

    /** Whether all stations may be told once more. */
    boolean allowAll() {
        return all.allow(environment.clock().millis(), ALL, 0);
    }
}
