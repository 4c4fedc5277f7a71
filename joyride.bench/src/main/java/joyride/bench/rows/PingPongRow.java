package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Text;
import joyride.testkit.live.Program;

/** Round trips of 64 bytes over one connection, blocking sockets at both ends. */
public final class PingPongRow implements Row {
    private static final String PORT = "7390";
    private final String program;
    private final int trips;
    private final double target;

    public PingPongRow(final String program, final double seconds, final double target) {
        this.program = program;
        this.target = target;
        trips = (int) (20_000 * seconds);
    }

    @Override
    public String name() {
        return "pingpong";
    }

    @Override
    public List<Metric> metrics() {
        return List.of(
                new Metric("ping-pong 64 B, p50", "µs", target, false),
                new Metric("ping-pong 64 B, p99", "µs", target, false));
    }

    @Override
    public Program serve(final Side side, final Path directory) throws IOException, InterruptedException {
        final Program server = Program.start(
                "pingpong",
                side.server().apply(List.of(program, "-s", side.address(), PORT)),
                Map.of(),
                directory.resolve("pingpong-" + side.name() + ".log"));
        server.await(
                "pingpong serves",
                Duration.ofSeconds(20),
                () -> Program.run(
                                        side.client().apply(List.of(program, "-c", side.address(), PORT, "10", "64")),
                                        Map.of(),
                                        Duration.ofSeconds(5))
                                .exitCode()
                        == 0);
        return server;
    }

    @Override
    public Measurement measure(final Side side, final Path directory) throws IOException, InterruptedException {
        final String output = Program.run(
                        side.client()
                                .apply(List.of(program, "-c", side.address(), PORT, Integer.toString(trips), "64")),
                        Map.of(),
                        Duration.ofMinutes(2))
                .checked("pingpong");
        return new Measurement(
                new double[] {Text.number(output, "p50 ([0-9]+)") / 1e3, Text.number(output, "p99 ([0-9]+)") / 1e3},
                trips);
    }
}
