package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.HexFormat;
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

/** A TCP option of a script. Those that the stack does not know by name become bytes: their order and content count all the same. */
final class OptionParser {
    private static final List<String> NAMES = List.of(
            "nop",
            "eol",
            "mss",
            "wscale",
            "sackOK",
            "sack",
            "TS",
            "FO",
            "md5",
            "kind",
            "gen-N",
            "exp-ID",
            "exp-FO",
            "exp-tarr",
            "AccECN0",
            "AccECN1",
            "exp-AccECN0",
            "exp-AccECN1");

    private static final int BYTE = 255;
    private static final int WORD = 0xffff;
    private static final long COUNTER = 0xffffff;
    private static final int MD5_KIND = 19;
    private static final int RATE = 127;

    /** RFC 6994's second kind, and the identifiers under it. */
    private static final int EXPERIMENT = 254;

    private static final int FAST_OPEN_ID = 0xf989;
    private static final int RATE_ID = 0x00ac;
    private static final int ACCURATE_ECN_ID = 0xacc0;

    /** RFC 9768 §3.2.3. */
    private static final int ACCURATE_ECN_0 = 0xac;

    private static final int ACCURATE_ECN_1 = 0xae;

    private OptionParser() {}

    static TcpOption parse(final Scanner in) {
        final int mark = in.mark();
        return switch (in.word("a TCP option, one of " + String.join(", ", NAMES))) {
            case "nop" -> new Nop();
            case "eol" -> new EndOfList();
            case "mss" -> new MaximumSegmentSize(in.number("a segment size", WORD));
            case "wscale" -> new WindowScale(in.number("a shift", BYTE));
            case "sackOK" -> new SackPermitted();
            case "sack" -> sack(in);
            case "TS" -> timestamp(in);
            case "FO" -> new FastOpen(data(in));
            case "md5" -> md5(in);
            case "kind" -> new Other(in.number("an option's kind", BYTE), data(in));
            case "gen" -> {
                in.expect("-");
                yield new Other(in.number("an option's kind", BYTE), data(in));
            }
            case "exp", "EXP" -> {
                in.expect("-");
                yield experiment(in);
            }
            case "AccECN0" -> new Other(ACCURATE_ECN_0, counters(in, List.of("ee0b", "eceb", "ee1b")));
            case "AccECN1" -> new Other(ACCURATE_ECN_1, counters(in, List.of("ee1b", "eceb", "ee0b")));
            default -> {
                in.reset(mark);
                throw in.expected("a TCP option, one of " + String.join(", ", NAMES));
            }
        };
    }

    private static Other experiment(final Scanner in) {
        final HexFormat hex = HexFormat.of();
        if (in.acceptWord("FO")) {
            return new Other(EXPERIMENT, hex.toHexDigits((short) FAST_OPEN_ID) + data(in));
        }
        if (in.acceptWord("tarr")) {
            final String rate = in.atNumber() ? hex.toHexDigits((byte) (in.number("a rate", RATE) << 1)) : "";
            return new Other(EXPERIMENT, hex.toHexDigits((short) RATE_ID) + rate);
        }
        for (int order = 0; order < 2; order++) {
            if (in.acceptWord("AccECN" + order)) {
                final List<String> names =
                        order == 0 ? List.of("ee0b", "eceb", "ee1b") : List.of("ee1b", "eceb", "ee0b");
                return new Other(EXPERIMENT, hex.toHexDigits((short) (ACCURATE_ECN_ID + order)) + counters(in, names));
            }
        }
        final String id = in.hexadecimal();
        if (id == null || id.length() > 4) {
            throw in.expected("an experiment: FO, tarr, AccECN0, AccECN1, or four hexadecimal digits");
        }
        return new Other(EXPERIMENT, "0".repeat(4 - id.length()) + id + data(in));
    }

    /** Hexadecimal digits, with or without 0x; may be none. */
    private static String data(final Scanner in) {
        in.accept("0x");
        final String bytes = in.hexadecimal();
        if (bytes == null && (in.atWord() || in.atNumber())) {
            throw in.expected("pairs of hexadecimal digits");
        }
        return bytes == null ? "" : bytes;
    }

    private static TcpOption md5(final Scanner in) {
        final String digest = in.hexadecimal();
        return digest == null
                ? new Md5(in.oneOf("whether the digest is right", List.of("valid", "invalid")) == 0)
                : new Other(MD5_KIND, digest);
    }

    /** Counters of 24 bits, in this order, of which the last may be left out. */
    private static String counters(final Scanner in, final List<String> names) {
        final StringBuilder bytes = new StringBuilder();
        for (final String name : names) {
            if (!in.acceptWord(name)) {
                break;
            }
            bytes.append(HexFormat.of().toHexDigits(in.number("a counter of 24 bits", COUNTER), 6));
        }
        return bytes.toString();
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
        final Integer value = in.accept("...") ? null : (Integer) (int) in.number("a timestamp");
        if (!in.acceptWord("ecr")) {
            throw in.expected("'ecr'");
        }
        final int echo = (int) in.number("a timestamp");
        return new Timestamp(value, echo, in.accept("!"));
    }
}
