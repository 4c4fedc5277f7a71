package joyride.shell;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs what changes the service on a thread of its own. On a command's thread Gogo gives the session all that is printed, and
 * what the service logs meanwhile would be missing from its log.
 */
final class Aside {
    private Aside() {}

    /** Something to do that may fail. */
    @FunctionalInterface
    interface Work<T, E extends Exception> {
        T run() throws E;
    }

    /**
     * Runs {@code work} to its end, or leaves it alone after some seconds: then it goes on by itself.
     *
     * @throws E what it throws
     * @throws TimeoutException if it has not ended in time
     * @throws ShellException if the command is interrupted; the work goes on, for half of it would be worse than all
     */
    @SuppressWarnings("unchecked")
    static <T, E extends Exception> T call(final long seconds, final Work<T, E> work) throws E, TimeoutException {
        FutureTask<T> task = start(work);
        try {
            return task.get(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw leftAlone();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (E) e.getCause();
        }
    }

    private static ShellException leftAlone() {
        return new ShellException(Runner.INTERRUPTED, "interrupted; what was begun goes on in the service");
    }

    private static <T, E extends Exception> FutureTask<T> start(final Work<T, E> work) {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("shell control")
                .start(task);
        return task;
    }

    /**
     * Runs {@code work} to its end.
     *
     * @throws E what it throws
     * @throws ShellException if the command is interrupted; the work goes on, for half of it would be worse than all
     */
    @SuppressWarnings("unchecked")
    static <T, E extends Exception> T call(final Work<T, E> work) throws E {
        FutureTask<T> task = start(work);
        try {
            return task.get();
        } catch (InterruptedException e) {
            throw leftAlone();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (E) e.getCause();
        }
    }
}
