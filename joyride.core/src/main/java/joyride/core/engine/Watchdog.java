package joyride.core.engine;

import java.util.List;
import java.util.function.IntConsumer;

/**
 * Ends the process when an event loop hangs in a turn, with its stack in the log, so that whoever started the service starts
 * it again. Counts in samples of its own, so that a machine that stood still is not taken for a loop that hangs.
 */
public final class Watchdog implements AutoCloseable {
    /** Exit status of a service that its watchdog ended. */
    public static final int EXIT_STATUS = 86;

    private static final System.Logger LOG = System.getLogger(Watchdog.class.getName());
    private static final int SAMPLES = 10;

    private final List<EventLoop> loops;
    private final IntConsumer exit;
    private final Thread thread;
    private final long[] seen;
    private final int[] samples;
    private volatile boolean stopping;

    /** @param exit how the process ends; takes the exit status */
    public Watchdog(final List<EventLoop> loops, final IntConsumer exit) {
        this.loops = List.copyOf(loops);
        this.exit = exit;
        this.seen = new long[loops.size()];
        this.samples = new int[loops.size()];
        this.thread = Thread.ofPlatform().name("joyride-watchdog").daemon(true).unstarted(this::run);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        while (!stopping) {
            long shortest = LoopSettings.STANDARD.watchdogNanos();
            for (final EventLoop loop : loops) {
                shortest = Math.min(shortest, loop.settings().watchdogNanos());
            }
            try {
                Thread.sleep(Math.max(1, shortest / SAMPLES / 1_000_000));
            } catch (final InterruptedException e) {
                return;
            }
            sample();
        }
    }

    /** Looks at each loop once; a loop that shows no progress in as many looks as the bound has is reported. */
    void sample() {
        for (int i = 0; i < loops.size(); i++) {
            final EventLoop loop = loops.get(i);
            final long progress = loop.progress();
            if (loop.parked() || progress != seen[i] || !loop.thread().isAlive()) {
                seen[i] = progress;
                samples[i] = 0;
            } else if (++samples[i] > SAMPLES) {
                report(loop);
            }
        }
    }

    private void report(final EventLoop loop) {
        final StringBuilder text = new StringBuilder("an event loop hangs: ")
                .append(loop.thread().getName())
                .append(" has been in one turn for more than ")
                .append(loop.settings().watchdogNanos() / 1_000_000)
                .append(" ms; the service starts again. Its stack:");
        for (final StackTraceElement element : loop.thread().getStackTrace()) {
            text.append("\n\tat ").append(element);
        }
        LOG.log(System.Logger.Level.ERROR, text.toString());
        exit.accept(EXIT_STATUS);
    }

    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
    }
}
