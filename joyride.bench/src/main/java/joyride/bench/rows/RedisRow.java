package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Text;
import joyride.testkit.live.Program;

/** redis-benchmark GET, 50 connections, no pipelining. */
public final class RedisRow implements Row {
    private static final String PORT = "6390";
    private final int requests;
    private final double target;

    public RedisRow(final double seconds, final double target) {
        this.target = target;
        requests = (int) (50_000 * seconds);
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public List<Metric> metrics() {
        return List.of(new Metric("redis-benchmark GET, 50 clients", "requests/s", target, true));
    }

    @Override
    public Program serve(final Side side, final Path directory) throws IOException, InterruptedException {
        final Program server = Program.start(
                "redis-server",
                side.server()
                        .apply(List.of(
                                "redis-server",
                                "--port",
                                PORT,
                                "--bind",
                                side.address(),
                                "--save",
                                "",
                                "--appendonly",
                                "no",
                                "--protected-mode",
                                "no",
                                "--dir",
                                directory.toString())),
                Map.of(),
                directory.resolve("redis-" + side.name() + ".log"));
        server.await(
                "redis accepts connections",
                Duration.ofSeconds(20),
                () -> server.output().contains("Ready to accept"));
        return server;
    }

    @Override
    public Measurement measure(final Side side, final Path directory) throws IOException, InterruptedException {
        final String output = Program.run(
                        side.client()
                                .apply(List.of(
                                        "redis-benchmark",
                                        "-h",
                                        side.address(),
                                        "-p",
                                        PORT,
                                        "-t",
                                        "get",
                                        "-c",
                                        "50",
                                        "-n",
                                        Integer.toString(requests),
                                        "--csv")),
                        Map.of(),
                        Duration.ofMinutes(2))
                .checked("redis-benchmark");
        return new Measurement(new double[] {Text.number(output, "\"GET\",\"([0-9.]+)\"")}, requests);
    }
}
