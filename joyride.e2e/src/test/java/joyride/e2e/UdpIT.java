package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs' connections in UDP datagrams, by their own option and by the policy, between two services on one cable; and their congestion control by option. */
@Timeout(200)
final class UdpIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int TUNNEL = 9899;
    private static final long SIZE = 300_003;
    private static final String SERVER = "10.77.0.1";
    private static final String SERVER_6 = "fd77::1";
    private static final String CLIENT = "10.77.0.9";
    private static final String CLIENT_6 = "fd77::9";

    private static Laboratory laboratory;
    private static World server;
    private static World client;
    private static int port = 7100;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: two services need a network namespace each");
        laboratory = Laboratory.create(1500, 1);
        server = World.create(laboratory.here());
        client = World.create(laboratory.there());
        start(server, Laboratory.OURS, SERVER, SERVER_6, "");
        start(
                client,
                Laboratory.THEIRS,
                CLIENT,
                CLIENT_6,
                "policy.10=program=echo_client port=7000-7999 -> udp:" + TUNNEL + "\n");
        for (World world : new World[] {server, client}) {
            String v6 = world == server ? SERVER_6 : CLIENT_6;
            world.service()
                    .process()
                    .await(
                            "the interface is up and has its addresses",
                            LIMIT,
                            () -> up(world.service().run("joyride:interfaces").output(), v6));
            world.service().shell("sysctl net.inet.tcp.udp_tunneling_port=" + TUNNEL);
        }
    }

    private static boolean up(final String interfaces, final String v6) {
        return interfaces.contains(" up ") && interfaces.contains(v6) && !interfaces.contains("tentative");
    }

    private static void start(
            final World world, final String device, final String v4, final String v6, final String more)
            throws Exception {
        world.start("interface." + device + ".driver=afpacket\ninterface." + device + ".addresses=" + v4 + "/24," + v6
                + "/64\n" + more);
    }

    @AfterAll
    static void stop() {
        for (World world : new World[] {client, server}) {
            if (world != null) {
                world.close();
            }
        }
        if (laboratory != null) {
            laboratory.close();
        }
    }

    private static Program serve(final String address) throws Exception {
        port++;
        Program program =
                server.launch("echo-" + port, Machine.own("echo_server"), address, Integer.toString(port), "epoll");
        program.await("it listens", LIMIT, () -> program.output().contains("listening"));
        return program;
    }

    private static Program.Result ask(final String address, final String... options) throws Exception {
        String[] line = new String[4 + options.length];
        line[0] = Machine.own("option_echo");
        line[1] = address;
        line[2] = Integer.toString(port);
        line[3] = Long.toString(SIZE);
        System.arraycopy(options, 0, line, 4, options.length);
        return client.run(LIMIT, line);
    }

    /** Segments that came in UDP. */
    private static long datagrams() throws Exception {
        return server.service()
                .shell("joyride:stats tcp")
                .lines()
                .filter(line -> line.matches("tcp\\s+tunneled_pkts\\s.*"))
                .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[2]))
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER, SERVER_6})
    void shouldGoInDatagramsWhereTheProgramAsksForIt(final String address) throws Exception {
        int plain = address.equals(SERVER) ? 1448 : 1428;
        Carried carried = Carried.from(server);
        try (Program program = serve(address)) {
            String usual = ask(address).checked("option_echo").strip();
            assertTrue(usual.endsWith(" mss " + plain), usual);
            assertTrue(usual.contains(" udp 0 "), usual);
            String told = ask(address, "udp=" + TUNNEL).checked("option_echo").strip();
            assertEquals("echoed " + SIZE + " udp " + TUNNEL + " cc cubic mss " + (plain - 8), told);
            carried.check(2 * SIZE, 2 * SIZE);
            assertTrue(program.isAlive(), program.output());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SERVER, SERVER_6})
    void shouldGoInDatagramsWhereThePolicySaysSo(final String address) throws Exception {
        Carried carried = Carried.from(server);
        try (Program program = serve(address)) {
            long before = datagrams();
            String told = client.run(
                            LIMIT,
                            Machine.own("echo_client"),
                            address,
                            Integer.toString(port),
                            "count",
                            Long.toString(SIZE))
                    .checked("echo_client")
                    .strip();
            assertEquals("echoed " + SIZE, told);
            carried.check(SIZE, SIZE);
            assertTrue(datagrams() - before > SIZE / 1500, "they did not come in datagrams");
            assertTrue(program.isAlive(), program.output());
        }
    }

    @Test
    void shouldNotGoPlainlyWhereThePolicySaysDatagrams() throws Exception {
        Program.Result local = client.run(LIMIT, Machine.own("echo_client"), "127.0.0.1", "7999", "count", "1");
        assertNotEquals(0, local.exitCode());
        assertTrue(local.output().contains("Permission denied"), local.output());
        client.service().shell("sysctl net.inet.tcp.udp_tunneling_port=0");
        try {
            serve(SERVER);
            Program.Result off = client.run(
                    LIMIT, Machine.own("echo_client"), SERVER, Integer.toString(port), "count", Long.toString(SIZE));
            assertTrue(off.output().contains("Protocol not supported"), off.output());
            Program.Result own = ask(SERVER, "udp=" + TUNNEL);
            assertTrue(own.output().contains("udp: Invalid argument"), own.output());
        } finally {
            client.service().shell("sysctl net.inet.tcp.udp_tunneling_port=" + TUNNEL);
        }
    }

    @Test
    void shouldTakeACongestionControlAndItsOptionsBeforeTheConnect() throws Exception {
        try (Program program = serve(SERVER)) {
            assertEquals(
                    "echoed " + SIZE + " udp 0 cc htcp mss 1448",
                    ask(SERVER, "cc=htcp").checked("option_echo").strip());
            assertEquals(
                    "echoed " + SIZE + " udp 0 cc newreno mss 1448 beta 80",
                    ask(SERVER, "cc=newreno", "beta=80").checked("option_echo").strip());
            assertEquals(
                    "echoed " + SIZE + " udp 0 cc newreno mss 1448 beta 50",
                    ask(SERVER, "cc=reno").checked("option_echo").strip());
            assertTrue(ask(SERVER, "cc=newreno", "beta=101").output().contains("beta: Invalid argument"));
            assertTrue(ask(SERVER, "beta=80").output().contains("beta: No such file"));
            assertTrue(ask(SERVER, "cc=nosuch").output().contains("cc: No such file"));
            assertTrue(program.isAlive(), program.output());
        }
    }
}
