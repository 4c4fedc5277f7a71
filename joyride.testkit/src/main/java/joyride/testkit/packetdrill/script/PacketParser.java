package joyride.testkit.packetdrill.script;

import java.util.ArrayList;
import java.util.List;
import joyride.testkit.packetdrill.script.Action.PacketAction;
import joyride.testkit.packetdrill.script.PacketSpec.IcmpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.IpInfo;
import joyride.testkit.packetdrill.script.PacketSpec.Ports;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;

/** A packet of a script. */
final class PacketParser {
    /** By bit, from FIN; AE is the ninth (RFC 9768). */
    static final String FLAGS = "FSRP.UEWA";

    private static final String COUNTERS = "01234567";
    private static final int ECE_BIT = 6;
    private static final int ECHOES = 7 << ECE_BIT;

    private static final List<String> FOREIGN = List.of("ipv4", "ipv6", "gre", "mpls", "udp", "udplite", "sctp");

    private final Scanner in;
    private final boolean six;

    /** @param six whether packets are IPv6's, and so {@code icmp} means ICMPv6 */
    PacketParser(final Scanner in, final boolean six) {
        this.in = in;
        this.six = six;
    }

    PacketAction parse() {
        final boolean outbound = in.accept(">");
        if (!outbound) {
            in.expect("<");
        }
        final IpInfo ip = new IpInfoParser(in).parse();
        if (in.acceptWord("icmp")) {
            return new PacketAction(outbound, icmp(ip, six));
        }
        if (in.acceptWord("icmpv6")) {
            return new PacketAction(outbound, icmp(ip, true));
        }
        for (final String word : FOREIGN) {
            if (in.peekWord(word)) {
                throw in.expected("a TCP segment or an ICMP error; tunnels and other transports are not played here");
            }
        }
        return new PacketAction(outbound, tcp(ip));
    }

    private int number(final String what, final long limit) {
        return in.number(what, limit);
    }

    private Ports ports() {
        if (!in.atNumber()) {
            return null;
        }
        final int source = number("a port", 65535);
        in.expect(">");
        return new Ports(source, number("a port", 65535));
    }

    private TcpSpec tcp(final IpInfo ip) {
        final Ports ports = ports();
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
        if (in.peek("[")) {
            throw in.expected("the end of the packet; a reason in a reset's payload is not played here");
        }
        final Long seq = range == null ? null : range.begin;
        return new TcpSpec(ip, ports, flags, seq, absolute, length, ack, window, urgent, options, udp());
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
        final String counter = in.next(COUNTERS);
        if (!counter.isEmpty() && (flags & ECHOES) != 0) {
            throw new SyntaxException(position, "either E, W and A or their number", "'" + letters + counter + "'");
        }
        return counter.isEmpty() ? flags : flags | counter(counter.charAt(0) - '0');
    }

    /** The three bits of accurate ECN (RFC 9768 §3.2.2): AE is the highest, ECE the lowest, and lies below CWR in the header. */
    private static int counter(final int value) {
        return value << ECE_BIT;
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
            final String blob = in.hexadecimal();
            if (blob != null) {
                in.expect(">");
                return List.of(new TcpOption.Raw(blob));
            }
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
