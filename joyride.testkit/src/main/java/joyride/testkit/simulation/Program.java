package joyride.testkit.simulation;

/** A simulated program: acts when TCP told it something, or when a time it asked for has come. On its host's engine. */
public abstract class Program {
    private boolean ready = true;
    private long wakeAt = Long.MAX_VALUE;
    private boolean finished;
    private Runnable whenFinished = () -> {};

    /** Does what can be done now without waiting. @param now ns */
    protected abstract void act(long now);

    /** Something happened that it may wait for. */
    public final void ready() {
        ready = true;
    }

    /** It wants to act at {@code time} (ns), whatever happens. */
    protected final void wakeAt(final long time) {
        wakeAt = Math.min(wakeAt, time);
    }

    /** It has nothing to do any more. */
    protected final void finish() {
        finished = true;
        whenFinished.run();
    }

    /** Called once on the engine's thread when it has nothing to do any more. */
    public final void whenFinished(final Runnable action) {
        whenFinished = action;
    }

    public final boolean isFinished() {
        return finished;
    }

    final long nextEvent() {
        return finished ? Long.MAX_VALUE : ready ? Long.MIN_VALUE : wakeAt;
    }

    /** @return whether it acted */
    final boolean turn(final long now) {
        if (finished || !(ready || wakeAt <= now)) {
            return false;
        }
        ready = false;
        if (wakeAt <= now) {
            wakeAt = Long.MAX_VALUE;
        }
        act(now);
        return true;
    }
}
