package joyride.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.Process;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Component;

/** What stands behind a pipe: Gogo's runtime brings none. */
@Component(service = TextCommands.class)
@GogoCommand(
        scope = "joyride",
        function = {"grep", "head", "tail", "count"})
public final class TextCommands {
    private static final String LINES = "10";

    /** Lines that a pattern matches. Fails if there is none, as the program of this name does. */
    @Descriptor("shows the lines that match a regular expression; fails if there is none")
    public void grep(
            @Descriptor("upper and lower case alike")
                    @Parameter(
                            names = {"-i", "--ignore-case"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean ignoreCase,
            @Descriptor("the lines that do not match")
                    @Parameter(
                            names = {"-v", "--invert"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean invert,
            @Descriptor("regular expression") final String expression)
            throws IOException {
        Pattern pattern;
        try {
            pattern = Pattern.compile(expression, ignoreCase ? Pattern.CASE_INSENSITIVE : 0);
        } catch (PatternSyntaxException e) {
            throw new ShellException(2, "'" + expression + "' is no regular expression: " + e.getDescription());
        }
        boolean found = false;
        BufferedReader in = input();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (pattern.matcher(line).find() != invert) {
                found = true;
                output(line);
            }
        }
        if (!found) {
            throw new ShellException("no line matches '" + expression + "'");
        }
    }

    /** The first lines. */
    @Descriptor("shows the first lines")
    public void head(
            @Descriptor("how many (default " + LINES + ")")
                    @Parameter(
                            names = {"-n", "--lines"},
                            absentValue = LINES)
                    final int lines)
            throws IOException {
        BufferedReader in = input();
        int shown = 0;
        // Reads to the end, so that the command before the pipe never writes to a closed one.
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (shown++ < lines) {
                output(line);
            }
        }
    }

    /** The last lines. */
    @Descriptor("shows the last lines")
    public void tail(
            @Descriptor("how many (default " + LINES + ")")
                    @Parameter(
                            names = {"-n", "--lines"},
                            absentValue = LINES)
                    final int lines)
            throws IOException {
        BufferedReader in = input();
        Deque<String> last = new ArrayDeque<>();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            last.add(line);
            if (last.size() > lines) {
                last.remove();
            }
        }
        last.forEach(TextCommands::output);
    }

    /** How many lines there are. */
    @Descriptor("counts the lines")
    public long count() throws IOException {
        return input().lines().count();
    }

    private static BufferedReader input() {
        return new BufferedReader(new InputStreamReader(Process.Utils.current().in(), StandardCharsets.UTF_8));
    }

    private static void output(final String line) {
        Process.Utils.current().out().println(line);
    }
}
