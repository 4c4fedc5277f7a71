package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two isolated services, each with a port of its own, joined by a memif: their namespaces have no other link, so what one's programs
 * hear from the other's came that way. By our own driver, by DPDK's, and by one of each.
 */
@ParameterizedClass
@CsvSource({"memif, memif", "dpdk, dpdk", "dpdk, memif"})
@Timeout(300)
final class TwoServicesIT {
    private static final String FIRST = "10.9.0.1";
    private static final String SECOND = "10.9.0.2";
    private static final Duration LIMIT = Duration.ofSeconds(100);
    private static final long BYTES = 3_000_000;
    private static final long LARGE = 50_000_003;
    private static final int PAGE = 612;

    /** Of the first service, and of the second. */
    private final String[] drivers;

    private World first;
    private World second;

    TwoServicesIT(final String ofFirst, final String ofSecond) {
        drivers = new String[] {ofFirst, ofSecond};
    }

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: two services need a network namespace each");
        if (List.of(drivers).contains("dpdk")) {
            Setups.needsDpdk();
        }
        first = World.create();
        second = World.create();
        Path socket = first.folder("memif").resolve("socket");
        start(first, drivers[0], FIRST, "server", socket);
        start(second, drivers[1], SECOND, "client", socket);
        linked();
    }

    private static void start(
            final World world, final String driver, final String address, final String role, final Path socket)
            throws Exception {
        Files.writeString(world.folder("etc").resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
        // Each driver's device and role by its own name: so the interface passes between them.
        world.start("""
                interface.nic0.driver=%s
                interface.nic0.addresses=%s/24
                interface.nic0.driver.memif.device=%4$s
                interface.nic0.driver.memif.role=%3$s
                interface.nic0.driver.dpdk.device=net_memif0
                interface.nic0.driver.dpdk.arguments=role=%3$s,socket=%4$s,socket-abstract=no
                """.formatted(driver, address, role, socket));
    }

    private World[] worlds() {
        return new World[] {first, second};
    }

    /** Waits until both ports see each other. */
    private void linked() throws Exception {
        for (int i = 0; i < 2; i++) {
            World world = worlds()[i];
            String up = "nic0 +up +" + drivers[i] + " .*";
            world.service()
                    .process()
                    .await(
                            "the link is up",
                            LIMIT,
                            () -> world.service()
                                    .run("joyride:interfaces")
                                    .output()
                                    .lines()
                                    .anyMatch(line -> line.matches(up)));
        }
    }

    @AfterEach
    void stop() {
        for (World world : new World[] {second, first}) {
            if (world != null) {
                world.close();
            }
        }
    }

    private Program server(final int port) throws Exception {
        Program server =
                first.launch("echo-" + port, Machine.own("echo_server"), FIRST, Integer.toString(port), "epoll");
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        return server;
    }

    private Program client(final String name, final int port, final long bytes) throws Exception {
        return second.launch(
                name, Machine.own("echo_client"), FIRST, Integer.toString(port), "count", Long.toString(bytes));
    }

    private static void done(final Program client, final long bytes) throws Exception {
        client.await("the client is done", LIMIT, () -> !client.isAlive());
        assertEquals("echoed " + bytes, client.output().strip());
    }

    @Test
    void shouldEchoEveryByteWhenServerAndClientAreOnDifferentServices() throws Exception {
        Carried atFirst = Carried.from(first);
        Carried atSecond = Carried.from(second);
        server(7001);
        Program one = client("one", 7001, BYTES);
        Program two = client("two", 7001, BYTES);
        done(one, BYTES);
        done(two, BYTES);
        atFirst.check(2 * BYTES, 2 * BYTES);
        atSecond.check(2 * BYTES, 2 * BYTES);
        for (int i = 0; i < 2; i++) {
            if (drivers[i].equals("dpdk")) {
                showsExtendedStatistics(worlds()[i]);
            }
        }
    }

    /** Both ends on the variant rack; then one end changes back while data flows. */
    @Test
    void shouldEchoEveryByteWhenBothServicesAreOnRack() throws Exception {
        for (World world : worlds()) {
            world.service().shell("swap tcp rack");
        }
        Carried atFirst = Carried.from(first);
        Carried atSecond = Carried.from(second);
        server(7008);
        Program one = client("rack-one", 7008, BYTES);
        Program two = client("rack-two", 7008, 10 * BYTES);
        done(one, BYTES);
        first.service().shell("swap tcp freebsd");
        done(two, 10 * BYTES);
        atFirst.check(11 * BYTES, 11 * BYTES);
        atSecond.check(11 * BYTES, 11 * BYTES);
    }

    /** What the device counts by names of its own stands beside the interface's counters. */
    private static void showsExtendedStatistics(final World world) throws Exception {
        Matcher matcher = Pattern.compile("nic0 port +(rx_good_bytes|tx_good_bytes) +([0-9]+)")
                .matcher(world.service().shell("joyride:stats"));
        for (int i = 0; i < 2; i++) {
            assertTrue(matcher.find(), "rx_good_bytes and tx_good_bytes");
            assertTrue(Long.parseLong(matcher.group(2)) > 2 * BYTES, matcher.group());
        }
    }

    /** nginx and Redis at one service, curl, wrk, redis-benchmark and iperf3 at the other: none of them knows of either. */
    @Test
    void shouldServeUnmodifiedProgramsWhenTheyAreAtTheOtherService(@TempDir final Path folder) throws Exception {
        Machine.needs("nginx", "curl", "wrk", "redis-server", "redis-benchmark", "iperf3");
        Nginx web = Nginx.start(first, FIRST, 8080);
        web.file("small", PAGE);
        Path large = web.file("large", LARGE);
        Redis store = Redis.start(first, FIRST, 6379);
        Path copy = folder.resolve("copy");
        Carried atFirst = Carried.from(first);
        Carried atSecond = Carried.from(second);
        second.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), web.url("large"))
                .checked("curl");
        assertEquals(Bytes.hash(large), Bytes.hash(copy));
        Wrk wrk = Wrk.parse(
                second.run(LIMIT, "wrk", "-t", "1", "-c", "20", "-d", "2s", "--timeout", "30s", web.url("small"))
                        .checked("wrk"));
        assertTrue(wrk.requests() > 0, wrk.report());
        assertEquals(0, wrk.failed(), wrk.report());
        String csv = second.run(
                        LIMIT,
                        store.line("redis-benchmark", "-n", "5000", "-c", "20", "-t", "set,get", "-d", "100", "--csv"))
                .checked("redis-benchmark");
        assertEquals(
                2,
                csv.lines().filter(row -> row.matches("\"[SG]ET\",\"[1-9].*")).count(),
                csv);
        Iperf3 moved = Iperf3.run(first, second, FIRST, "--bidir");
        atFirst.check(moved.toServer(), LARGE + PAGE * wrk.requests() + moved.toClient());
        atSecond.check(LARGE + PAGE * wrk.requests() + moved.toClient(), moved.toServer());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-D", "-N"})
    void shouldMoveAStreamWhenTtcpIsAtBothEnds(final String way) throws Exception {
        Carried carried = Carried.from(second);
        Program receiver = first.launch("ttcp-r", Machine.own("ttcp"), "-r", "-p", "7004", "-B", FIRST, way);
        receiver.await("it listens", LIMIT, () -> receiver.output().contains("listening"));
        String sent = second.run(
                        LIMIT, Machine.own("ttcp"), "-t", "-p", "7004", "-l", "10000", "-n", "1000", way, FIRST)
                .checked("ttcp -t");
        receiver.await("it has read all", LIMIT, () -> !receiver.isAlive());
        assertTrue(sent.startsWith("ttcp -t: 10000000 bytes, "), sent);
        assertTrue(receiver.output().contains("ttcp -r: 10000000 bytes, "), receiver.output());
        carried.check(0, 10_000_000);
        // Two ports of our own pass large units whole, and others nothing that they would not know.
        boolean both = drivers[0].equals("memif") && drivers[1].equals("memif");
        assertEquals(both, units(second, "tx") > 100, () -> "units sent with " + List.of(drivers));
        assertEquals(units(second, "tx"), units(first, "rx"));
    }

    private static long units(final World world, final String way) throws Exception {
        Matcher matcher = Pattern.compile("nic0 port +" + way + " units[^0-9]*([0-9]+)")
                .matcher(world.service().shell("joyride:stats"));
        return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
    }

    /** A capture shows what is in the memory between the two: at its sender every segment, at its receiver units. */
    @Test
    void shouldCaptureEveryByteWhenUnitsPassWhole(@TempDir final Path folder) throws Exception {
        server(7008);
        done(client("before", 7008, BYTES), BYTES);
        Path[] files = {folder.resolve("first.pcap"), folder.resolve("second.pcap")};
        for (int i = 0; i < 2; i++) {
            worlds()[i].service().shell("joyride:pcap start nic0 " + files[i]);
            done(client("at-" + i, 7008, BYTES), BYTES);
            worlds()[i].service().shell("joyride:pcap stop nic0");
        }
        for (Path file : files) {
            long[] payload = payload(file);
            assertEquals(BYTES, payload[0], file + ": to the server");
            assertEquals(BYTES, payload[1], file + ": from the server");
        }
    }

    /** Bytes of TCP payload to and from the server's port, each once, in a capture of IPv4 over Ethernet. */
    private static long[] payload(final Path file) throws Exception {
        ByteBuffer pcap = ByteBuffer.wrap(Files.readAllBytes(file));
        long[] end = new long[2];
        int[] begin = new int[2];
        for (int at = 24; at < pcap.limit(); ) {
            int length = pcap.order(ByteOrder.nativeOrder()).getInt(at + 8);
            int frame = at + 16;
            at = frame + length;
            pcap.order(ByteOrder.BIG_ENDIAN);
            if (pcap.getShort(frame + 12) != 0x0800 || pcap.get(frame + 23) != 6) {
                continue;
            }
            int tcp = frame + 34;
            int to = pcap.getShort(tcp + 2) == 7008 ? 0 : 1;
            int flags = pcap.get(tcp + 13);
            if ((flags & 2) != 0) {
                begin[to] = pcap.getInt(tcp + 4) + 1;
                continue;
            }
            int bytes = length - 34 - (pcap.get(tcp + 12) >>> 4 & 15) * 4;
            assertEquals(length - 14, pcap.getShort(frame + 16) & 0xffff, "IPv4's length");
            if (bytes > 0) {
                end[to] = Math.max(end[to], pcap.getInt(tcp + 4) + bytes - begin[to] & 0xffff_ffffL);
            }
        }
        return end;
    }

    /** The rings' signals wake the loops: they need not look at them 200 times a second, as often as a queue is polled of which nothing tells. */
    @Test
    void shouldSleepOnWhenNothingIsOnTheWay() throws Exception {
        server(7005);
        done(client("before", 7005, BYTES), BYTES);
        for (World world : worlds()) {
            long before = sleeps(world);
            long begin = System.nanoTime();
            TimeUnit.SECONDS.sleep(3);
            double perSecond = (sleeps(world) - before) * 1e9 / (System.nanoTime() - begin);
            assertTrue(perSecond < 100, perSecond + " sleeps a second");
        }
        done(client("after", 7005, BYTES), BYTES);
    }

    private static long sleeps(final World world) throws Exception {
        Matcher matcher = Pattern.compile("loop 0 +sleeps +([0-9]+)")
                .matcher(world.service().shell("joyride:stats"));
        assertTrue(matcher.find(), "the counter of sleeps");
        return Long.parseLong(matcher.group(1));
    }

    @Test
    void shouldKeepConnectionsWhenTheDriversBundleIsUpdatedUnderLoad() throws Exception {
        server(7002);
        Carried carried = Carried.from(second);
        Program client = client("under-update", 7002, 4 * BYTES);
        String list = second.service().shell("felix:lb -s joyride.nic." + drivers[1]);
        Matcher number = Pattern.compile("(\\d+)\\|Active").matcher(list.replace(" ", ""));
        assertTrue(number.find(), list);
        for (int i = 0; i < 3; i++) {
            second.service().shell("felix:update " + number.group(1));
            linked();
        }
        done(client, 4 * BYTES);
        carried.check(4 * BYTES, 4 * BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldKeepAStreamWhenOneEndPassesBetweenMemifAndDpdk(final int end) throws Exception {
        Setups.needsDpdk();
        server(7006);
        Program stream = client("under-swap", 7006, 100 * BYTES);
        done(client("before-swap", 7006, BYTES), BYTES);
        assertTrue(stream.isAlive(), stream.output());
        for (int i = 0; i < 3; i++) {
            drivers[end] = drivers[end].equals("dpdk") ? "memif" : "dpdk";
            worlds()[end].service().shell("joyride:swap nic " + drivers[end] + " nic0");
            linked();
            done(client("after-swap-" + i, 7006, BYTES), BYTES);
        }
        done(stream, 100 * BYTES);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldServeAgainWhenAServiceWasKilledAndLeftItsSocketBehind(final int end) throws Exception {
        worlds()[end].killService();
        worlds()[end].service().start(worlds()[end].folder("etc"));
        linked();
        server(7007);
        done(client("again", 7007, BYTES), BYTES);
    }

    @Test
    void shouldServeAgainWhenTheOtherServiceWasKilledAndCameBack() throws Exception {
        server(7003);
        Program cut = client("cut", 7003, 1000 * BYTES);
        second.service()
                .process()
                .await(
                        "it is connected",
                        LIMIT,
                        () -> second.service()
                                .run("joyride:sockets -s ESTAB")
                                .output()
                                .contains(FIRST + ":7003"));
        second.killService();
        cut.await("the client noticed", LIMIT, () -> !cut.isAlive());
        assertTrue(first.service().run("joyride:status").exitCode() == 0, "the other service answers");
        second.service().start(second.folder("etc"));
        linked();
        Carried carried = Carried.from(second);
        done(client("again", 7003, BYTES), BYTES);
        carried.check(BYTES, BYTES);
    }
}
