package joyride.testkit.packetdrill.script;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --define=NAME} and {@code --define=NAME=VALUE} of a script define.
 *
 * @param names for {@code #ifdef}
 * @param numbers that stand for names in calls
 */
record Definitions(Set<String> names, Map<String, Long> numbers) {
    private static final Pattern LINE = Pattern.compile("\\s*--define=(\\w+)(?:=(\\S+))?\\s*(?://.*)?");

    /** The behaviour to reach is FreeBSD's. */
    private static final String ALWAYS = "FreeBSD";

    static Definitions of(final String file, final String text) {
        final Set<String> names = new HashSet<>(Set.of(ALWAYS));
        final Map<String, Long> numbers = new HashMap<>();
        final List<String> lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            final Matcher line = LINE.matcher(lines.get(i));
            if (line.matches()) {
                names.add(line.group(1));
                if (line.group(2) != null) {
                    numbers.put(line.group(1), number(line.group(2), new Position(file, i + 1, 1)));
                }
            }
        }
        return new Definitions(names, numbers);
    }

    private static long number(final String value, final Position position) {
        try {
            return Long.decode(value);
        } catch (final NumberFormatException e) {
            throw new SyntaxException(position, "--define=NAME or --define=NAME=NUMBER", "'" + value + "'");
        }
    }
}
