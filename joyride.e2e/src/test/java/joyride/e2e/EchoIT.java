package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How servers hand connections on: threads, processes, exec, duplicates, standard input and output. */
@Timeout(200)
final class EchoIT {
    private static final String ADDRESS = "127.77.4.1";
    private static final long BYTES = 3_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static World world;
    private static int port = 7000;

    @BeforeAll
    static void start() throws Exception {
        world = World.create().start();
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static Program server(final String mode, final String at) throws Exception {
        Program server = world.launch("echo-" + mode + "-" + at, Machine.own("echo_server"), ADDRESS, at, mode);
        server.await("it listens", LIMIT, () -> server.output().contains("listening"));
        return server;
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "thread", "fork", "prefork", "exec", "stdio", "dup"})
    void shouldEchoEveryByteWhenTheServerIs(final String mode) throws Exception {
        String at = Integer.toString(port++);
        Carried carried = Carried.from(world);
        try (Program server = server(mode, at)) {
            List<Program> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                clients.add(world.launch(
                        "client-" + at + "-" + i,
                        Machine.own("echo_client"),
                        ADDRESS,
                        at,
                        "count",
                        Long.toString(BYTES)));
            }
            for (Program client : clients) {
                server.await("a client is done", LIMIT, () -> !client.isAlive());
                assertEquals("echoed " + BYTES, client.output().strip(), mode);
            }
            carried.check(2 * 3 * BYTES);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"dup", "fork", "exec", "epoll"})
    void shouldEchoEveryByteWhenTheClientConnectsBy(final String way) throws Exception {
        String at = Integer.toString(port++);
        Carried carried = Carried.from(world);
        try (Program server = server("thread", at)) {
            String output = world.run(
                            LIMIT, Machine.own("echo_client"), ADDRESS, at, "count", Long.toString(BYTES), way)
                    .checked("echo_client " + way);
            assertEquals("echoed " + BYTES, output.strip());
            assertTrue(server.isAlive(), server.output());
            carried.check(2 * BYTES);
        }
    }
}
