package joyride.core.time;

/**
 * When paced connections may send next: a {@link TimerWheel} whose ticks are 10 µs, as those of FreeBSD's high precision timers are. On one event loop.
 */
public final class PacingWheel {
    /** One tick. */
    public static final long SLOT_NANOS = 10_000;

    private final TimerWheel wheel = new TimerWheel(0);
    private final TurnClock clock;
    private final long start;

    public PacingWheel(final TurnClock clock) {
        this.clock = clock;
        start = clock.nanoTime();
    }

    /** Arms or re-arms {@code timer} to expire {@code nanos} after the turn's time, never earlier. */
    public void arm(final Timer timer, final long nanos) {
        final long at = clock.nanoTime() - start + Math.max(nanos, 1);
        wheel.arm(timer, (at + SLOT_NANOS - 1) / SLOT_NANOS);
    }

    public void cancel(final Timer timer) {
        wheel.cancel(timer);
    }

    /** Timers armed. */
    public int armed() {
        return wheel.armed();
    }

    /** Expires what is due at the turn's time. @return how many did */
    public int advance() {
        return wheel.advance((clock.nanoTime() - start) / SLOT_NANOS);
    }

    /** When {@link #advance} may have something to do, ns on the clock's line; {@link Long#MAX_VALUE}: never. */
    public long nextEvent() {
        final long next = wheel.nextEvent();
        return next == Long.MAX_VALUE ? Long.MAX_VALUE : start + next * SLOT_NANOS;
    }
}
