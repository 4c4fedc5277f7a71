package joyride.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;

/**
 * An unmodified PostgreSQL with an empty database. It refuses to be root: then it and its clients are the user nobody, whom the
 * service must let in.
 *
 * @param binaries the directory of its programs
 */
public record Postgres(Program program, Host host, Path binaries, String address, int port) implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String USER = "nobody";

    /** Where the newest version's programs are, or null. */
    public static Path find() throws IOException {
        Path versions = Path.of("/usr/lib/postgresql");
        if (!Files.isDirectory(versions)) {
            return null;
        }
        try (Stream<Path> all = Files.list(versions)) {
            return all.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("pgbench")))
                    .max(Comparator.naturalOrder())
                    .orElse(null);
        }
    }

    /** Makes a database, starts its server and waits until it takes connections. */
    public static Postgres start(final Host host, final Path binaries, final String address, final int port)
            throws IOException, InterruptedException {
        Path folder = host.folder("postgres-" + port);
        if (Namespace.isRoot()) {
            host.run(LIMIT, "chown", USER, folder.toString()).checked("chown");
        }
        Path data = folder.resolve("data");
        host.run(LIMIT, line(binaries, "initdb", "-D", data.toString(), "-U", USER, "-A", "trust", "--no-sync"))
                .checked("initdb");
        Files.writeString(data.resolve("pg_hba.conf"), "host all all 127.77.0.0/16 trust\n");
        Program program = host.launch(
                "postgres-" + port,
                line(
                        binaries,
                        "postgres",
                        "-D",
                        data.toString(),
                        "-h",
                        address,
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "fsync=off"));
        program.await(
                "PostgreSQL takes connections", LIMIT, () -> program.output().contains("ready to accept connections"));
        return new Postgres(program, host, binaries, address, port);
    }

    /** Runs a client of it, and gives what that said. */
    public String client(final String name, final String... options) throws IOException, InterruptedException {
        List<String> line =
                new ArrayList<>(List.of(line(binaries, name, "-h", address, "-p", Integer.toString(port), "-U", USER)));
        line.addAll(List.of(options));
        return host.run(LIMIT, line.toArray(String[]::new)).checked(name);
    }

    private static String[] line(final Path binaries, final String program, final String... arguments) {
        List<String> line = new ArrayList<>();
        if (Namespace.isRoot()) {
            line.addAll(List.of("setpriv", "--reuid=" + USER, "--regid=nogroup", "--clear-groups"));
        }
        line.add(binaries.resolve(program).toString());
        line.addAll(List.of(arguments));
        return line.toArray(String[]::new);
    }

    @Override
    public void close() {
        program.close();
    }
}
