package joyride.core.time;

/** The time of the event loop's current turn: read from the clock once, the same until the next turn. */
public interface TurnClock {
    /** Nanoseconds on the line of {@link joyride.api.time.Clock}. */
    long nanoTime();

    /** Milliseconds on the line of {@link TimerWheel}. */
    long millis();
}
