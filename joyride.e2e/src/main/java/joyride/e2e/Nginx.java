package joyride.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import joyride.testkit.live.Program;

/**
 * An unmodified nginx with two workers.
 *
 * @param root the directory of its files
 */
public record Nginx(Program program, Path root, String address, int port) {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Starts it and waits until it listens. */
    public static Nginx start(final Host host, final String address, final int port)
            throws IOException, InterruptedException {
        Path folder = host.folder("nginx-" + port);
        Path root = Files.createDirectory(folder.resolve("files"));
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(configuration, """
                daemon off;
                worker_processes 2;
                pid %1$s/nginx.pid;
                error_log stderr notice;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  sendfile on;
                  tcp_nopush on;
                  keepalive_requests 100000000;
                  client_max_body_size 1g;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server {
                    listen %2$s:%3$d backlog=1024;
                    root %1$s/files;
                    location = /pid { default_type text/plain; return 200 "$pid\\n"; }
                  }
                }
                """.formatted(folder, bracketed(address), port));
        Program program = host.launch("nginx-" + port, "nginx", "-e", "stderr", "-c", configuration.toString());
        Nginx nginx = new Nginx(program, root, address, port);
        program.await(
                "nginx serves",
                LIMIT,
                () -> host.run(Duration.ofSeconds(5), "curl", "-sf", "-o", "/dev/null", nginx.url("pid"))
                                .exitCode()
                        == 0);
        return nginx;
    }

    public String url(final String file) {
        return "http://" + bracketed(address) + ":" + port + "/" + file;
    }

    /** As it stands before a port (RFC 3986 §3.2.2). */
    private static String bracketed(final String address) {
        return address.contains(":") ? "[" + address + "]" : address;
    }

    /** Puts a file of {@code size} bytes that look random and are the same each time. */
    public Path file(final String name, final long size) throws IOException {
        Path file = root.resolve(name);
        Bytes.write(file, size);
        return file;
    }
}
