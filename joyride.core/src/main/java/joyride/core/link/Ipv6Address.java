package joyride.core.link;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.time.Timer;

/** An IPv6 address of an interface, and how long it is one (RFC 4862 §5.5.4). Kept by {@link Ipv6Addresses}. */
final class Ipv6Address extends Timer {
    enum State {
        /** Not asked for yet: there is no link. */
        WAITING,
        TENTATIVE,
        READY,
        /** Another station has it. */
        DUPLICATE
    }

    static final long FOREVER = Long.MAX_VALUE;

    private final Ipv6Addresses owner;
    final long high;
    final long low;
    final int length;
    /** Whether its whole network is on the link. */
    final boolean onLink;
    /** Whether it was made here from a prefix, and may be made anew where another station has it. */
    final boolean made;
    /** Of RFC 7217: how many before it were duplicates. */
    final int attempt;

    State state = State.WAITING;
    long validUntil = FOREVER;
    long preferredUntil = FOREVER;
    /** Questions sent. */
    int probes;
    /** Whether the random pause before the first question is over. */
    boolean paused;

    long nonce;

    Ipv6Address(
            final Ipv6Addresses owner,
            final long high,
            final long low,
            final int length,
            final boolean onLink,
            final boolean made,
            final int attempt) {
        this.owner = owner;
        this.high = high;
        this.low = low;
        this.length = length;
        this.onLink = onLink;
        this.made = made;
        this.attempt = attempt;
    }

    boolean is(final long otherHigh, final long otherLow) {
        return low == otherLow && high == otherHigh;
    }

    IpAddress address() {
        return new IpAddress(high, low);
    }

    IpPrefix prefix() {
        return new IpPrefix(address(), length);
    }

    @Override
    protected void expire() {
        owner.timer(this);
    }
}
