package joyride.testkit.packetdrill.script;

import java.util.List;
import java.util.Map;
import joyride.testkit.packetdrill.script.PacketSpec.IpInfo;

/** What a script says of a packet's IP header: {@code (ttl 4, tos 0x20)}, {@code [ect0]}, {@code (hlim 64, dscp ef, ecn ce)}. */
final class IpInfoParser {
    private static final int BYTE = 255;
    private static final int LABEL = 0xfffff;
    private static final int ECN_MASK = 3;
    private static final int DSCP_MASK = 0xfc;

    /** By codepoint, RFC 3168 §5. */
    private static final List<String> ECN = List.of("noecn", "ect1", "ect0", "ce");

    /** RFC 2474, RFC 2597, RFC 3246, RFC 5865, RFC 8622; the class selectors are made of their numbers. */
    private static final Map<String, Integer> DSCP = Map.of("ef", 46, "voice_admit", 44, "le", 1);

    private final Scanner in;
    private int ttl = PacketSpec.ANY;
    private int tos;
    private int mask;
    private boolean ect;
    private int label = PacketSpec.ANY;

    IpInfoParser(final Scanner in) {
        this.in = in;
    }

    IpInfo parse() {
        final String end = in.accept("[") ? "]" : in.accept("(") ? ")" : null;
        if (end == null) {
            return IpInfo.NONE;
        }
        do {
            field();
        } while (in.accept(","));
        in.expect(end);
        return new IpInfo(ttl, tos, mask, ect, label);
    }

    private void field() {
        final int mark = in.mark();
        switch (in.word("a field of the IP header")) {
            case "ttl", "hl", "hlim" -> ttl = in.number("a byte", BYTE);
            case "tos", "tc", "class" -> bits(mark, in.number("a byte", BYTE), BYTE);
            case "flowlabel" -> label = in.number("a flow label", LABEL);
            case "dscp" -> bits(mark, dscp() << 2, DSCP_MASK);
            case "ecn" -> ecn(in.mark(), in.word("an ECN codepoint"));
            case final String word -> ecn(mark, word);
        }
    }

    private void ecn(final int mark, final String word) {
        if (word.equals("ect01")) {
            ect = true;
            return;
        }
        final int codepoint = ECN.indexOf(word);
        if (codepoint < 0) {
            in.reset(mark);
            throw in.expected("a field of the IP header, one of ttl, hlim, tos, class, dscp, ecn, flowlabel, ect01, "
                    + String.join(", ", ECN));
        }
        bits(mark, codepoint, ECN_MASK);
    }

    private void bits(final int mark, final int value, final int which) {
        if ((mask & which) != 0) {
            in.reset(mark);
            throw in.expected("each bit of the byte once");
        }
        tos |= value;
        mask |= which;
    }

    private int dscp() {
        if (in.atNumber()) {
            return in.number("a codepoint", DSCP_MASK >> 2);
        }
        final int mark = in.mark();
        final String word = in.word("a codepoint");
        if (word.matches("cs[0-7]")) {
            return (word.charAt(2) - '0') << 3;
        }
        if (word.matches("af[1-4][1-3]")) {
            return (word.charAt(2) - '0') << 3 | (word.charAt(3) - '0') << 1;
        }
        if (word.equals("voice") && in.accept("-admit")) {
            return DSCP.get("voice_admit");
        }
        if (!DSCP.containsKey(word)) {
            in.reset(mark);
            throw in.expected("a codepoint: a number, csN, afNN, ef, le, voice-admit");
        }
        return DSCP.get(word);
    }
}
