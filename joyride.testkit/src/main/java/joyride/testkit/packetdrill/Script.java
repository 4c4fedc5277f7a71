package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A script, line by line.
 *
 * @param mtu of the interface
 * @param tolerance by which a packet may come early or late, s
 * @param events in their order
 */
public record Script(int mtu, double tolerance, List<Event> events) {
    private static final Pattern TIMED = Pattern.compile("(\\+?)\\s*(\\d+(?:\\.\\d*)?|\\.\\d+|\\*)\\s+(.*)");
    private static final double DEFAULT_TOLERANCE = 0.004;

    /** What the stack's interfaces take. */
    private static final int LEAST_MTU = 576;

    /**
     * Something that happens.
     *
     * @param line where it stands
     * @param relative whether {@code time} counts from the event before
     * @param time s; negative: any time
     * @param text what
     */
    public record Event(int line, boolean relative, double time, String text) {}

    /** @throws ScriptException if a line is not understood, or asks for another address family or protocol */
    public static Script parse(final List<String> lines) {
        int mtu = 1500;
        double tolerance = DEFAULT_TOLERANCE;
        final List<Event> events = new ArrayList<>();
        boolean skip = false;
        for (int i = 0; i < lines.size(); i++) {
            final String line = lines.get(i).replaceAll("//.*", "").trim();
            if (line.startsWith("#ifdef")) {
                // The kernel's behaviour where it is not what the standard says.
                skip = !line.endsWith("FreeBSD");
            } else if (line.startsWith("#endif")) {
                skip = false;
            } else if (line.startsWith("--mtu=")) {
                mtu = Integer.parseInt(value(line));
                require(mtu >= LEAST_MTU, line);
            } else if (line.startsWith("--tolerance_usecs=")) {
                tolerance = Integer.parseInt(value(line)) / 1e6;
            } else if (line.startsWith("--ip_version=")) {
                require(value(line).equals("ipv4"), line);
            } else if (line.startsWith("--")) {
                require(line.startsWith("--non_fatal"), line);
            } else if (!line.isEmpty() && !skip) {
                events.add(event(i + 1, line));
            }
        }
        return new Script(mtu, tolerance, List.copyOf(events));
    }

    private static String value(final String option) {
        return option.substring(option.indexOf('=') + 1).trim();
    }

    private static void require(final boolean known, final String line) {
        if (!known) {
            throw ScriptException.unsupported("option " + line);
        }
    }

    private static Event event(final int number, final String line) {
        final Matcher matcher = TIMED.matcher(line);
        if (!matcher.matches()) {
            throw ScriptException.unsupported("line " + number + ": " + line);
        }
        final double time = matcher.group(2).equals("*") ? -1 : Double.parseDouble(matcher.group(2));
        return new Event(
                number, !matcher.group(1).isEmpty(), time, matcher.group(3).trim());
    }
}
