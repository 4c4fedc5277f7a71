package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Unmodified programs over IPv6 over a NIC, both ways, with a stranger's kernel at the other end. */
@ParameterizedClass
@MethodSource("setups")
@Timeout(300)
final class Ipv6IT {
    private static final int WEB = 8080;
    private static final int STORE = 6379;
    private static final long SIZE = 10_000_003;
    private static final Duration LIMIT = Duration.ofSeconds(120);

    private static TwoHosts hosts;
    private static World joyride;
    private static Host stranger;
    private static Nginx ours;
    private static Nginx theirs;

    Ipv6IT(final TwoHosts.Setup setup) {
        assertEquals(setup, hosts.setup());
    }

    static Stream<TwoHosts.Setup> setups() {
        return Setups.all().stream().map(setup -> new TwoHosts.Setup(setup.driver(), setup.shared(), true));
    }

    @BeforeParameterizedClassInvocation
    static void start(final TwoHosts.Setup setup) throws Exception {
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3", "ping", "python3");
        hosts = TwoHosts.create(setup).start();
        joyride = hosts.joyride();
        stranger = hosts.stranger();
        ours = Nginx.start(joyride, hosts.address(), WEB);
        theirs = Nginx.start(stranger, hosts.strangersAddress(), WEB);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    @Test
    void shouldServeEveryByteWhenAStrangerAsks(@TempDir final Path folder) throws Exception {
        Path file = ours.file("ours", SIZE);
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(joyride);
        stranger.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), ours.url("ours"))
                .checked("curl");
        assertEquals(Bytes.hash(file), Bytes.hash(copy));
        carried.check(1, SIZE);
    }

    @Test
    void shouldFetchEveryByteWhenAStrangerServes(@TempDir final Path folder) throws Exception {
        Path file = theirs.file("theirs", SIZE);
        Path copy = folder.resolve("copy");
        Carried carried = Carried.from(joyride);
        joyride.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), theirs.url("theirs"))
                .checked("curl");
        assertEquals(Bytes.hash(file), Bytes.hash(copy));
        carried.check(SIZE, 1);
    }

    @Test
    void shouldAnswerEveryRequestWhenAStrangerLoadsOurs() throws Exception {
        ours.file("small", 612);
        Carried carried = Carried.from(joyride);
        Wrk wrk = Wrk.parse(
                stranger.run(LIMIT, "wrk", "-t", "1", "-c", "50", "-d", "1s", "--timeout", "30s", ours.url("small"))
                        .checked("wrk"));
        assertTrue(wrk.requests() > 0, wrk.report());
        assertEquals(0, wrk.failed(), wrk.report());
        carried.check(wrk.requests(), wrk.requests() * 612);
    }

    @Test
    void shouldAnswerEveryCommandWhenAStrangerAsksOurStore() throws Exception {
        Redis store = Redis.start(joyride, hosts.address(), STORE);
        Carried carried = Carried.from(joyride);
        stranger.run(
                        LIMIT,
                        store.line("redis-benchmark", "-n", "5000", "-c", "50", "-t", "set,get", "-d", "100", "--csv"))
                .checked("redis-benchmark");
        carried.check(10_000 * 30, 10_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-R"})
    void shouldMoveBytesWhenAStrangerIsTheClient(final String options) throws Exception {
        Carried carried = Carried.from(joyride);
        Iperf3 moved = Iperf3.run(joyride, stranger, hosts.address(), options);
        carried.check(moved.toServer(), moved.toClient());
    }

    @ParameterizedTest
    @ValueSource(ints = {56, 4000})
    void shouldAnswerPingWhenAStrangerAsks(final int size) throws Exception {
        // What is larger than a frame comes in fragments, and goes back in fragments.
        String report = stranger.run(
                        LIMIT, "ping", "-c", "3", "-i", "0.2", "-W", "5", "-s", Integer.toString(size), hosts.address())
                .checked("ping " + hosts.address());
        assertTrue(report.contains(" 3 received"), report);
    }

    /** A listener on :: gets both families unless it says that it does not want to. */
    @Test
    void shouldAcceptBothFamiliesWhenAListenerIsBoundToAll() throws Exception {
        String script = String.join(
                "\n",
                "import socket",
                "s = socket.socket(socket.AF_INET6)",
                "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)",
                "s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)",
                "s.bind(('::', 8090))",
                "s.listen()",
                "print('ready', flush=True)",
                "for i in range(2):",
                "    c, peer = s.accept()",
                "    print(peer[0], c.getsockname()[0], flush=True)",
                "    c.sendall(b'hello')",
                "    c.close()",
                "t = socket.socket(socket.AF_INET6)",
                "t.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 32)",
                "t.connect(('" + hosts.strangersAddress() + "', " + WEB + "))",
                "print(t.getsockname()[0], t.getpeername()[0], t.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS))");
        try (var server = joyride.launch("both", "python3", "-c", script)) {
            server.await("it listens", LIMIT, () -> server.output().contains("ready"));
            Carried carried = Carried.from(joyride);
            String four = hosts.setup().shared() ? TwoHosts.KERNEL : TwoHosts.OWN;
            for (String address : List.of(hosts.address(), four)) {
                String client = "import socket; s = socket.create_connection(('" + address
                        + "', 8090), 10); s.settimeout(10); print(s.recv(100))";
                assertTrue(stranger.run(LIMIT, "python3", "-c", client)
                        .checked("a client")
                        .contains("hello"));
            }
            server.await("it has talked", LIMIT, () -> !server.isAlive());
            String said = server.output();
            assertTrue(said.contains("fd77::9 " + hosts.address()), said);
            assertTrue(said.contains("::ffff:" + TwoHosts.STRANGER + " ::ffff:" + four), said);
            assertTrue(said.contains(hosts.address() + " fd77::9 32"), said);
            carried.check(0, 10);
        }
    }

    @Test
    void shouldShowWhatItKnowsOfIpv6WhenAsked() throws Exception {
        stranger.run(LIMIT, "curl", "-sSf", "-o", "/dev/null", ours.url("pid")).checked("curl");
        String neighbours = joyride.service().shell("joyride:neighbours");
        assertTrue(neighbours.contains(hosts.strangersAddress()), neighbours);
        assertTrue(joyride.service().shell("joyride:routes").contains("fd77::/64"));
    }
}
