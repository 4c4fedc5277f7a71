package joyride.testkit.packetdrill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.packetdrill.script.Script;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our own scripts, with and without swaps, and that the player notices what is not as written. */
class ScriptPlayerTest {
    private static final String OPEN = """
        0.0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
        +0 bind(3, ..., ...) = 0
        +0 listen(3, 1) = 0
        +0 < S 0:0(0) win 32767 <mss 1460>
        +0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
        +0.1 < . 1:1(0) ack 1 win 32767
        +0 accept(3, ..., ...) = 4
        """;

    private static Script own(final String name) throws IOException {
        try (InputStream in = ScriptPlayerTest.class.getResourceAsStream("/packetdrill/" + name + ".pkt")) {
            return Script.parse(name, new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static Verdict play(final String text) {
        return ScriptPlayer.play(Script.parse("a.pkt", text), PlayOptions.STANDARD);
    }

    private static void fails(final String text, final String message) {
        final Verdict verdict = play(text);
        assertEquals(Verdict.Outcome.FAILED, verdict.outcome(), verdict.message());
        assertTrue(verdict.message().contains(message), verdict.message());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "passive-open",
                "active-open",
                "reordering",
                "reset-in-window",
                "simultaneous-open",
                "blocking-connect",
                "icmp-hard-error",
                "time-wait",
                "no-options",
                "no-options-passive",
                "open-limit",
                "fast-open",
                "fast-open-server",
                "urgent",
                "accurate-ecn-active",
                "accurate-ecn-passive",
                "accurate-ecn-refused",
                "accurate-ecn-cleared",
                "accurate-ecn-zeroed",
                "tcp-md5",
                "tcp-over-udp",
                "udp-icmp-errors",
                "udp-path-mtu",
                "ipv6-udp-icmp-errors",
                "ipv6-udp-path-mtu",
                "ipv6-passive-open",
                "ipv6-hard-error",
                "ipv6-path-mtu",
                "ipv6-header",
                "ipv4-mapped",
                "calls",
                "small-mss",
                "ipv6-default-mss",
                "reset-closed-window",
                "old-timestamp",
                "keepalive",
                "insecure-ack",
                "time-wait-anew",
                "time-wait-newer-timestamp",
                "time-wait-accurate-ecn",
                "time-wait-ecn",
                "accept-queue"
            })
    void shouldGoAsWrittenAndNotOtherwise(final String name) throws IOException {
        final Script script = own(name);
        final Verdict verdict = ScriptPlayer.play(script, PlayOptions.STANDARD);
        assertTrue(verdict.passed(), verdict.message());
        final Verdict swapped = ScriptPlayer.play(script, PlayOptions.STANDARD.withSwaps(1, "freebsd"));
        assertTrue(swapped.passed(), swapped.message());
        final List<String> survivors = new ArrayList<>();
        for (final Mutants.Mutant mutant : Mutants.of(script)) {
            if (!ScriptPlayer.play(mutant.script(), PlayOptions.STANDARD).failed()) {
                survivors.add(mutant.change());
            }
        }
        assertEquals(List.of(), survivors);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fast-open-server",
                "urgent",
                "accurate-ecn-active",
                "accurate-ecn-passive",
                "accurate-ecn-cleared",
                "accurate-ecn-zeroed",
                "time-wait-accurate-ecn",
                "time-wait-ecn"
            })
    void shouldGoAsWrittenOnRackAndWhenHandedOverToAndFro(final String name) throws IOException {
        final Script script = own(name);
        final Verdict verdict = ScriptPlayer.play(script, PlayOptions.STANDARD.withVariant("rack"));
        assertTrue(verdict.passed(), verdict.message());
        for (final String first : List.of("freebsd", "rack")) {
            final String other = first.equals("rack") ? "freebsd" : "rack";
            final Verdict swapped = ScriptPlayer.play(
                    script, PlayOptions.STANDARD.withVariant(first).withSwaps(1, other));
            assertTrue(swapped.passed(), swapped.message());
        }
    }

    @Test
    void shouldShowExpectedAndSeenSideBySide() {
        final Verdict verdict =
                play(OPEN.replace("> S. 0:0(0) ack 1 win 65535 <mss 1460>", "> S. 0:0(0) ack 1 win 1000"));
        assertTrue(verdict.message().contains("a.pkt:5:1: the packet differs in window, options"), verdict.message());
        assertTrue(verdict.message().contains("expected: +0 > S. 0:0(0) ack 1 win 1000"), verdict.message());
        assertTrue(verdict.message().contains("> (ttl 64, tos 0x00) S. 0:0(0) ack 1 win 65535 <mss 1460>"));
    }

    @Test
    void shouldFailWhenNothingIsSent() {
        fails(
                OPEN + "+0.5 > . 1:1(0) ack 1",
                "nothing was sent until 0.625000\n  expected: 0.600000 +0.5 > . 1:1(0) ack 1");
        fails(OPEN + "+0.5~+0.7 > . 1:1(0) ack 1", "expected: 0.600000...0.800000 +0.5~+0.7 > .");
    }

    @Test
    void shouldTellWhenAPacketWasDueAndWhenItCame() {
        final String delayed = OPEN + "+0 < P. 1:11(10) ack 1 win 32767\n";
        fails(
                delayed + "+0.2 > . 1:1(0) ack 11",
                "a.pkt:9:1: the packet differs in time, 0.140000 instead of 0.300000 ± 0.010000\n");
        fails(delayed + "+0.1~+0.2 > . 1:1(0) ack 11", "time, 0.140000 instead of 0.200000...0.300000 ± 0.005000\n");
        fails(delayed + "+0.02 > . 1:1(0) ack 11", """
            a.pkt:9:1: nothing was sent until 0.124000
              expected: 0.120000 +0.02 > . 1:1(0) ack 11
              seen:     0.140000 > (ttl 64, tos 0x00) . 1:1(0) ack 11\
            """);
    }

    @Test
    void shouldTellAnEventWithoutTheCommentsAroundIt() {
        final List<String> log = new ArrayList<>();
        ScriptPlayer.play(Script.parse("a.pkt", """
            // first
            0.0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3 // a socket
            // second
            +0 listen(3, /* backlog */ 1) = 0
            /* third */
            +0 `echo // not a comment`
            +0 < S 0:0(0) win 32767 <mss 1460>
            // fourth, over
            // two lines
            +0 > S. 0:0(0) ack 1 <...>
            // the end
            """), new PlayOptions("freebsd", 0, "freebsd", 1, log::add));
        assertEquals(
                List.of(
                        "0.000000 0.0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3",
                        "0.000000 +0 listen(3, 1) = 0",
                        "0.000000 +0 `echo // not a comment`"),
                log.subList(0, 3));
    }

    @Test
    void shouldFailWhenMoreIsSentThanTheScriptHas() {
        fails(OPEN + "+0 write(4, ..., 10) = 10\n+0.01 read(4, ..., 1) = 0", "read has not returned");
        fails(
                OPEN + "+0 write(4, ..., 10) = 10\n+0.01 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0",
                "does not have");
    }

    @Test
    void shouldFailWhenACallGivesAnotherResult() {
        fails(OPEN + "+0 write(4, ..., 10) = 11", "write gave 10, not 11");
        fails(OPEN + "+0 close(7) = 0", "close gave -1 EBADF, not 0");
        fails(OPEN + "+0 getsockopt(4, SOL_SOCKET, SO_RCVBUF, [1], [4]) = 0", "SO_RCVBUF is 65700, not 1");
        fails(OPEN + "+0 %{ assert tcpi_state == TCPI_LISTEN }%", "tcpi_state is 1, not == TCPI_LISTEN (10)");
        fails(OPEN + "+0 `sockstat -4 -P tcp -s | grep packetdril | grep -c TIME_WAIT | grep 1`", "finds nothing");
    }

    @Test
    void shouldNotPassForWhatTheStackDoesNotHave() {
        final Verdict verdict = play(OPEN + "+0 `sysctl -w net.inet.tcp.no_such_thing=1`");
        assertEquals(Verdict.Outcome.SKIPPED, verdict.outcome());
        assertTrue(verdict.message().endsWith("sysctl net.inet.tcp.no_such_thing"));
        for (final String line : List.of(
                "socket(..., SOCK_DGRAM, IPPROTO_UDP) = 5",
                "recv(4, ..., 1, MSG_EOR) = 0",
                "setsockopt(4, IPPROTO_TCP, TCP_NO_SUCH_THING, [1], 4) = 0",
                "ioctl(4, SIOCNOTHING, [1]) = 0",
                "sendfile(4, 5, 0, 0) = 0",
                "`kldload cc_nothing`",
                "`ifconfig tun0 down`")) {
            final Verdict other = play(OPEN + "+0 " + line);
            assertEquals(Verdict.Outcome.SKIPPED, other.outcome(), line + ": " + other.message());
            assertTrue(other.message().startsWith("a.pkt:8:1: "), other.message());
        }
    }

    @Test
    void shouldBeTheSameForTheSameSeed() {
        final List<String> first = new ArrayList<>();
        final List<String> second = new ArrayList<>();
        final Script script = Script.parse("a.pkt", OPEN + "+0 > . 9:9(0) ack 9");
        for (final List<String> log : List.of(first, second)) {
            log.add(ScriptPlayer.play(script, new PlayOptions("freebsd", 0, "freebsd", 7, log::add))
                    .message());
        }
        assertEquals(first, second);
        assertEquals(script.events().size() + 1, first.size());
    }
}
