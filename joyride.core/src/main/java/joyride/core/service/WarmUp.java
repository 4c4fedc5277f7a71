package joyride.core.service;

import java.util.concurrent.locks.LockSupport;
import joyride.api.tcp.TcpVariant;
import joyride.core.memory.AdaptiveKernels;

/** Gets the service's code compiled after the start, on a thread of its own, while it serves already. */
final class WarmUp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());
    private static final long WAIT_FOR_VARIANT_NANOS = 3_000_000_000L;
    private static final long LOOK_NANOS = 50_000_000L;

    private final AdaptiveKernels kernels;
    private final Stack stack;
    private final Thread thread;
    private final Rehearsal rehearsal;
    private volatile boolean done;
    private volatile boolean closed;

    WarmUp(final AdaptiveKernels kernels, final Stack stack) {
        this.kernels = kernels;
        this.stack = stack;
        this.rehearsal = Rehearsal.ofStart(kernels, () -> stack.transports().inService());
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
        final String kernelsNow = kernels.warmUp();
        final TcpVariant variant = variant(System.nanoTime() + WAIT_FOR_VARIANT_NANOS);
        final String rehearsed = variant == null ? "no TCP variant to rehearse" : rehearse(variant);
        if (closed) {
            return;
        }
        stack.loop().forgetLongest();
        done = true;
        stack.missing().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        LOG.log(
                System.Logger.Level.INFO,
                "warm after {0} ms: {1}; {2}",
                (System.nanoTime() - begin) / 1_000_000,
                kernelsNow,
                rehearsed);
    }

    private String rehearse(final TcpVariant variant) {
        if (rehearsal.obstacle() != null) {
            return rehearsal.obstacle();
        }
        final String failure = rehearsal.run(variant, stack.tcp().servingControl());
        return "TCP variant " + variant.name() + (failure == null ? " rehearsed" : ": its rehearsal " + failure);
    }

    private TcpVariant variant(final long until) {
        TcpVariant variant = stack.tcp().servingVariant();
        while (variant == null && System.nanoTime() < until && !closed) {
            LockSupport.parkNanos(LOOK_NANOS);
            variant = stack.tcp().servingVariant();
        }
        return variant;
    }

    /** What is not warm by then is never said to be. */
    @Override
    public void close() {
        closed = true;
        rehearsal.close();
        thread.interrupt();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
