package joyride.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;

/** iperf3, one stream. */
final class IperfRow implements Row {
    private static final String PORT = "5291";
    private final double seconds;

    IperfRow(final double seconds) {
        this.seconds = seconds;
    }

    @Override
    public String name() {
        return "iperf3";
    }

    @Override
    public List<Metric> metrics() {
        return List.of(new Metric("iperf3, one stream", "Gb/s", 1.5, 3, true));
    }

    @Override
    public Program serve(final Side side, final Path directory) throws IOException, InterruptedException {
        final Program server = Program.start(
                "iperf3",
                side.command().apply(List.of("iperf3", "-s", "-B", side.address(), "-p", PORT, "--forceflush")),
                Map.of(),
                directory.resolve("iperf3-" + side.name() + ".log"));
        server.await(
                "iperf3 listens", Duration.ofSeconds(20), () -> server.output().contains("Server listening"));
        return server;
    }

    @Override
    public Measurement measure(final Side side, final Path directory) throws IOException, InterruptedException {
        final String output = Program.run(
                        side.command()
                                .apply(List.of(
                                        "iperf3",
                                        "-c",
                                        side.address(),
                                        "-p",
                                        PORT,
                                        "-t",
                                        Integer.toString((int) Math.max(1, Math.round(seconds))),
                                        "-J")),
                        Map.of(),
                        Duration.ofMinutes(2))
                .checked("iperf3");
        final String received = output.substring(output.lastIndexOf("\"sum_received\""));
        final double bits = Text.number(received, "\"bits_per_second\":\\s*([0-9.e+]+)");
        final double bytes = Text.number(received, "\"bytes\":\\s*([0-9.e+]+)");
        return new Measurement(new double[] {bits / 1e9}, bytes / 1024);
    }
}
