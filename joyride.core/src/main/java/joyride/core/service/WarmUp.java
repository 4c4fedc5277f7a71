package joyride.core.service;

import java.util.concurrent.locks.LockSupport;
import joyride.api.socket.IpcTransport;
import joyride.api.tcp.TcpVariant;
import joyride.core.memory.AdaptiveKernels;

/** Gets the service's code compiled after the start, on a thread of its own, while it serves already. */
final class WarmUp implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());
    private static final long MOST_NANOS = 14_000_000_000L;
    private static final long REHEARSAL_NANOS = 9_000_000_000L;
    private static final long TRANSPORT_NANOS = 3_000_000_000L;
    private static final long WAIT_FOR_VARIANT_NANOS = 3_000_000_000L;
    private static final long LOOK_NANOS = 50_000_000L;

    private final AdaptiveKernels kernels;
    private final Stack stack;
    private final Thread thread;
    private volatile boolean done;

    WarmUp(final AdaptiveKernels kernels, final Stack stack) {
        this.kernels = kernels;
        this.stack = stack;
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
        String rehearsed = "no TCP variant to rehearse";
        if (variant != null) {
            final String failure = new Rehearsal(kernels, REHEARSAL_NANOS)
                    .run(
                            variant,
                            stack.tcp().servingControl(),
                            () -> Thread.currentThread().isInterrupted() || System.nanoTime() - begin > MOST_NANOS);
            rehearsed = "TCP variant " + variant.name() + (failure == null ? " rehearsed" : " " + failure);
        }
        rehearsed += transports(begin);
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        stack.loop().forgetLongest();
        done = true;
        LOG.log(
                System.Logger.Level.INFO,
                "warm after {0} ms: {1}; {2}",
                (System.nanoTime() - begin) / 1_000_000,
                kernelsNow,
                rehearsed);
    }

    private String transports(final long begin) {
        final StringBuilder rehearsed = new StringBuilder();
        for (final IpcTransport transport : stack.transports().inService()) {
            final long until = Math.min(System.nanoTime() + TRANSPORT_NANOS, begin + MOST_NANOS);
            try {
                transport.rehearse(() -> Thread.currentThread().isInterrupted() || System.nanoTime() - until >= 0);
                rehearsed.append("; transport rehearsed");
            } catch (final RuntimeException | LinkageError e) {
                rehearsed.append("; transport threw ").append(e);
            }
        }
        return rehearsed.toString();
    }

    private TcpVariant variant(final long until) {
        TcpVariant variant = stack.tcp().servingVariant();
        while (variant == null
                && System.nanoTime() < until
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(LOOK_NANOS);
            variant = stack.tcp().servingVariant();
        }
        return variant;
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
