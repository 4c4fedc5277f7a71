package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines as a person types them, over a real socket, through the real Gogo, to a fake service. */
final class CommandsTest {
    @TempDir
    private Path directory;

    private final FakeAdmin admin = new FakeAdmin();
    private Gogo gogo;
    private ShellServer server;
    private TestClient client;

    @BeforeEach
    void start() throws Exception {
        gogo = new Gogo(admin);
        server = TestClient.server(gogo, directory);
        client = new TestClient(directory.resolve("shell.sock"), 0);
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        server.close();
        gogo.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "interfaces",
                "routes",
                "neighbours",
                "instances",
                "sockets",
                "variants",
                "swaps",
                "drops",
                "stats",
                "sysctl"
            })
    void shouldShowSomethingWhenAViewIsAskedFor(final String command) throws Exception {
        TestClient.Answer answer = client.run("joyride:" + command);
        assertEquals(0, answer.status(), answer.err());
        assertFalse(answer.out().isBlank());
        assertEquals(0, client.run(command).status());
    }

    @Test
    void shouldPassWholeLinesWhenATableGoesIntoAPipe() throws Exception {
        TestClient.Answer answer = client.run("joyride:sockets | grep ESTAB");
        assertEquals(0, answer.status(), answer.err());
        assertEquals(2, answer.out().lines().count());
        assertTrue(answer.out().contains("address is the kernel's"), answer.out());
        assertEquals("2\n", client.run("sockets | grep ESTAB | count").out());
        assertEquals("INST", client.run("sockets | head -n 1").out().substring(0, 4));
    }

    @Test
    void shouldTellSummaryWhenStatusIsAsked() throws Exception {
        TestClient.Answer answer = client.run("status");
        String out = answer.out();
        assertEquals("", answer.err());
        assertTrue(out.contains("warm: true\n"), out);
        assertTrue(out.endsWith("sockets: 2 accelerated of 3\n"), out);
    }

    @Test
    void shouldListOursAloneWhenHelpIsAsked() throws Exception {
        gogo.processor.addCommand("felix", new Object(), "lb");
        List<String> lines = client.run("help").out().lines().toList();
        assertTrue(lines.getFirst().contains("help COMMAND"), lines.getFirst());
        assertTrue(lines.get(2).startsWith("count "), lines.get(2));
        assertTrue(
                lines.stream().anyMatch(line -> line.matches("swap +puts another TCP variant.*while connections live")),
                lines.toString());
        assertFalse(lines.stream().anyMatch(line -> line.contains("felix:lb")), lines.toString());
        assertTrue(client.run("help -a").out().contains("felix:lb"));
        String sockets = client.run("help sockets").out();
        assertTrue(sockets.startsWith("sockets - shows the sockets") && sockets.contains("--kernel"), sockets);
        gogo.processor.addCommand("felix", new Object(), "update");
        assertTrue(client.run("help update").out().startsWith("update - updates a bundle from where it came from"));
        TestClient.Answer unknown = client.run("help nothing");
        assertEquals(127, unknown.status());
        assertEquals("no command 'nothing'; help lists them\n", unknown.err());
    }

    @Test
    void shouldFailWhenGrepFindsNothing() throws Exception {
        TestClient.Answer answer = client.run("sockets | grep NOWHERE");
        assertEquals(1, answer.status());
        assertEquals("no line matches 'NOWHERE'\n", answer.err());
    }

    @ParameterizedTest
    @CsvSource({
        "sockets, 4",
        "sockets -l, 2",
        "sockets -k, 2",
        "sockets -i 1, 3",
        "sockets -s estab, 3",
        "sockets -s EST -i 1, 2",
        "sockets 40001, 2",
        "interfaces lo0, 2",
        "variants tcp, 3",
        "stats tcp, 2",
        "stats -a ip, 3",
        "instances curl, 2",
        "instances, 4",
        "instances -a, 5",
        "instances wrk, 1",
        "instances -a wrk, 2"
    })
    void shouldFilterWhenOptionsSaySo(final String command, final int lines) throws Exception {
        TestClient.Answer answer = client.run(command);
        assertEquals(0, answer.status(), answer.err());
        assertEquals(lines, answer.out().lines().count(), answer.out());
    }

    @Test
    void shouldNameTheStatesWhenThereIsNoneOfThatName() throws Exception {
        TestClient.Answer answer = client.run("sockets -s established_");
        assertEquals(1, answer.status());
        assertTrue(answer.err().startsWith("no state 'established_'; one of CLOSED, LISTEN, "), answer.err());
        assertEquals(0, client.run("sockets -s last_ack").status(), "a state that no socket is in");
    }

    @Test
    void shouldMeasureGrowthWhenRatesAreAsked() throws Exception {
        TestClient.Answer answer = client.run("stats -r 1");
        assertEquals(0, answer.status(), answer.err());
        assertTrue(answer.out().contains("received"), answer.out());
        assertFalse(answer.out().contains("segs_out"), answer.out());
    }

    @Test
    void shouldSetAndShowWhenSysctlHasAValue() throws Exception {
        TestClient.Answer answer = client.run("sysctl net.inet.tcp.delacktime=20");
        assertEquals(0, answer.status(), answer.err());
        assertEquals("net.inet.tcp.delacktime: 40 -> 20\n", answer.out());
        client.run("sysctl -i 2 net.inet.tcp.cc.algorithm=cubic");
        assertEquals(
                List.of("sysctl 0 net.inet.tcp.delacktime=20", "sysctl 2 net.inet.tcp.cc.algorithm=cubic"),
                admin.calls);
        assertEquals(
                2, client.run("sysctl net.inet.tcp.delacktime").out().lines().count());
        assertEquals(4, client.run("sysctl net.inet").out().lines().count());
    }

    @Test
    void shouldSwapWhenTheNameIsThere() throws Exception {
        assertEquals(
                "3 connections moved to newreno in 1 ms\n",
                client.run("swap tcp newreno").out());
        assertEquals(0, client.run("swap cc cubic -i 2").status());
        assertEquals(0, client.run("swap nic afpacket wire0").status());
        assertEquals(
                0, client.run("swap cc cubic 127.77.0.1:80 127.77.0.1:40000").status());
        assertEquals(
                0, client.run("swap tcp freebsd 127.77.0.1:80 127.77.0.1:40000").status());
        assertEquals(
                List.of(
                        "swap tcp newreno 0",
                        "swap cc cubic 2",
                        "swap nic afpacket 0wire0",
                        "swap cc cubic 0127.77.0.1:80 127.77.0.1:40000",
                        "swap tcp freebsd 0127.77.0.1:80 127.77.0.1:40000"),
                admin.calls);
        assertTrue(client.run("swaps nic").out().contains("1.5"));
    }

    @Test
    void shouldTraceAConnectionByItsEnds() throws Exception {
        assertEquals(
                "tracing 10.0.0.1:80 10.0.0.2:4000\n",
                client.run("trace start 10.0.0.1:80 10.0.0.2:4000 -c 100").out());
        assertEquals(
                0, client.run("trace stop 10.0.0.1:80 10.0.0.2:4000 x.pcapng").status());
        assertEquals("trace 10.0.0.1:80 10.0.0.2:4000 100", admin.calls.getFirst());
        assertEquals(2, client.run("trace start 10.0.0.1:80").status());
    }

    @Test
    void shouldCaptureWhereTheClientIsWhenTheFileIsRelative() throws Exception {
        Path file = Path.of("x.pcap").toAbsolutePath();
        assertEquals(0, client.run("pcap start lo0 x.pcap -c 10").status());
        assertEquals("42 packets of lo0 captured\n", client.run("pcap stop lo0").out());
        assertEquals(List.of("capture lo0 " + file + " 10", "stop lo0"), admin.calls);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '`',
            value = {
                "swap tcp rack # 1 # no TCP variant 'rack'; one of freebsd, newreno",
                "swap nic x # 1 # no NIC driver 'x'; one of afpacket, wire",
                "swap nic wire eth9 # 1 # no interface 'eth9'; one of lo0, wire0",
                "swap tcp freebsd 127.77.0.1:80 # 2 # wrong arguments of swap tcp; usage: swap tcp|cc NAME",
                "swap tcp # 2 # too few arguments; usage: swap tcp|cc NAME [-i ID]",
                "swap cc cubic -i 9 # 1 # no instance 9; instances lists them",
                "swap cc cubic -i x # 1 # instance 'x' is not a number; instances lists them",
                "swap cc cubic -i # 2 # wrong arguments of swap; see: help swap",
                "sysctl net.inet.tcp.nothing # 1 # no sysctl 'net.inet.tcp.nothing'; sysctl lists all",
                "sysctl nothing=1 # 1 # no sysctl 'nothing'; sysctl lists all",
                "sysctl net.inet.tcp.delacktime=-1 # 1 # net.inet.tcp.delacktime = '-1' is out of range 0…5000",
                "pcap start eth9 /tmp/x # 1 # no interface 'eth9'; one of lo0, wire0",
                "pcap start lo0 /no/x # 1 # no directory /no to write /no/x into",
                "pcap start lo0 /tmp/x -c many # 2 # count 'many' is not a number of packets; usage: ",
                "trace start 10.0.0.1:80 10.0.0.2:4000 -c many # 2 # count 'many' is not a number of events; usage: trace start",
                "pcap dump lo0 # 2 # no 'dump'; usage: pcap start INTERFACE FILE [-c PACKETS] | pcap stop INTERFACE",
                "interfaces eth9 # 1 # no interface 'eth9'; one of lo0, wire0",
                "sockets --wide # 2 # no option '--wide'; usage: sockets [-l] [-k] [-i ID] [-s STATE] [TEXT]",
                "sockets a b # 2 # unexpected 'b'; usage: sockets [-l] [-k] [-i ID] [-s STATE] [TEXT]",
                "stats -r 0 # 2 # cannot measure over 0 s; from 1 to 3600",
                "stats nosuch # 1 # no group or counter 'nosuch'; stats -a lists all",
                "stats -a ip nosuch # 1 # no group or counter 'nosuch'; stats -a lists all",
                "stats -r foo # 1 # no group or counter 'foo'; stats -a lists all",
                "stats -r 1 foo # 1 # no group or counter 'foo'; stats -a lists all",
                "grep '[' # 2 # '[' is no regular expression: Unclosed character class",
                "nothing # 127 # no command 'nothing'; help lists them",
                "swap nothing x | count # 1 # no kind 'nothing'; one of cc, ipc, nic, tcp"
            })
    void shouldSayWhyInOneLineWhenACommandFails(final String command, final int status, final String expected)
            throws Exception {
        TestClient.Answer answer = client.run(command);
        assertEquals(status, answer.status(), answer.err());
        assertTrue(answer.err().startsWith(expected), answer.err());
        assertEquals(1, answer.err().lines().count(), answer.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sockets", "stats", "swap tcp freebsd", "sysctl", "pcap stop lo0", "interfaces"})
    void shouldSayInOneLineWhenTheServiceIsAway(final String command, @TempDir final Path other) throws Exception {
        try (Gogo without = new Gogo(null)) {
            ShellServer alone = TestClient.server(without, other);
            try (TestClient lonely = new TestClient(other.resolve("shell.sock"), 0)) {
                TestClient.Answer answer = lonely.run(command);
                assertEquals(1, answer.status());
                assertTrue(answer.err().startsWith("the network service is not running"), answer.err());
                assertEquals(1, answer.err().lines().count());
            }
            alone.close();
        }
    }

    @Test
    void shouldFitTheTerminalWhenTheClientHasOne() throws Exception {
        try (TestClient narrow = new TestClient(directory.resolve("shell.sock"), 70)) {
            narrow.run("sockets").out().lines().forEach(line -> assertTrue(line.length() <= 70, line));
        }
    }

    @Test
    void shouldCompleteWhatExistsWhenAsked() throws Exception {
        assertEquals(List.of("sockets"), client.complete("soc"));
        assertEquals(List.of("freebsd", "newreno"), client.complete("swap tcp "));
        assertEquals(List.of(), client.complete("swap tcp freebsd --"));
        assertEquals(List.of("afpacket", "wire"), client.complete("swap nic "));
        assertEquals(List.of("lo0", "wire0"), client.complete("swap nic wire "));
        assertEquals(List.of("127.77.0.1:80"), client.complete("swap cc cubic 127.7"));
        assertTrue(client.complete("sockets -").containsAll(List.of("-i", "-k", "-l", "-s")));
        assertEquals(List.of("1", "2", "4"), client.complete("sockets -i "));
        assertEquals(List.of("lo0"), client.complete("pcap start l"));
        assertEquals(
                List.of("net.inet.tcp.delacktime", "net.inet.tcp.delayed_ack"),
                client.complete("sysctl net.inet.tcp.del"));
        assertEquals(List.of("grep"), client.complete("sockets | gre"));
    }
}
