package joyride.core.service;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import joyride.api.admin.AdminException;
import joyride.core.engine.EventLoop;
import joyride.core.transport.HandOver;

/** Calls from configuration threads into the event loop, with a bound on the wait. */
final class LoopCalls {
    static final long SECONDS = 5;
    private static final int CONNECTIONS_A_TURN = 64;

    private final EventLoop loop;

    LoopCalls(final EventLoop loop) {
        this.loop = loop;
    }

    /** @throws AdminException if the loop does not answer */
    <T> T call(final String what, final Callable<T> task) {
        try {
            return loop.call(task, SECONDS);
        } catch (final TimeoutException e) {
            throw timedOut(what, e);
        }
    }

    /** @throws AdminException if the loop does not answer */
    void run(final String what, final Runnable task) {
        call(what, () -> {
            task.run();
            return null;
        });
    }

    private static AdminException timedOut(final String what, final Exception cause) {
        final AdminException failure = new AdminException(what + ": the event loop did not answer in " + SECONDS
                + " s; the log and joyride:stats show what it does");
        failure.initCause(cause);
        return failure;
    }

    /** Runs {@code first} and then hands connections over, some in each turn, until none is left. */
    HandOver handOver(final String what, final Runnable first) {
        final CompletableFuture<HandOver> done = new CompletableFuture<>();
        final HandOver progress = new HandOver();
        loop.engine().execute(() -> {
            try {
                first.run();
                step(progress, done);
            } catch (final RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.get(SECONDS, TimeUnit.SECONDS);
        } catch (final TimeoutException e) {
            throw timedOut(what, e);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof AdminException refused) {
                throw refused;
            }
            throw new IllegalStateException(what, e.getCause());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(what + ": interrupted", e);
        }
    }

    private void step(final HandOver progress, final CompletableFuture<HandOver> done) {
        try {
            if (loop.engine().transport().handOver(progress, CONNECTIONS_A_TURN) == 0) {
                done.complete(progress);
            } else {
                loop.engine().executeNextTurn(() -> step(progress, done));
            }
        } catch (final RuntimeException e) {
            done.completeExceptionally(e);
        }
    }
}
