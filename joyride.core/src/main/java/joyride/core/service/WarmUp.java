package joyride.core.service;

import joyride.core.memory.AdaptiveKernels;

/** Gets core's code compiled after the start, on a thread of its own, while the service serves already. */
final class WarmUp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());

    private final AdaptiveKernels kernels;
    private final Thread thread;
    private volatile boolean done;

    WarmUp(final AdaptiveKernels kernels) {
        this.kernels = kernels;
        this.thread = Thread.ofPlatform().name("joyride-warm-up").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    boolean done() {
        return done;
    }

    private void run() {
        final long begin = System.nanoTime();
        final String result = kernels.warmUp();
        done = true;
        LOG.log(System.Logger.Level.INFO, "warm after {0} ms: {1}", (System.nanoTime() - begin) / 1_000_000, result);
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
