package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.List;
import joyride.testkit.packetdrill.script.Action.PacketAction;
import joyride.testkit.packetdrill.script.PacketSpec.IcmpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.IpInfo;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;

/** A packet of a script. */
final class PacketParser {
    /** By bit, from FIN; AE is the ninth (RFC 9768). */
    static final String FLAGS = "FSRP.UEWA";

    private final Scanner in;

    PacketParser(final Scanner in) {
        this.in = in;
    }

    PacketAction parse() {
        final boolean outbound = in.accept(">");
        if (!outbound) {
            in.expect("<");
        }
        final IpInfo ip = ipInfo();
        if (in.acceptWord("icmp")) {
            return new PacketAction(outbound, icmp(ip, false));
        }
        if (in.acceptWord("icmpv6")) {
            return new PacketAction(outbound, icmp(ip, true));
        }
        return new PacketAction(outbound, tcp(ip));
    }

    private IpInfo ipInfo() {
        if (in.accept("[")) {
            final int ecn = in.oneOf("an ECN codepoint", List.of("noecn", "ect1", "ect0", "ce"));
            in.expect("]");
            return new IpInfo(PacketSpec.ANY, PacketSpec.ANY, ecn);
        }
        if (!in.accept("(")) {
            return IpInfo.NONE;
        }
        int ttl = PacketSpec.ANY;
        int tos = PacketSpec.ANY;
        do {
            final int field = in.oneOf("a field of the IP header", List.of("ttl", "hl", "tos", "tc"));
            final int value = number("a byte", 255);
            if (field < 2) {
                ttl = value;
            } else {
                tos = value;
            }
        } while (in.accept(","));
        in.expect(")");
        return new IpInfo(ttl, tos, PacketSpec.ANY);
    }

    private int number(final String what, final long limit) {
        final int mark = in.mark();
        final long value = in.number(what);
        if (value < 0 || value > limit) {
            in.reset(mark);
            throw in.expected(what + " in 0.." + limit);
        }
        return (int) value;
    }

    private TcpSpec tcp(final IpInfo ip) {
        final int flags = flags();
        final boolean anySeq = in.accept("...");
        final Range range = anySeq ? null : range();
        in.expect("(");
        final int length = number("payload bytes", 65535);
        in.expect(")");
        if (range != null && range.end - range.begin != length) {
            throw in.expected("a range of " + length + " bytes before, such as " + range.begin + ":"
                    + (range.begin + length) + ", not " + range.begin + ":" + range.end + "; then the rest, and");
        }
        final boolean absolute = in.accept("!");
        final Long ack = in.acceptWord("ack") ? (Long) in.number("an acknowledgement number") : null;
        final int window = in.acceptWord("win") ? number("a window", 65535) : PacketSpec.ANY;
        final int urgent = in.acceptWord("urg") ? number("an urgent pointer", 65535) : PacketSpec.ANY;
        final List<TcpOption> options = in.accept("<") ? options() : List.of();
        return new TcpSpec(
                ip, flags, range == null ? null : range.begin, absolute, length, ack, window, urgent, options, udp());
    }

    private int flags() {
        if (in.accept("-")) {
            return 0;
        }
        final Position position = in.position();
        final String letters = in.run(FLAGS);
        int flags = 0;
        for (int i = 0; i < letters.length(); i++) {
            flags |= 1 << FLAGS.indexOf(letters.charAt(i));
        }
        if (flags == 0 || Integer.bitCount(flags) != letters.length()) {
            // "...(0)" after no flags would be taken for three ACKs
            throw new SyntaxException(position, "TCP flags, each once, of " + FLAGS + ", or -", "'" + letters + "'");
        }
        return flags;
    }

    private record Range(long begin, long end) {}

    private Range range() {
        final long begin = in.number("a sequence number");
        in.expect(":");
        return new Range(begin, in.number("a sequence number"));
    }

    private List<TcpOption> options() {
        if (in.accept("...")) {
            in.expect(">");
            return null;
        }
        final List<TcpOption> options = new ArrayList<>();
        if (!in.accept(">")) {
            do {
                options.add(OptionParser.parse(in));
            } while (in.accept(","));
            in.expect(">");
        }
        return List.copyOf(options);
    }

    private UdpPorts udp() {
        if (!in.accept("/udp")) {
            return null;
        }
        in.expect("(");
        final int source = number("a UDP port", 65535);
        in.expect(">");
        final int destination = number("a UDP port", 65535);
        in.expect(")");
        return new UdpPorts(source, destination);
    }

    private IcmpSpec icmp(final IpInfo ip, final boolean six) {
        final IcmpNames.Meaning meaning = IcmpNames.parse(in, six);
        final int mtu = in.acceptWord("mtu") ? number("an MTU", 65535) : PacketSpec.ANY;
        in.expect("[");
        final Range range = range();
        in.expect("(");
        final int length = number("payload bytes", 65535);
        in.expect(")");
        final UdpPorts udp = udp();
        in.expect("]");
        return new IcmpSpec(ip, six, meaning.type(), meaning.code(), mtu, range.begin, length, udp);
    }
}
