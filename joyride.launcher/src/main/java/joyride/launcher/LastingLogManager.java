package joyride.launcher;

import java.util.logging.LogManager;

/**
 * Keeps the log while the process ends. The JVM's own manager takes every handler away in a shutdown hook, beside the one that
 * stops the framework, so that what the service's parts say while they stop is lost. Named by {@code java.util.logging.manager}.
 *
 * <p>Nothing is waited for: a handler stays until whoever added it takes it off, as the logging bundle does, which stops last. A
 * handler that nobody takes off is not closed, so it must not hold lines back.
 */
public final class LastingLogManager extends LogManager {
    private static final Thread NEVER_A_HOOK = new Thread();

    /** Made by the JVM, once. */
    public LastingLogManager() {
        // nothing beyond the JVM's own
    }

    /** As the JVM's own until the process ends, then nothing. On any thread. */
    @Override
    public void reset() {
        if (!isEnding()) {
            super.reset();
        }
    }

    /** The one documented way to ask: hooks cannot be changed any more. */
    private static boolean isEnding() {
        try {
            Runtime.getRuntime().removeShutdownHook(NEVER_A_HOOK);
            return false;
        } catch (final IllegalStateException e) {
            return true;
        }
    }
}
