package joyride.core.service;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import joyride.api.admin.AdminException;

/** Calls into other bundles that may never return. */
final class Bounded {
    private Bounded() {}

    /**
     * Runs {@code call} on a thread of its own. One that does not return in time is left alone with its thread: whatever it uses
     * stays.
     *
     * @param what for the message, as {@code close of nic0's port}
     * @throws TimeoutException if it does not return in time
     * @throws Exception what it throws
     */
    static <T> T call(final String what, final long seconds, final Callable<T> call) throws Exception {
        final FutureTask<T> task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().name("joyride " + what).start(task);
        try {
            return task.get(seconds, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (Exception) e.getCause();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminException(what + " was interrupted");
        }
    }
}
