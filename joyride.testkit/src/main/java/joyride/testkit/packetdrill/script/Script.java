package joyride.testkit.packetdrill.script;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A script: what it wants of its surroundings, and what happens in it, in order.
 *
 * @param name of its file, for people
 */
public record Script(String name, ScriptOptions options, List<Event> events) {
    public Script {
        events = List.copyOf(events);
    }

    /** @throws SyntaxException if the text is no script */
    public static Script parse(final String name, final String text) {
        return new ScriptParser(name, text).parse();
    }

    /**
     * @throws SyntaxException if the file is no script
     * @throws IOException if it cannot be read, or is no text; the message says why, for people, and begins with the file
     */
    public static Script read(final Path file) throws IOException {
        return parse(file.getFileName().toString(), ScriptFile.text(file));
    }
}
