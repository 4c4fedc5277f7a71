package joyride.core.service;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import joyride.linux.Processes;
import joyride.linux.SystemError;

/** Starts this process's program afresh in its place: same process, same command line, nothing of what it had. */
final class Restart {
    private static final String COUNT = "JOYRIDE_RESTARTS";
    private static final int MOST = 5;
    private static final int FIRST_OWN = 3;

    private Restart() {}

    /** Does not return if it succeeds. @return why it did not: one phrase; also after 5 restarts in a row, which help nobody */
    static String inPlace() {
        final String before = System.getenv(COUNT);
        final int count = before == null ? 0 : Integer.parseInt(before);
        if (count >= MOST) {
            return "it has been started again " + count + " times";
        }
        try {
            final String[] words =
                    new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8).split("\0");
            Processes.environment(COUNT, Integer.toString(count + 1));
            // The JVM's sockets are not close-on-exec: they would go on answering.
            Processes.closeOnExecute(FIRST_OWN);
            return "execv: " + SystemError.text(-Processes.execute("/proc/self/exe", List.of(words)));
        } catch (final IOException e) {
            return e.toString();
        }
    }
}
