package joyride.core.engine;

import java.lang.foreign.Arena;
import joyride.api.memory.Kernels;
import joyride.api.time.Clock;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;

/**
 * What all parts of one {@link Engine} share: time, randomness, timers, kernels, counters, memory. One for each engine;
 * nothing of it is static, so that many engines run in one JVM, in virtual time too. Used on the engine's thread.
 */
public final class EngineContext implements TurnClock {
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final Clock clock;
    private final RandomSource random;
    private final Kernels kernels;
    private final CounterStore counters;
    private final TimerWheel timers = new TimerWheel(0);
    private final Arena arena = Arena.ofShared();
    private final long start;
    private long now;

    /**
     * @param clock read once a turn
     * @param counters where blocks are made; several engines may share one
     */
    public EngineContext(
            final Clock clock, final RandomSource random, final Kernels kernels, final CounterStore counters) {
        this.clock = clock;
        this.random = random;
        this.kernels = kernels;
        this.counters = counters;
        this.start = clock.nanoTime();
        this.now = start;
    }

    /** The turn's time, ns, on the clock's time line. */
    @Override
    public long nanoTime() {
        return now;
    }

    /** The turn's time in ms since the engine's start: what {@link #timers} and TCP's ticks count. */
    @Override
    public long millis() {
        return (now - start) / NANOS_PER_MILLI;
    }

    /** The turn's time in µs since the engine's start. */
    public long micros() {
        return (now - start) / 1_000L;
    }

    /** Timers in {@link #millis}. */
    public TimerWheel timers() {
        return timers;
    }

    public RandomSource random() {
        return random;
    }

    public Kernels kernels() {
        return kernels;
    }

    public CounterStore counters() {
        return counters;
    }

    /** Zeroed memory that lives as long as the engine; on control paths. @return its address */
    public long allocate(final long bytes, final long alignment) {
        return arena.allocate(bytes, alignment).address();
    }

    /** Reads the clock: the engine does it at the beginning of each turn. */
    void readClock() {
        now = clock.nanoTime();
    }

    /** When {@code millis} on the wheel's time line is on the clock's. */
    long nanosOf(final long millis) {
        return start + millis * NANOS_PER_MILLI;
    }

    void close() {
        arena.close();
    }
}
