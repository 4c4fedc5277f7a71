package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.List;
import joyride.testkit.packetdrill.script.TcpOption.EndOfList;
import joyride.testkit.packetdrill.script.TcpOption.FastOpen;
import joyride.testkit.packetdrill.script.TcpOption.MaximumSegmentSize;
import joyride.testkit.packetdrill.script.TcpOption.Md5;
import joyride.testkit.packetdrill.script.TcpOption.Nop;
import joyride.testkit.packetdrill.script.TcpOption.Other;
import joyride.testkit.packetdrill.script.TcpOption.Sack;
import joyride.testkit.packetdrill.script.TcpOption.SackPermitted;
import joyride.testkit.packetdrill.script.TcpOption.Timestamp;
import joyride.testkit.packetdrill.script.TcpOption.WindowScale;

/** A TCP option of a script. */
final class OptionParser {
    private static final List<String> NAMES =
            List.of("nop", "eol", "mss", "wscale", "sackOK", "sack", "TS", "FO", "md5", "kind");
    private static final String HEX = "0123456789abcdefABCDEF";

    private OptionParser() {}

    static TcpOption parse(final Scanner in) {
        return switch (in.oneOf("a TCP option", NAMES)) {
            case 0 -> new Nop();
            case 1 -> new EndOfList();
            case 2 -> new MaximumSegmentSize((int) in.number("a segment size"));
            case 3 -> new WindowScale((int) in.number("a shift"));
            case 4 -> new SackPermitted();
            case 5 -> sack(in);
            case 6 -> timestamp(in);
            case 7 -> new FastOpen(in.run(HEX).toLowerCase());
            case 8 -> new Md5(in.oneOf("whether the digest is right", List.of("valid", "invalid")) == 0);
            default ->
                new Other((int) in.number("an option's kind"), in.run(HEX).toLowerCase());
        };
    }

    private static Sack sack(final Scanner in) {
        final List<Long> edges = new ArrayList<>();
        do {
            edges.add(in.number("a block's left edge"));
            in.expect(":");
            edges.add(in.number("a block's right edge"));
        } while (in.atNumber());
        return new Sack(List.copyOf(edges));
    }

    private static Timestamp timestamp(final Scanner in) {
        if (!in.acceptWord("val")) {
            throw in.expected("'val'");
        }
        final int value = (int) in.number("a timestamp");
        if (!in.acceptWord("ecr")) {
            throw in.expected("'ecr'");
        }
        return new Timestamp(value, (int) in.number("a timestamp"));
    }
}
