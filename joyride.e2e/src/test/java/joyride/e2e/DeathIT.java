package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs and the service killed in the middle of their work. */
@Timeout(200)
final class DeathIT {
    private static final String ADDRESS = "127.77.5.1";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    /** The promise is 1 s; the rest is for a busy machine. */
    private static final Duration NO_HANG = Duration.ofSeconds(5);

    private World world;

    @BeforeEach
    void start() throws Exception {
        world = World.create().start();
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private Program server(final String mode) throws Exception {
        Program server = world.launch("server-" + mode, Machine.own("echo_server"), ADDRESS, "7777", mode);
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        return server;
    }

    private Program client(final String name, final String mode) throws Exception {
        Program client = world.launch(name, Machine.own("echo_client"), ADDRESS, "7777", mode);
        client.await("the first message is back", LIMIT, () -> client.output().contains("ready"));
        return client;
    }

    private static void kill(final Program program) {
        ProcessHandle.of(program.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }

    private static long running(final String instances) {
        return instances.lines().filter(line -> line.contains(" running ")).count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"thread", "epoll", "fork"})
    void shouldFreeAllItHadWhenAClientIsKilled(final String mode) throws Exception {
        Program server = server(mode);
        List<Program> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(client("client-" + i, "forever"));
        }
        String victims = "joyride:instances echo_client";
        assertEquals(4, running(world.service().shell(victims)), world.service().shell(victims));
        clients.forEach(DeathIT::kill);
        server.await(
                "the service has freed the clients",
                LIMIT,
                () -> running(world.service().shell(victims)) == 0);
        server.await(
                "the service has freed their connections",
                LIMIT,
                () -> !world.service().shell("joyride:sockets").contains("ESTAB"));
        Program next = client("next", "forever");
        assertTrue(next.isAlive());
    }

    @ParameterizedTest
    @ValueSource(strings = {"forever", "hold", "epoll"})
    void shouldTellThePeerWhenTheServerIsKilled(final String waiting) throws Exception {
        Program server = server("thread");
        Program client = client("client", waiting);
        kill(server);
        Program watched = world.service().process();
        watched.await("the client has ended", LIMIT, () -> !client.isAlive());
        assertTrue(client.output().contains("ended "), client.output());
    }

    @Test
    void shouldLeaveNoProgramHangingWhenTheServiceIsKilled() throws Exception {
        server("thread");
        List<Program> clients = new ArrayList<>();
        for (String mode : List.of("forever", "forever", "forever", "hold", "hold", "epoll")) {
            clients.add(client("client-" + clients.size(), mode));
        }
        long killed = System.nanoTime();
        world.killService();
        for (Program client : clients) {
            while (client.isAlive()) {
                assertTrue(System.nanoTime() - killed < NO_HANG.toNanos(), "still running: " + client.output());
                Thread.sleep(5);
            }
            assertTrue(client.output().contains("ended "), client.output());
        }
        System.out.printf("all clients ended within %d ms%n", (System.nanoTime() - killed) / 1_000_000);
    }

    @Test
    void shouldGoOnByTheKernelWhenTheServiceIsKilled() throws Exception {
        server("thread");
        client("client", "forever");
        world.killService();
        // New sockets of old and new programs are the kernel's, and the server still listens there.
        String output = world.run(LIMIT, Machine.own("echo_client"), ADDRESS, "7777", "count", "100000")
                .checked("echo by the kernel");
        assertTrue(output.contains("echoed 100000"), output);
    }

    @Test
    void shouldGoOnByJoyrideWhenTheServiceComesBack() throws Exception {
        server("thread");
        client("client", "forever");
        world.killService();
        world.start();
        Program second = world.launch("server-2", Machine.own("echo_server"), ADDRESS, "7778", "thread");
        second.await("it listens", LIMIT, () -> second.output().contains("listening"));
        Carried carried = Carried.from(world);
        world.run(LIMIT, Machine.own("echo_client"), ADDRESS, "7778", "count", "100000")
                .checked("echo by the new service");
        carried.check(200_000);
    }
}
