package joyride.core.link;

import joyride.core.time.Timer;

/**
 * A station on an Ethernet link: where packets for its IP address go. Kept by {@link NeighbourTable}, referred to by paths; one
 * that has left its table is {@link #dead} and is looked up again.
 */
public final class Neighbour extends Timer {
    static final long NEVER = Long.MIN_VALUE;

    /** As they show in the console. */
    enum State {
        INCOMPLETE,
        REACHABLE,
        REFRESHING,
        STALE,
        DELAY,
        PROBE,
        FAILED,
        PERMANENT,
        DEAD
    }

    /** Who finds it: ARP or ND. */
    interface Resolution {
        /** A packet goes there while it is not {@link #usable}. */
        void hold(Neighbour neighbour, long packet, int length, int flags);

        /** Its timer ran out. */
        void timer(Neighbour neighbour);
    }

    final Resolution resolution;
    /** The EtherType of packets to it. */
    final int type;

    final long high;
    final long low;
    State state = State.INCOMPLETE;
    /** The station's address in the low 48 bits, if {@link #usable}. */
    long mac;
    /** Whether packets may go there now. */
    boolean usable;
    /** Whether a packet went there since this was last cleared. */
    boolean used;
    /** Whether it is a router (RFC 4861 §5.1). */
    boolean router;
    /** Requests sent without an answer. */
    int tries;
    /** When the entry ends, ms. */
    long expires;
    /** How long it counts as reachable without a sign of life, ms. */
    long lifetime;
    /** When a transport last had proof that packets get there, ms; {@link #NEVER}: not since its station address or state began. */
    long confirmed = NEVER;

    /** IP packets that wait: the oldest at {@code held[0]}; null until the first waits. */
    long[] held;

    int[] heldLengths;
    int[] heldFlags;
    int heldCount;

    Neighbour nextInBucket;

    Neighbour(final Resolution resolution, final int type, final long high, final long low) {
        this.resolution = resolution;
        this.type = type;
        this.high = high;
        this.low = low;
    }

    /** One that needs no resolution: broadcast and multicast. */
    static Neighbour permanent(final int type, final long mac) {
        final Neighbour neighbour = new Neighbour(null, type, 0, 0);
        neighbour.state = State.PERMANENT;
        neighbour.mac = mac;
        neighbour.usable = true;
        return neighbour;
    }

    /** Whether it has left its table. */
    public boolean dead() {
        return state == State.DEAD;
    }

    /** Whether packets may go there at once. */
    public boolean usable() {
        return usable;
    }

    /** A transport's peer behind it answered what went there: it is reachable, whoever asks (RFC 4861 §7.3.1). @param now ms */
    public void confirm(final long now) {
        confirmed = now;
    }

    @Override
    protected void expire() {
        resolution.timer(this);
    }

    /** The kernel throws away what nobody uses, and does not see what goes out here. */
    void tellInUse(final NeighbourAsker kernel) {
        if (used) {
            used = false;
            kernel.ask(high, low);
        }
    }
}
