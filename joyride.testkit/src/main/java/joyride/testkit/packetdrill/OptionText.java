package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.simulation.Segment;

/** TCP options between a script's words and their bytes. */
final class OptionText {
    private static final int END = 0;
    private static final int NOP = 1;
    private static final int MSS = 2;
    private static final int SCALE = 3;
    private static final int SACK_PERMITTED = 4;
    private static final int SACK = 5;
    private static final int TIMESTAMP = 8;

    private OptionText() {}

    /**
     * Adds options to a segment.
     *
     * @param iss that SACK edges count from
     * @param timestamps the stack's timestamps by what the script calls them
     */
    static Segment add(
            final Segment segment, final List<String> options, final int iss, final Map<Integer, Integer> timestamps) {
        Segment result = segment;
        for (final String option : options) {
            final String[] words = option.split(" ");
            result = switch (words[0]) {
                case "nop" -> result.option(NOP);
                case "eol" -> result.option(END);
                case "mss" -> result.mss(Integer.parseInt(words[1]));
                case "wscale" -> result.option(SCALE, 3, Integer.parseInt(words[1]));
                case "sackOK" -> result.option(SACK_PERMITTED, 2);
                case "TS" -> {
                    final int echo = Integer.parseInt(words[4]);
                    yield word(
                            word(result.option(TIMESTAMP, 10), Integer.parseInt(words[2])),
                            timestamps.getOrDefault(echo, echo));
                }
                case "sack" -> sack(result, words, iss);
                default -> throw ScriptException.unsupported("option " + option);
            };
        }
        return result;
    }

    private static Segment sack(final Segment segment, final String[] words, final int iss) {
        Segment result = segment.option(SACK, 2 + 8 * (words.length - 1));
        for (int i = 1; i < words.length; i++) {
            for (final String edge : words[i].split(":")) {
                result = word(result, iss + Integer.parseInt(edge));
            }
        }
        return result;
    }

    private static Segment word(final Segment segment, final int value) {
        return segment.option(value >>> 24, value >>> 16, value >>> 8, value);
    }

    /** A segment's options in a script's words, timestamps without their values. @param irs that SACK edges count from */
    static List<String> of(final Segment segment, final int irs) {
        final List<String> options = new ArrayList<>();
        final byte[] bytes = segment.options();
        for (int i = 0; i < bytes.length; ) {
            switch (bytes[i]) {
                case END -> options.add("eol");
                case NOP -> options.add("nop");
                case MSS -> options.add("mss " + ((bytes[i + 2] & 0xff) << 8 | bytes[i + 3] & 0xff));
                case SCALE -> options.add("wscale " + bytes[i + 2]);
                case SACK_PERMITTED -> options.add("sackOK");
                case SACK -> options.add(blocks(segment.sackEdges(), irs));
                case TIMESTAMP -> options.add("TS");
                default -> options.add("kind " + bytes[i]);
            }
            i += bytes[i] <= NOP ? 1 : Math.max(bytes[i + 1], 2);
        }
        return options;
    }

    private static String blocks(final int[] edges, final int irs) {
        final StringBuilder text = new StringBuilder("sack");
        for (int i = 0; i < edges.length; i += 2) {
            text.append(' ').append(edges[i] - irs).append(':').append(edges[i + 1] - irs);
        }
        return text.toString();
    }

    /** What a script expects, in the form of {@link #of}. */
    static List<String> withoutValues(final List<String> options) {
        return options.stream()
                .map(option -> option.startsWith("TS ") ? "TS" : option)
                .toList();
    }
}
