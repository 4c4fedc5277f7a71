package joyride.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In a process of its own, which a signal ends. */
@Timeout(60)
class LastingLogManagerTest {
    private static final int SIGTERM_STATUS = 143;

    @Test
    void shouldLogWhatHooksSayWhenASignalEndsTheProcess() throws Exception {
        final Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.util.logging.manager=" + LastingLogManager.class.getName(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Ending.class.getName())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader output = process.inputReader()) {
            assertEquals("handlers after a reset: 0", output.readLine());
            assertEquals("ready", output.readLine());
            // Destroying by the Process would close the stream that the last lines come by.
            process.toHandle().destroy();
            final List<String> last = output.lines().toList();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertTrue(!last.isEmpty() && last.getLast().equals("INFO: stops"), last.toString());
            assertEquals(SIGTERM_STATUS, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }
}
