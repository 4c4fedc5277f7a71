package joyride.core.time;

/** Something that wants to be called at a time: an intrusive entry of a {@link TimerWheel}, in at most one at a time. */
public abstract class Timer {
    Timer next;
    Timer previous;
    long deadline;
    int slot = -1;

    /** Called on the event loop once the deadline has passed; the timer is not armed any more. */
    protected abstract void expire();

    public final boolean isArmed() {
        return slot >= 0;
    }

    /** Milliseconds on the wheel's time line; meaningful while armed. */
    public final long deadline() {
        return deadline;
    }
}
