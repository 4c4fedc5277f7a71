package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two isolated services, each with its own DPDK port, joined by a memif: their namespaces have no other link, so what one's programs
 * hear from the other's came that way.
 */
@Timeout(300)
final class TwoServicesIT {
    private static final String FIRST = "10.9.0.1";
    private static final String SECOND = "10.9.0.2";
    private static final Duration LIMIT = Duration.ofSeconds(100);
    private static final long BYTES = 3_000_000;

    private World first;
    private World second;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: two services need a network namespace each");
        Setups.needsDpdk();
        first = World.create();
        second = World.create();
        Path socket = first.folder("memif").resolve("socket");
        start(first, FIRST, "server", socket);
        start(second, SECOND, "client", socket);
        linked();
    }

    private static void start(final World world, final String address, final String role, final Path socket)
            throws Exception {
        Files.writeString(world.folder("etc").resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
        world.start("""
                interface.nic0.driver=dpdk
                interface.nic0.device=net_memif0
                interface.nic0.arguments=role=%s,socket=%s,socket-abstract=no
                interface.nic0.addresses=%s/24
                """.formatted(role, socket, address));
    }

    /** Waits until both ports see each other. */
    private void linked() throws Exception {
        for (World world : new World[] {first, second}) {
            world.service()
                    .process()
                    .await(
                            "the link is up",
                            LIMIT,
                            () -> world.service()
                                    .run("joyride:interfaces")
                                    .output()
                                    .lines()
                                    .anyMatch(line -> line.matches("nic0 +up +dpdk .*")));
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
    }

    /** The rings' signals wake the loops: they need not look at them 200 times a second, as often as a queue is polled of which nothing tells. */
    @Test
    void shouldSleepOnWhenNothingIsOnTheWay() throws Exception {
        server(7005);
        done(client("before", 7005, BYTES), BYTES);
        for (World world : new World[] {first, second}) {
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
        String list = second.service().shell("felix:lb -s joyride.nic.dpdk");
        Matcher number = Pattern.compile("(\\d+)\\|Active").matcher(list.replace(" ", ""));
        assertTrue(number.find(), list);
        for (int i = 0; i < 3; i++) {
            second.service().shell("felix:update " + number.group(1));
            linked();
        }
        done(client, 4 * BYTES);
        carried.check(4 * BYTES, 4 * BYTES);
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
