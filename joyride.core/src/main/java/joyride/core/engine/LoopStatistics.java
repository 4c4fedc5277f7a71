package joyride.core.engine;

import joyride.api.counters.CounterBlock;
import joyride.core.counters.CounterStore;

/** What an {@link EventLoop} counts of itself, in the counter group {@code loop N}. Written by the loop's thread. */
final class LoopStatistics {
    static final int TURNS = 0;
    static final int BUSY_TURNS = 1;
    static final int WORK = 2;
    static final int SLEEPS = 3;
    static final int SPINS_WON = 4;
    static final int SPINS_LOST = 5;
    static final int YIELDS = 6;
    static final int YIELDS_SLOW = 7;
    static final int LONGEST_TURN = 8;
    static final int LONGEST_RUN = 9;
    static final int TURNS_OVER_1MS = 10;
    static final int TURNS_OVER_10MS = 11;
    static final int TURNS_OVER_100MS = 12;
    static final int JOINS = 13;
    static final int RUNS_OVER_1MS = 14;

    static final CounterStore.Description DESCRIPTION = CounterStore.Description.of(
            "turns",
            "turns of the duty cycle",
            "turns.busy",
            "turns that found work",
            "work",
            "packets, commands, tasks and timers handled",
            "sleeps",
            "times the loop slept",
            "spins.won",
            "idle spins that ended because work came",
            "spins.lost",
            "idle spins that ended in sleep",
            "yields",
            "times an idle loop let others run",
            "yields.slow",
            "yields that took so long that spinning stopped for a while",
            "turn.longest.us",
            "longest turn, waiting for a core included, µs",
            "turn.longest.run.us",
            "longest turn without the time spent waiting for a core, µs",
            "turns.over.1ms",
            "turns longer than 1 ms",
            "turns.over.10ms",
            "turns longer than 10 ms",
            "turns.over.100ms",
            "turns longer than 100 ms",
            "joins",
            "times an idle loop left a core that others used for one where a program waited for it",
            "turns.run.over.1ms",
            "turns longer than 1 ms without the time spent waiting for a core");

    private static final long MILLI = 1_000_000L;
    private static final long BASELINE_INTERVAL = 10 * MILLI;

    private final CounterBlock block;
    private long longest;
    private long longestRun;
    private long waitedAtBaseline;
    private long nextBaseline;

    LoopStatistics(final CounterStore counters, final int loop) {
        block = counters.block("loop " + loop, DESCRIPTION);
    }

    CounterBlock block() {
        return block;
    }

    /** Starts afresh with the longest turn: what the start took is over. */
    void forgetLongest() {
        longest = 0;
        longestRun = 0;
        block.set(LONGEST_TURN, 0);
        block.set(LONGEST_RUN, 0);
        block.set(TURNS_OVER_1MS, 0);
        block.set(TURNS_OVER_10MS, 0);
        block.set(TURNS_OVER_100MS, 0);
        block.set(RUNS_OVER_1MS, 0);
    }

    void count(final int slot) {
        block.increment(slot);
    }

    /**
     * A turn that found work ended.
     *
     * @param now the end, ns
     * @param nanos how long it took
     * @param runQueue read only for turns of 1 ms and more, and every 10 ms as what to compare with
     */
    void turn(final long now, final int work, final long nanos, final RunQueueTime runQueue) {
        block.increment(BUSY_TURNS);
        block.add(WORK, work);
        if (nanos >= MILLI) {
            longTurn(nanos, runQueue);
        } else if (nanos > longest) {
            longest = nanos;
            block.set(LONGEST_TURN, nanos / 1_000);
            longestRun = Math.max(longestRun, nanos);
            block.set(LONGEST_RUN, longestRun / 1_000);
        }
        if (now >= nextBaseline) {
            nextBaseline = now + BASELINE_INTERVAL;
            waitedAtBaseline = runQueue.waited();
        }
    }

    private void longTurn(final long nanos, final RunQueueTime runQueue) {
        block.increment(TURNS_OVER_1MS);
        if (nanos >= 10 * MILLI) {
            block.increment(TURNS_OVER_10MS);
        }
        if (nanos >= 100 * MILLI) {
            block.increment(TURNS_OVER_100MS);
        }
        if (nanos > longest) {
            longest = nanos;
            block.set(LONGEST_TURN, nanos / 1_000);
        }
        final long waited = runQueue.waited();
        final long run = nanos - Math.min(nanos, waited - waitedAtBaseline);
        waitedAtBaseline = waited;
        if (run >= MILLI) {
            block.increment(RUNS_OVER_1MS);
        }
        if (run > longestRun) {
            longestRun = run;
            block.set(LONGEST_RUN, run / 1_000);
        }
    }
}
