package joyride.launcher;

import java.util.logging.ConsoleHandler;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** A process that logs from a shutdown hook after the log was reset, as the log manager's own hook does. */
final class Ending {
    private Ending() {}

    public static void main(final String[] arguments) throws InterruptedException {
        final Logger root = Logger.getLogger("");
        root.addHandler(new ConsoleHandler());
        LogManager.getLogManager().reset();
        System.out.println("handlers after a reset: " + root.getHandlers().length);
        root.addHandler(new ConsoleHandler());
        final System.Logger log = System.getLogger("part");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            // Hooks run in no order: by this call it is always after the manager's.
            LogManager.getLogManager().reset();
            log.log(System.Logger.Level.INFO, "stops");
        }));
        System.out.println("ready");
        Thread.sleep(Long.MAX_VALUE);
    }
}
