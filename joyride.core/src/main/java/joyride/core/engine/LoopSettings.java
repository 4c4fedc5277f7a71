package joyride.core.engine;

/**
 * How an {@link EventLoop} runs.
 *
 * @param cpu to pin the thread to; -1: none
 * @param spinNanos how long an idle loop polls on before it sleeps
 * @param yieldLimitNanos a sched_yield that took longer than this stops the spinning for a while
 * @param busyPoll whether it never sleeps
 * @param watchdogNanos the longest that a turn may take before the service is restarted
 */
public record LoopSettings(int cpu, long spinNanos, long yieldLimitNanos, boolean busyPoll, long watchdogNanos) {
    /** What holds where nothing is configured. */
    public static final LoopSettings STANDARD = new LoopSettings(-1, 50_000, 200_000, false, 5_000_000_000L);
}
