package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A TCP packet as a script writes it: {@code > S. 0:0(0) ack 1 win 65535 <mss 1460,nop,wscale 6>}.
 *
 * @param outbound whether the stack sends it
 * @param flags of the header
 * @param seq from the ISN; -1: any
 * @param length payload bytes
 * @param ack from the peer's ISN; null: none said
 * @param window null: any
 * @param options null: any
 */
record PacketLine(boolean outbound, int flags, long seq, int length, Long ack, Integer window, List<String> options) {
    private static final Pattern TCP =
            Pattern.compile("([<>])\\s+([SFRPUEW.]+|-)?\\s*(?:(\\d+):\\d+|\\.\\.\\.)\\((\\d+)\\)"
                    + "\\s*(?:ack\\s+(\\d+))?\\s*(?:win\\s+(\\d+))?\\s*(?:<(.*)>)?");
    private static final String FLAGS = "FSRP.UEW";

    static PacketLine parse(final String text) {
        final Matcher matcher = TCP.matcher(text);
        if (!matcher.matches()) {
            throw ScriptException.unsupported("packet");
        }
        return new PacketLine(
                matcher.group(1).equals(">"),
                flags(matcher.group(2)),
                matcher.group(3) == null ? -1 : Long.parseLong(matcher.group(3)),
                Integer.parseInt(matcher.group(4)),
                matcher.group(5) == null ? null : Long.valueOf(matcher.group(5)),
                matcher.group(6) == null ? null : Integer.valueOf(matcher.group(6)),
                options(matcher.group(7)));
    }

    private static int flags(final String letters) {
        int flags = 0;
        for (int i = 0; letters != null && i < letters.length(); i++) {
            final int bit = FLAGS.indexOf(letters.charAt(i));
            flags |= bit < 0 ? 0 : 1 << bit;
        }
        return flags;
    }

    private static List<String> options(final String text) {
        final List<String> options = new ArrayList<>();
        if (text == null || text.isBlank()) {
            return options;
        }
        if (text.trim().equals("...")) {
            return null;
        }
        for (final String option : text.split(",")) {
            options.add(option.trim().replaceAll("\\s+", " "));
        }
        return options;
    }
}
