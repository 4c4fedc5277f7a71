package joyride.shell;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

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
     * Runs {@code work} to its end.
     *
     * @throws E what it throws
     * @throws InterruptedException if the command is interrupted; then the work is too
     */
    @SuppressWarnings("unchecked")
    static <T, E extends Exception> T call(final Work<T, E> work) throws E, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work::run);
        Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("shell control")
                .start(task);
        try {
            return task.get();
        } catch (InterruptedException e) {
            task.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (E) e.getCause();
        }
    }
}
