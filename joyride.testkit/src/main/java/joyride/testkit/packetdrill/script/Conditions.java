package joyride.testkit.packetdrill.script;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/** {@code #ifdef NAME … #else … #endif}: blanks out what is not meant for this stack; lines keep their numbers. */
final class Conditions {
    private Conditions() {}

    /** @param defined names that are defined */
    static String apply(final String file, final String text, final Set<String> defined) {
        final List<String> lines = text.lines().toList();
        final StringBuilder result = new StringBuilder(text.length());
        final Deque<Boolean> taken = new ArrayDeque<>();
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i);
            final String stripped = line.strip();
            if (stripped.startsWith("#")) {
                directive(taken, stripped, defined, new Position(file, i + 1, 1));
            } else if (!taken.contains(false)) {
                result.append(line);
            }
            result.append('\n');
        }
        if (!taken.isEmpty()) {
            throw new SyntaxException(new Position(file, lines.size(), 1), "#endif", "the end of the script");
        }
        return result.toString();
    }

    private static void directive(
            final Deque<Boolean> taken, final String line, final Set<String> defined, final Position position) {
        final String[] words = line.split("\\s+");
        final boolean conditional = words[0].equals("#ifdef") || words[0].equals("#ifndef");
        if (conditional && words.length == 2) {
            taken.push(defined.contains(words[1]) == words[0].equals("#ifdef"));
        } else if (words[0].equals("#else") && !taken.isEmpty()) {
            taken.push(!taken.pop());
        } else if (words[0].equals("#endif") && !taken.isEmpty()) {
            taken.pop();
        } else {
            throw new SyntaxException(position, "#ifdef NAME, #ifndef NAME, #else or #endif", "'" + line + "'");
        }
    }
}
