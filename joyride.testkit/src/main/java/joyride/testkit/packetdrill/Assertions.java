package joyride.testkit.packetdrill;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code %{ assert tcpi_state == TCPI_ESTABLISHED }%}: comparisons of fields of Linux's struct tcp_info. */
final class Assertions {
    private static final int ROOM = 256;
    private static final Pattern ASSERT = Pattern.compile("assert\\s+(\\w+)\\s*(==|!=|<=|>=|<|>)\\s*(.+)");

    /** Offset of one-byte fields. */
    private static final Map<String, Integer> BYTES =
            Map.of("tcpi_state", 0, "tcpi_retransmits", 2, "tcpi_probes", 3, "tcpi_backoff", 4, "tcpi_options", 5);

    /** Offset of 32-bit fields. */
    private static final Map<String, Integer> WORDS = Map.ofEntries(
            Map.entry("tcpi_rto", 8),
            Map.entry("tcpi_snd_mss", 16),
            Map.entry("tcpi_rcv_mss", 20),
            Map.entry("tcpi_unacked", 24),
            Map.entry("tcpi_rtt", 68),
            Map.entry("tcpi_rttvar", 72),
            Map.entry("tcpi_snd_ssthresh", 76),
            Map.entry("tcpi_snd_cwnd", 80),
            Map.entry("tcpi_delivered_ce", 196),
            Map.entry("tcpi_received_ce", 248));

    private static final Map<String, Integer> NAMES = Map.ofEntries(
            Map.entry("TCPI_ESTABLISHED", 1),
            Map.entry("TCPI_SYN_SENT", 2),
            Map.entry("TCPI_SYN_RECEIVED", 3),
            Map.entry("TCPI_FIN_WAIT_1", 4),
            Map.entry("TCPI_FIN_WAIT_2", 5),
            Map.entry("TCPI_TIME_WAIT", 6),
            Map.entry("TCPI_CLOSED", 7),
            Map.entry("TCPI_CLOSE_WAIT", 8),
            Map.entry("TCPI_LAST_ACK", 9),
            Map.entry("TCPI_LISTEN", 10),
            Map.entry("TCPI_CLOSING", 11),
            Map.entry("TCPI_OPT_TIMESTAMPS", 1),
            Map.entry("TCPI_OPT_SACK", 2),
            Map.entry("TCPI_OPT_WSCALE", 4),
            Map.entry("TCPI_OPT_ECN", 8));

    private Assertions() {}

    static void check(final String code, final Descriptor descriptor) {
        for (final String line : code.split("[\\n;]")) {
            if (!line.isBlank()) {
                assertLine(line.strip(), descriptor);
            }
        }
    }

    private static void assertLine(final String line, final Descriptor descriptor) {
        final Matcher matcher = ASSERT.matcher(line);
        if (!matcher.matches()) {
            throw Mismatch.unsupported("the code " + line);
        }
        if (descriptor == null) {
            throw Mismatch.of("there is no socket to ask");
        }
        final long actual = field(matcher.group(1), descriptor);
        final long wanted = value(matcher.group(3));
        final boolean holds = switch (matcher.group(2)) {
            case "==" -> actual == wanted;
            case "!=" -> actual != wanted;
            case "<=" -> actual <= wanted;
            case ">=" -> actual >= wanted;
            case "<" -> actual < wanted;
            default -> actual > wanted;
        };
        if (!holds) {
            throw Mismatch.of(matcher.group(1) + " is " + actual + ", not " + matcher.group(2) + " "
                    + matcher.group(3).strip() + " (" + wanted + ")");
        }
    }

    private static long field(final String name, final Descriptor descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(ROOM);
            final int length = descriptor.endpoint.socket().tcpInfo(info.address(), ROOM);
            if (BYTES.containsKey(name) && BYTES.get(name) < length) {
                return Byte.toUnsignedLong(info.get(ValueLayout.JAVA_BYTE, BYTES.get(name)));
            }
            if (WORDS.containsKey(name) && WORDS.get(name) + 4 <= length) {
                return Integer.toUnsignedLong(info.get(ValueLayout.JAVA_INT, WORDS.get(name)));
            }
            throw Mismatch.unsupported("the field " + name);
        }
    }

    private static long value(final String expression) {
        long bits = 0;
        for (final String word : expression.replaceAll("[()]", " ").split("\\|")) {
            final String name = word.strip();
            if (name.matches("\\d+")) {
                bits |= Long.parseLong(name);
            } else if (NAMES.containsKey(name)) {
                bits |= NAMES.get(name);
            } else {
                throw Mismatch.unsupported("the name " + name);
            }
        }
        return bits;
    }
}
