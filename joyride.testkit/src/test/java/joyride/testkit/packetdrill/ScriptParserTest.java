package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Action.CodeAction;
import joyride.testkit.packetdrill.script.Action.PacketAction;
import joyride.testkit.packetdrill.script.Action.ShellAction;
import joyride.testkit.packetdrill.script.Event;
import joyride.testkit.packetdrill.script.PacketSpec;
import joyride.testkit.packetdrill.script.PacketSpec.IcmpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.TcpSpec;
import joyride.testkit.packetdrill.script.PacketSpec.UdpPorts;
import joyride.testkit.packetdrill.script.Script;
import joyride.testkit.packetdrill.script.SyntaxException;
import joyride.testkit.packetdrill.script.TcpOption;
import joyride.testkit.packetdrill.script.Time;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The language: what is understood, and where it says that something is not. */
class ScriptParserTest {
    private static Event only(final String line) {
        final List<Event> events = Script.parse("a.pkt", line).events();
        assertEquals(1, events.size());
        return events.getFirst();
    }

    private static TcpSpec tcp(final String line) {
        return assertInstanceOf(
                TcpSpec.class,
                assertInstanceOf(PacketAction.class, only(line).action()).packet());
    }

    @Test
    void shouldReadEveryFieldOfASegment() {
        final TcpSpec spec = tcp(
                "+0.5 > (ttl 4, tos 0x20) SEW. 7:17(10)! ack 3 win 100 urg 2 "
                        + "<mss 1460,nop,wscale 6,sackOK,TS val 5 ecr 6,sack 1:2 3:4,FO 0aFF,md5 valid,eol,kind 250 01>/udp(9811 > 1)");
        assertEquals(4, spec.ip().ttl());
        assertEquals(List.of(0x20, 0xff), List.of(spec.ip().tos(), spec.ip().tosMask()));
        assertEquals(0b1101_0010, spec.flags());
        assertEquals(7, spec.seq());
        assertTrue(spec.absolute());
        assertEquals(10, spec.length());
        assertEquals(3, spec.ack());
        assertEquals(100, spec.window());
        assertEquals(2, spec.urgent());
        assertEquals(new UdpPorts(9811, 1), spec.udp());
        assertEquals(
                List.of(
                        new TcpOption.MaximumSegmentSize(1460),
                        new TcpOption.Nop(),
                        new TcpOption.WindowScale(6),
                        new TcpOption.SackPermitted(),
                        new TcpOption.Timestamp(5, 6, false),
                        new TcpOption.Sack(List.of(1L, 2L, 3L, 4L)),
                        new TcpOption.FastOpen("0aff"),
                        new TcpOption.Md5(true),
                        new TcpOption.EndOfList(),
                        new TcpOption.Other(250, "01")),
                spec.options());
    }

    @Test
    void shouldKeepOpenWhatAScriptLeavesOpen() {
        final TcpSpec spec = tcp("* > S. ...(0) ack 1 <...>");
        assertNull(spec.seq());
        assertNull(spec.options());
        assertEquals(PacketSpec.ANY, spec.window());
        assertEquals(Time.Kind.ANY, only("* > S. ...(0) ack 1").time().kind());
    }

    @Test
    void shouldReadEcnInBrackets() {
        assertEquals(2, tcp("+0 > [ect0] . 1:1(0) ack 1").ip().tos());
        assertEquals(3, tcp("+0 <[noecn] . 1:1(0) ack 1").ip().tosMask());
    }

    @Test
    void shouldReadWhatAnIpHeaderHas() {
        final PacketSpec.IpInfo six = tcp("+0 > (hlim 7, class 0x2e, flowlabel 0x12345) . 1:1(0) ack 1")
                .ip();
        assertEquals(List.of(7, 0x2e, 0x12345), List.of(six.ttl(), six.tos(), six.flowLabel()));
        final PacketSpec.IpInfo parts =
                tcp("+0 > [dscp af21, ecn ce] . 1:1(0) ack 1").ip();
        assertTrue(parts.fits(0x4b) && !parts.fits(0x4a) && !parts.fits(0x0b));
        final PacketSpec.IpInfo either =
                tcp("+0 > (dscp voice-admit, ect01) . 1:1(0) ack 1").ip();
        assertTrue(either.fits(0xb1) && either.fits(0xb2) && !either.fits(0xb3) && !either.fits(0xb0));
        assertEquals(0x5c, tcp("+0 > (dscp 0x17) . 1:1(0) ack 1").ip().tos());
        assertEquals(0xe0, tcp("+0 > (dscp cs7) . 1:1(0) ack 1").ip().tos());
    }

    @Test
    void shouldReadPortsAndTheNumberOfAccurateEcn() {
        final TcpSpec spec = tcp("+0 < 5001 > 8080 P.6 1:11(10) ack 1 win 5");
        assertEquals(new PacketSpec.Ports(5001, 8080), spec.ports());
        assertEquals(0b1_1001_1000, spec.flags());
        assertEquals(0b0_0101_0000, tcp("+0 < .1 1:1(0) ack 1").flags());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AccECN0 ee0b 1 eceb 2 ee1b 3 | kind 172 000001000002000003",
                "AccECN1 ee1b 1 | kind 174 000001",
                "exp-AccECN1 ee1b 258 | kind 254 acc1000102",
                "exp-tarr | kind 254 00ac",
                "exp-tarr 3 | kind 254 00ac06",
                "exp-FO 0102030405060708 | kind 254 f9890102030405060708",
                "exp-1234 ff | kind 254 1234ff",
                "gen-77 0102 | kind 77 0102",
                "md5 00112233445566778899aabbccddeeff | kind 19 00112233445566778899aabbccddeeff",
                "TS val ... ecr 5! | TS val ... ecr 5!",
                "020405b4 | 020405b4"
            })
    void shouldReadOptionsOfEveryForm(final String text, final String meaning) {
        assertEquals(
                meaning,
                tcp("+0 < S 0:0(0) <" + text + ">").options().getFirst().toString());
    }

    @Test
    void shouldTakeIcmpForThatOfTheScriptsFamily() {
        final String line = "+0 < icmp %s [0:0(0)]";
        for (final String text : List.of("unreachable not_neighbour", "unreachable beyond_scope")) {
            final List<Event> events = Script.parse("a.pkt", "--ip_version=ipv6\n" + line.formatted(text))
                    .events();
            final IcmpSpec spec = (IcmpSpec) ((PacketAction) events.getFirst().action()).packet();
            assertEquals(List.of(true, 1, 2), List.of(spec.six(), spec.type(), spec.code()));
        }
    }

    @Test
    void shouldReadOptionLines() {
        final joyride.testkit.packetdrill.script.ScriptOptions options =
                Script.parse("a.pkt", """
                --ip_version=ipv4-mapped-ipv6 --mtu=1400
                --tolerance_percent=20
                --bind_port=80
                --local_ip=192.168.7.1
                --speed=10000 --persistent_tun_dev
                --define=LATER=0x20
                #ifdef LATER
                0.0 shutdown(3, LATER | 1) = 0
                #endif
                """).options();
        assertEquals(List.of(4, 1400, 20), List.of(options.ipVersion(), options.mtu(), options.tolerancePercent()));
        assertEquals(List.of(80, 8080), List.of(options.bindPort(), options.connectPort()));
        assertTrue(options.mapped());
        assertEquals("192.168.7.1", options.localIp());
    }

    @Test
    void shouldReadStructuresAndConversions() {
        final List<joyride.testkit.packetdrill.script.Value> arguments = ((CallAction)
                        only("+0 sendmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {iov_base=..., iov_len=20}], msg_flags=0}, 0) = 30")
                                .action())
                .arguments();
        assertEquals(3, arguments.size());
        assertTrue(
                arguments.get(1).toString().contains("iov_len=Number[value=20]"),
                arguments.get(1).toString());
        final String bound = ((CallAction)
                        only("+0 bind(3, {sa_family = AF_INET, sin_port = htons(80), sin_addr = inet_addr(\"192.0.2.9\")}, 16) = 0")
                                .action())
                .arguments()
                .toString();
        assertTrue(bound.contains("Number[value=80]") && bound.contains("192.0.2.9"), bound);
    }

    @Test
    void shouldReadAnIcmpErrorWithWhatItQuotes() {
        final Event event = only("+0 < icmp unreachable frag_needed mtu 1234 [1:1461(1460)/udp(9811 > 1)]");
        final IcmpSpec spec = (IcmpSpec) ((PacketAction) event.action()).packet();
        assertEquals(List.of(3, 4, 1234, 1460), List.of(spec.type(), spec.code(), spec.mtu(), spec.length()));
        assertEquals(1, spec.seq());
    }

    @Test
    void shouldReadTimesOfEveryKind() {
        assertEquals(1_500_000_000, only("1.5 close(3) = 0").time().from());
        assertEquals(Time.Kind.RELATIVE, only("+.010 close(3) = 0").time().kind());
        final Time range = only("+0.1~+0.2 > . 1:1(0) ack 1").time();
        assertTrue(range.isRange());
        assertEquals(200_000_000, range.to());
        final Time blocking = only(" 1.00...6.00 connect(3, ..., ...) = -1 ETIMEDOUT (Operation timed out)")
                .time();
        assertTrue(blocking.blocking());
        assertEquals(List.of(1_000_000_000L, 6_000_000_000L), List.of(blocking.from(), blocking.to()));
    }

    @Test
    void shouldReadCallsShellLinesAndCode() {
        final List<Event> events = Script.parse("a.pkt", """
                // a comment
                --ip_version=ipv4
                --tolerance_usecs=75000
                      `echo 'two' |
                             cat`
                0.0 setsockopt(3, SOL_SOCKET, SO_X, {name="freebsd", n=0}, 36) = -1 EINVAL (Invalid argument)
                +0  fcntl(3, F_SETFL, O_RDWR | O_NONBLOCK) = 0//why not
                +0  %{ assert tcpi_state == TCPI_CLOSED }%
                """).events();
        assertEquals("echo 'two' | cat", ((ShellAction) events.get(0).action()).command());
        assertEquals("EINVAL", ((CallAction) events.get(1).action()).errno());
        assertEquals(3, ((CallAction) events.get(2).action()).arguments().size());
        assertEquals(
                "assert tcpi_state == TCPI_CLOSED", ((CodeAction) events.get(3).action()).code());
        assertEquals(8, events.get(3).position().line());
    }

    @Test
    void shouldTakeWhatIsMeantForFreeBsd() {
        final List<Event> events = Script.parse("a.pkt", """
                #ifdef STANDARD
                0.0 nonsense that is not looked at
                #else
                0.0 close(3) = 0
                #endif
                #ifdef FreeBSD
                0.0 close(4) = 0
                #endif
                """).events();
        assertEquals(2, events.size());
        assertEquals(4, events.getFirst().position().line());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+0 nonsense | a.pkt:1:12: expected '(', found the end",
                "+0 > S 0:0(0) win 70000 | a.pkt:1:19: expected a window in 0..65535, found '70000'",
                "+0 > SS 0:0(0) | a.pkt:1:6: expected TCP flags",
                "+0 > . 1:5(3) ack 1 | expected a range of 3 bytes",
                "+0 > . 1:1(0) ack 1 <mss> | expected a segment size, found '>'",
                "+0 > . 1:1(0) ack 1 <mos 3> | expected a TCP option, one of nop",
                "+0 < icmp unreachable nowhere [0:0(0)] | expected an ICMP code",
                "--mtu=large | a.pkt:1:6: expected a number for --mtu in 68..65535, found 'large'",
                "--bind_port=0 | expected a number for --bind_port in 1..65535",
                "--local_ip=here | expected an address for --local_ip",
                "--wire_client | a.pkt:1:1: expected an option, one of",
                "--define=X=red | a.pkt:1:1: expected --define=NAME or --define=NAME=NUMBER",
                "+0 < gre: . 1:1(0) ack 1 | a.pkt:1:6: expected a TCP segment or an ICMP error; tunnels",
                "+0 < udp (100) | expected a TCP segment or an ICMP error",
                "+0 < (colour 3) . 1:1(0) | a.pkt:1:7: expected a field of the IP header, one of ttl",
                "+0 < (tos 1, dscp ef) . 1:1(0) | expected each bit of the byte once",
                "+0 < (dscp high) . 1:1(0) | expected a codepoint",
                "+0 < E.3 1:1(0) ack 1 | expected either E, W and A or their number",
                "+0 > R. 1:1(0) ack 1 [code 1, pen 2] | a reason in a reset",
                "+0 < S 0:0(0) <exp-xyz> | expected an experiment",
                "+0 < S 0:0(0) <gen-7 123> | expected pairs of hexadecimal digits",
                "+0 bind(3, port(80), 16) = 0 | expected one of [",
                "--colour=red | a.pkt:1:1: expected an option, one of",
                "--ip_version=ipv5 | expected one of [ipv4",
                "+x close(3) = 0 | expected seconds",
                "+0 close(3) | expected '=', found the end of the script",
                "+0 `sysctl | expected '`' somewhere",
                "#ifdef X | expected #endif",
                "+0 ! | expected a packet, a system call"
            })
    void shouldSayWhereAndWhatIsExpected(final String text, final String message) {
        final SyntaxException thrown = assertThrows(SyntaxException.class, () -> Script.parse("a.pkt", text));
        assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
    }
}
