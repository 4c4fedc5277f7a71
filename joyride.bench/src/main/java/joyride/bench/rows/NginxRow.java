package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Text;
import joyride.testkit.live.Program;

/** nginx with two workers and wrk: requests on kept connections, or a new connection for each. */
public final class NginxRow implements Row {
    private final String port;
    private final boolean keepAlive;
    private final double seconds;
    private final double target;

    public NginxRow(final boolean keepAlive, final double seconds, final double target) {
        this.keepAlive = keepAlive;
        this.seconds = seconds;
        this.target = target;
        port = keepAlive ? "8390" : "8391";
    }

    @Override
    public String name() {
        return keepAlive ? "nginx" : "connect";
    }

    @Override
    public List<Metric> metrics() {
        return List.of(
                keepAlive
                        ? new Metric("nginx keep-alive, wrk, 50 connections", "requests/s", target, true)
                        : new Metric("nginx, a new connection each", "connections/s", target, true));
    }

    @Override
    public Program serve(final Side side, final Path directory) throws IOException, InterruptedException {
        final Path root = Files.createDirectories(directory.resolve("nginx-" + name() + "-" + side.name()));
        Files.writeString(root.resolve("index.html"), "joyride".repeat(86) + "\n");
        final Path configuration = root.resolve("nginx.conf");
        Files.writeString(configuration, """
                daemon off;
                worker_processes 2;
                pid %1$s/nginx.pid;
                error_log %1$s/error.log;
                events { worker_connections 1024; }
                http {
                  access_log off;
                  sendfile on;
                  tcp_nopush on;
                  keepalive_requests 100000000;
                  client_body_temp_path %1$s/body;
                  proxy_temp_path %1$s/proxy;
                  fastcgi_temp_path %1$s/fastcgi;
                  uwsgi_temp_path %1$s/uwsgi;
                  scgi_temp_path %1$s/scgi;
                  server { listen %2$s:%3$s backlog=1024; root %1$s; }
                }
                """.formatted(root, side.address(), port));
        // Its master gives up root for the workers, which must be able to read the files.
        root.toFile().setExecutable(true, false);
        root.toFile().setReadable(true, false);
        final Program server = Program.start(
                "nginx",
                side.server().apply(List.of("nginx", "-e", "stderr", "-c", configuration.toString())),
                Map.of(),
                root.resolve("nginx.log"));
        server.await(
                "nginx serves",
                Duration.ofSeconds(20),
                () -> Program.run(
                                        side.client().apply(List.of("curl", "-sf", "-o", "/dev/null", url(side))),
                                        Map.of(),
                                        Duration.ofSeconds(5))
                                .exitCode()
                        == 0);
        return server;
    }

    @Override
    public Measurement measure(final Side side, final Path directory) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(
                List.of("wrk", "-t", "1", "-c", "50", "-d", Math.max(1, Math.round(seconds)) + "s", url(side)));
        if (!keepAlive) {
            line.add("-H");
            line.add("Connection: close");
        }
        final String output = Program.run(side.client().apply(line), Map.of(), Duration.ofMinutes(2))
                .checked("wrk");
        if (output.contains("Non-2xx") || output.contains("Socket errors: connect")) {
            final double errors =
                    output.contains("Non-2xx") ? Text.number(output, "responses: ([0-9]+)") : failures(output);
            if (errors > 0) {
                throw new IllegalStateException(side.name() + ": wrk saw failed requests:\n" + output);
            }
        }
        return new Measurement(
                new double[] {Text.number(output, "Requests/sec:\\s*([0-9.]+)")},
                Text.number(output, "([0-9]+) requests in"));
    }

    private static double failures(final String output) {
        return Text.number(output, "connect ([0-9]+)")
                + Text.number(output, "read ([0-9]+)")
                + Text.number(output, "write ([0-9]+)")
                + Text.number(output, "timeout ([0-9]+)");
    }

    private String url(final Side side) {
        return "http://" + side.address() + ":" + port + "/index.html";
    }
}
