package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fast Open (RFC 7413) by programs' calls: over Joyride with the kernel's TCP at the other end of the cable, both ways, and with another program of Joyride's. */
@ParameterizedClass
@MethodSource("setups")
@Timeout(180)
final class FastOpenIT {
    private static final int SIZE = 3000;
    private static final String LOOPBACK = "127.77.0.1";
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String SYSCTL = "net.ipv4.tcp_fastopen";

    private static TwoHosts hosts;
    private static World joyride;
    private static Host stranger;
    private static int port = 1800;

    FastOpenIT(final TwoHosts.Setup setup) {
        assertEquals(setup, hosts.setup());
    }

    static Stream<TwoHosts.Setup> setups() {
        return Stream.of(
                new TwoHosts.Setup("afpacket", false, false),
                new TwoHosts.Setup("afpacket", false, true),
                new TwoHosts.Setup("afxdp", true, false));
    }

    @BeforeParameterizedClassInvocation
    static void start(final TwoHosts.Setup setup) throws Exception {
        Setups.needs(setup);
        hosts = TwoHosts.create(setup).start();
        joyride = hosts.joyride();
        stranger = hosts.stranger();
        stranger.run(LIMIT, "sysctl", "-w", SYSCTL + "=3").checked("sysctl");
        joyride.service().shell("sysctl net.inet.tcp.fastopen.server_enable=1");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    private static Program serve(final Host host, final String address, final String... more) throws Exception {
        port++;
        final Stream<String> line = Stream.of(Machine.own("fast_echo"), "serve", address, Integer.toString(port));
        Program server =
                host.launch("fast-" + port, Stream.concat(line, Stream.of(more)).toArray(String[]::new));
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        return server;
    }

    private static List<String> ask(
            final Host host, final String address, final int count, final String how, final String... more)
            throws Exception {
        final Stream<String> line = Stream.of(
                Machine.own("fast_echo"), "ask", address, Integer.toString(port), Integer.toString(count), how);
        return host.run(LIMIT, Stream.concat(line, Stream.of(more)).toArray(String[]::new))
                .checked("fast_echo")
                .lines()
                .toList();
    }

    private static void served(final Program server, final String... each) throws Exception {
        server.await("all were served", LIMIT, () -> server.output().lines().count() > each.length);
        assertEquals(
                List.of(each),
                server.output()
                        .lines()
                        .filter(line -> !line.equals("listening"))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendto", "nonblocking", "connect"})
    void shouldSendDataWithTheSynToTheKernelOnceItGaveACookie(final String how) throws Exception {
        Carried carried = Carried.from(joyride);
        try (Program server = serve(stranger, hosts.strangersAddress())) {
            assertEquals(List.of("did not", "took it", "took it"), ask(joyride, hosts.strangersAddress(), 3, how));
            served(server, "after it", "with the SYN", "with the SYN");
            // Another program knows the cookie, too.
            assertEquals(List.of("took it"), ask(joyride, hosts.strangersAddress(), 1, how));
            carried.check(4 * SIZE, 4 * SIZE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendto", "nonblocking", "connect"})
    void shouldTakeTheKernelsDataWithTheSyn(final String how) throws Exception {
        Carried carried = Carried.from(joyride);
        // The kernel keeps its cookies by address: it may have one already.
        try (Program server = serve(joyride, hosts.address())) {
            ask(stranger, hosts.address(), 1, how);
            assertEquals(List.of("took it", "took it"), ask(stranger, hosts.address(), 2, how));
            server.await("all were served", LIMIT, () -> server.output().lines().count() == 4);
            assertEquals(
                    List.of("with the SYN", "with the SYN"),
                    server.output().lines().skip(2).toList());
            carried.check(3 * SIZE, 3 * SIZE);
        }
    }

    @Test
    void shouldNeedNoCookieWhereBothEndsSaySo() throws Exception {
        Carried carried = Carried.from(joyride);
        try (Program server = serve(stranger, hosts.strangersAddress(), "nocookie")) {
            assertEquals(List.of("took it"), ask(joyride, hosts.strangersAddress(), 1, "sendto", "nocookie"));
            served(server, "with the SYN");
        }
        try (Program server = serve(joyride, hosts.address(), "nocookie")) {
            assertEquals(List.of("took it"), ask(stranger, hosts.address(), 1, "sendto", "nocookie"));
            served(server, "with the SYN");
        }
        carried.check(2 * SIZE, 2 * SIZE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendto", "nonblocking", "connect"})
    void shouldWorkBetweenTwoProgramsOfTheService(final String how) throws Exception {
        Carried carried = Carried.from(joyride);
        try (Program server = serve(joyride, LOOPBACK)) {
            assertEquals(List.of("did not", "took it"), ask(joyride, LOOPBACK, 2, how));
            served(server, "after it", "with the SYN");
            carried.check(4 * SIZE, 4 * SIZE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sendto", "nonblocking", "connect"})
    void shouldLeaveTheCallToTheKernelWhereThePolicyDoes(final String how) throws Exception {
        joyride.run(LIMIT, "sysctl", "-w", SYSCTL + "=3").checked("sysctl");
        try (Program server = serve(joyride, "127.0.0.1")) {
            ask(joyride, "127.0.0.1", 1, how);
            assertEquals(List.of("took it"), ask(joyride, "127.0.0.1", 1, how));
            server.await("all were served", LIMIT, () -> server.output().lines().count() == 3);
        }
    }
}
