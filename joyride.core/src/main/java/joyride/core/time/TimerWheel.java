package joyride.core.time;

/**
 * A hierarchical timer wheel of 1 ms ticks: four levels of 256 slots reach 49 days. Arming, cancelling and expiring are
 * constant time and allocate nothing. On one event loop.
 */
public final class TimerWheel {
    private static final int BITS = 8;
    private static final int SLOTS = 1 << BITS;
    private static final int LEVELS = 4;
    private static final long REACH = 1L << (BITS * LEVELS);

    private final Timer[] heads = new Timer[LEVELS * SLOTS];
    private final long[] occupied = new long[LEVELS * SLOTS / 64];
    private long now;
    private int armed;

    /** @param now where the time line begins, ms */
    public TimerWheel(final long now) {
        this.now = now;
    }

    /** The time of the last {@link #advance}, ms. */
    public long now() {
        return now;
    }

    public int armed() {
        return armed;
    }

    /** Arms or re-arms {@code timer} to expire at {@code deadline} (ms); a deadline already passed expires at the next tick. */
    public void arm(final Timer timer, final long deadline) {
        cancel(timer);
        timer.deadline = Math.max(deadline, now + 1);
        insert(timer);
        armed++;
    }

    public void cancel(final Timer timer) {
        if (timer.slot >= 0) {
            unlink(timer);
            armed--;
        }
    }

    /** Moves time to {@code to} (ms) and expires what is due, in order of ticks. */
    public int advance(final long to) {
        int expired = 0;
        while (now < to) {
            if (armed == 0) {
                now = to;
                break;
            }
            final long next = nextEvent();
            if (next > to) {
                now = to;
                break;
            }
            now = next;
            cascade();
            expired += expireSlot((int) (now & (SLOTS - 1)));
        }
        return expired;
    }

    /**
     * The earliest time at which {@link #advance} may have something to do, ms; {@link Long#MAX_VALUE} if nothing is armed. Never
     * later than the earliest deadline.
     */
    public long nextEvent() {
        if (armed == 0) {
            return Long.MAX_VALUE;
        }
        long best = Long.MAX_VALUE;
        for (int level = 0; level < LEVELS; level++) {
            final int shift = BITS * level;
            final int index = (int) (now >>> shift) & (SLOTS - 1);
            final int distance = distance(level, index);
            if (distance > 0) {
                best = Math.min(best, ((now >>> shift) + distance) << shift);
            }
        }
        return best;
    }

    /** Slots from {@code index} (exclusive) to the next occupied one of the level, 1..256; 0 if there is none. */
    private int distance(final int level, final int index) {
        final int base = level * SLOTS / 64;
        for (int step = 0; step <= SLOTS / 64; step++) {
            final int word = ((index + 1 + step * 64) & (SLOTS - 1)) >>> 6;
            long bits = occupied[base + word];
            final int from = step == 0 ? (index + 1) & 63 : 0;
            bits &= -1L << from;
            if (step == SLOTS / 64) {
                final int until = (index + 1) & 63;
                bits = until == 0 ? 0 : occupied[base + word] & ~(-1L << until);
            }
            if (bits != 0) {
                final int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
                final int distance = (slot - index) & (SLOTS - 1);
                return distance == 0 ? SLOTS : distance;
            }
        }
        return 0;
    }

    private void cascade() {
        for (int level = 1; level < LEVELS; level++) {
            final int shift = BITS * level;
            if ((now & ((1L << shift) - 1)) != 0) {
                return;
            }
            final int slot = level * SLOTS + ((int) (now >>> shift) & (SLOTS - 1));
            Timer timer = heads[slot];
            while (timer != null) {
                final Timer following = timer.next;
                unlink(timer);
                insert(timer);
                timer = following;
            }
        }
    }

    private int expireSlot(final int slot) {
        int expired = 0;
        Timer timer;
        while ((timer = heads[slot]) != null) {
            unlink(timer);
            armed--;
            if (timer.deadline > now) {
                armed++;
                insert(timer);
                continue;
            }
            timer.expire();
            expired++;
        }
        return expired;
    }

    private void insert(final Timer timer) {
        final long ahead = Math.min(Math.max(timer.deadline - now, 0), REACH - 1);
        final long at = now + ahead;
        int level = 0;
        while (level < LEVELS - 1 && at >>> (BITS * (level + 1)) != now >>> (BITS * (level + 1))) {
            level++;
        }
        link(timer, level * SLOTS + ((int) (at >>> (BITS * level)) & (SLOTS - 1)));
    }

    private void link(final Timer timer, final int slot) {
        timer.slot = slot;
        timer.previous = null;
        timer.next = heads[slot];
        if (timer.next != null) {
            timer.next.previous = timer;
        }
        heads[slot] = timer;
        occupied[slot >>> 6] |= 1L << slot;
    }

    private void unlink(final Timer timer) {
        final int slot = timer.slot;
        if (timer.previous != null) {
            timer.previous.next = timer.next;
        } else {
            heads[slot] = timer.next;
            if (timer.next == null) {
                occupied[slot >>> 6] &= ~(1L << slot);
            }
        }
        if (timer.next != null) {
            timer.next.previous = timer.previous;
        }
        timer.next = null;
        timer.previous = null;
        timer.slot = -1;
    }
}
