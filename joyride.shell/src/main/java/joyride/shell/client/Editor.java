package joyride.shell.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** The interactive mode: line editing, history, completion by the service, Ctrl-C for the running command. */
final class Editor implements Completer {
    private final ServerLink link;

    private Editor(final ServerLink link) {
        this.link = link;
    }

    static int run(final Path socket) throws IOException {
        try (Terminal terminal =
                        TerminalBuilder.builder().name("joyride").system(true).build();
                ServerLink link = new ServerLink(socket, terminal.getWidth())) {
            Editor editor = new Editor(link);
            DefaultParser parser = new DefaultParser();
            // The service parses; here a word is what lies between blanks.
            parser.setQuoteChars(new char[0]);
            parser.setEscapeChars(new char[0]);
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .completer(editor)
                    .parser(parser)
                    .variable(LineReader.HISTORY_FILE, socket.resolveSibling("shell.history"))
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            terminal.handle(Terminal.Signal.INT, signal -> link.interrupt());
            terminal.writer()
                    .println("Joyride. help lists the commands, help NAME explains one; exit or Ctrl-D leaves.");
            return editor.loop(reader, terminal);
        }
    }

    private int loop(final LineReader reader, final Terminal terminal) throws IOException {
        int status = 0;
        Size size = terminal.getSize();
        while (true) {
            String line;
            try {
                line = reader.readLine("joyride> ").strip();
            } catch (UserInterruptException e) {
                continue;
            } catch (EndOfFileException e) {
                return status;
            }
            if (line.equals("exit") || line.equals("quit")) {
                return status;
            }
            if (line.isEmpty()) {
                continue;
            }
            if (!terminal.getSize().equals(size)) {
                size = terminal.getSize();
                link.resize(size.getColumns());
            }
            terminal.flush();
            status = link.run(line);
        }
    }

    @Override
    public void complete(final LineReader reader, final ParsedLine line, final List<Candidate> candidates) {
        try {
            for (String[] row : link.complete(line.line(), line.cursor())) {
                String description = row.length > 1 && !row[1].isEmpty() ? row[1] : null;
                candidates.add(new Candidate(row[0], row[0], null, description, null, null, true));
            }
        } catch (IOException e) {
            // No candidates; the next command says that the service is gone.
        }
    }
}
