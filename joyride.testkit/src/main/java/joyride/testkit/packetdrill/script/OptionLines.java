package joyride.testkit.packetdrill.script;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import joyride.api.net.IpAddress;

/** The {@code --name=value} lines at a script's beginning. */
final class OptionLines {
    private static final List<String> VERSIONS = List.of("ipv4", "ipv6", "ipv4-mapped-ipv6");
    private static final List<String> FAMILIES = List.of("local_ip", "remote_ip");

    private final Scanner in;
    private final Map<String, String> values = new HashMap<>();

    OptionLines(final Scanner in) {
        this.in = in;
    }

    ScriptOptions parse() {
        while (in.peek("-")) {
            if (!in.acceptWord("-v")) {
                option();
            }
        }
        return ScriptOptions.of(values);
    }

    private void option() {
        final int mark = in.mark();
        in.expect("--");
        final String name = in.word("an option's name");
        if (!ScriptOptions.KNOWN.contains(name) && !ScriptOptions.NEEDLESS.contains(name)) {
            in.reset(mark);
            final TreeSet<String> all = new TreeSet<>(ScriptOptions.KNOWN);
            all.addAll(ScriptOptions.NEEDLESS);
            throw in.expected("an option, one of " + all);
        }
        final Position position = in.position();
        final String value = in.accept("=") ? quoted() : "";
        check(name, value, position);
        values.put(name, value);
    }

    private String quoted() {
        return in.accept("\"") ? in.until("\"") : in.solid();
    }

    private static void check(final String name, final String value, final Position position) {
        final long[] range = ScriptOptions.NUMBERS.get(name);
        if (range != null && !isIn(value, range)) {
            throw new SyntaxException(
                    position, "a number for --" + name + " in " + range[0] + ".." + range[1], "'" + value + "'");
        }
        if (name.equals("ip_version") && !VERSIONS.contains(value)) {
            throw new SyntaxException(position, "one of " + VERSIONS, "'" + value + "'");
        }
        if (FAMILIES.contains(name)) {
            try {
                IpAddress.parse(address(value));
            } catch (final IllegalArgumentException e) {
                throw new SyntaxException(position, "an address for --" + name, "'" + value + "'");
            }
        }
    }

    /** Without the length of its prefix. */
    static String address(final String value) {
        return value.replaceFirst("/\\d+$", "");
    }

    private static boolean isIn(final String value, final long[] range) {
        return value.matches("\\d{1,9}") && Long.parseLong(value) >= range[0] && Long.parseLong(value) <= range[1];
    }
}
