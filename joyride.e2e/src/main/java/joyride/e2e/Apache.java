package joyride.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import joyride.testkit.live.Program;

/**
 * An unmodified Apache.
 *
 * @param root the directory of its files
 */
public record Apache(Program program, Host host, Path root, String address, int port) implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /**
     * Starts it and waits until it serves.
     *
     * @param workers how it serves many: {@code event}, {@code worker} or {@code prefork}
     */
    public static Apache start(final Host host, final String workers, final String address, final int port)
            throws IOException, InterruptedException {
        Path folder = host.folder("apache-" + workers);
        Path root = Files.createDirectories(folder.resolve("files"));
        Path configuration = folder.resolve("apache.conf");
        Files.writeString(root.resolve("here"), "here\n");
        Files.writeString(configuration, """
                ServerRoot %1$s
                ServerName localhost
                PidFile apache.pid
                DefaultRuntimeDir %1$s
                Listen %2$s:%3$d
                LoadModule mpm_%4$s_module /usr/lib/apache2/modules/mod_mpm_%4$s.so
                LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
                <IfModule unixd_module>
                User nobody
                Group nogroup
                </IfModule>
                DocumentRoot files
                ErrorLog /dev/stderr
                KeepAlive On
                MaxKeepAliveRequests 0
                """.formatted(folder, address, port, workers));
        // With a session of its own: at its end it signals its whole process group.
        Program program = host.launch(
                "apache-" + workers, "setsid", "apache2", "-f", configuration.toString(), "-D", "FOREGROUND");
        Apache apache = new Apache(program, host, root, address, port);
        program.await("Apache serves", LIMIT, apache::serves);
        return apache;
    }

    private boolean serves() throws IOException, InterruptedException {
        return host.run(Duration.ofSeconds(5), "curl", "-sf", "-o", "/dev/null", url("here"))
                        .exitCode()
                == 0;
    }

    /** Has its workers replaced: each ends when it has served what it has begun. */
    public void restart() throws IOException, InterruptedException {
        final int before = program.output().split("resuming normal operations", -1).length;
        host.run(LIMIT, "kill", "-USR1", Long.toString(program.pid())).checked("kill");
        program.await(
                "it has other workers",
                LIMIT,
                () -> program.output().split("resuming normal operations", -1).length > before);
    }

    public String url(final String file) {
        return "http://" + address + ":" + port + "/" + file;
    }

    @Override
    public void close() {
        program.close();
    }
}
