package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Unmodified PostgreSQL, a process for each connection, of a user that the service lets in; pgbench and psql. */
@Timeout(120)
final class PostgresIT {
    private static World world;
    private static Postgres postgres;

    @BeforeAll
    static void start() throws Exception {
        Path binaries = Postgres.find();
        assumeTrue(binaries != null, "PostgreSQL is not installed: apt-get install postgresql");
        Machine.needs("setpriv");
        world = World.create();
        Files.writeString(world.folder("etc").resolve("joyride.ipc.shm.cfg"), "users = nobody\n");
        world.start("");
        postgres = Postgres.start(world, binaries, "127.77.12.1", 5433);
        postgres.client("pgbench", "-i", "-q", "-s", "1", "postgres");
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    private static void bench(final int expected, final String... options) throws Exception {
        Carried carried = Carried.from(world);
        String report = postgres.client("pgbench", options);
        assertTrue(report.contains("actually processed: " + expected + "/" + expected), report);
        assertTrue(report.contains("failed transactions: 0 "), report);
        carried.check(expected);
    }

    @Test
    void shouldCommitEveryTransactionWhenEightConnectionsStay() throws Exception {
        bench(800, "-c", "8", "-j", "2", "-t", "100", "postgres");
    }

    @Test
    void shouldAnswerEveryQueryWhenTheyArePrepared() throws Exception {
        bench(4000, "-c", "8", "-j", "2", "-t", "500", "-S", "-M", "prepared", "postgres");
    }

    @Test
    void shouldCommitEveryTransactionWhenEachHasItsOwnConnection() throws Exception {
        bench(80, "-C", "-c", "4", "-t", "20", "-S", "postgres");
    }

    @Test
    void shouldReturnALargeValueWhole() throws Exception {
        Carried carried = Carried.from(world);
        String answer = postgres.client("psql", "-d", "postgres", "-Atc", "select repeat('joyride!', 625000)");
        assertEquals("joyride!".repeat(625_000), answer.strip());
        carried.check(5_000_000);
    }
}
