package joyride.shell.client;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The program behind {@code joyride shell}. With {@code -c COMMAND} it runs the commands given; with a terminal it reads them
 * with line editing; else it takes one from each line of its input. Its exit status is that of the last command, 2 for
 * wrong arguments, 69 if the service is not there.
 */
public final class ShellClient {
    private static final int USAGE = 2;
    private static final int UNAVAILABLE = 69;

    private ShellClient() {}

    /** @param arguments the socket's path, then options */
    public static void main(final String[] arguments) {
        System.exit(run(arguments));
    }

    static int run(final String[] arguments) {
        List<String> commands = new ArrayList<>();
        for (int i = 1; i < arguments.length; i += 2) {
            if (!arguments[i].equals("-c") || i + 1 == arguments.length) {
                return usage();
            }
            commands.add(arguments[i + 1]);
        }
        if (arguments.length == 0) {
            return usage();
        }
        Path socket = Path.of(arguments[0]);
        Console console = System.console();
        boolean terminal = console != null && console.isTerminal();
        try {
            if (commands.isEmpty() && terminal) {
                return Editor.run(socket);
            }
            try (ServerLink link = new ServerLink(socket, terminal ? width() : 0)) {
                return commands.isEmpty() ? script(link) : all(link, commands);
            }
        } catch (IOException e) {
            System.err.println("joyride shell: " + e.getMessage());
            return UNAVAILABLE;
        }
    }

    private static int usage() {
        System.err.println("usage: joyride shell [-c COMMAND]…");
        return USAGE;
    }

    private static int all(final ServerLink link, final List<String> commands) throws IOException {
        int status = 0;
        for (String command : commands) {
            status = link.run(command);
        }
        return status;
    }

    private static int script(final ServerLink link) throws IOException {
        int status = 0;
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (!line.isBlank()) {
                status = link.run(line);
            }
        }
        return status;
    }

    /** What the command or the shell around it says of the terminal's width; 0: nothing. */
    private static int width() {
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9][0-9]{0,4}") ? Integer.parseInt(columns) : 0;
    }
}
