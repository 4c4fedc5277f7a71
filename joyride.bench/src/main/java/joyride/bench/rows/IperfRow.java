package joyride.bench.rows;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Text;
import joyride.testkit.live.Program;

/** iperf3, one stream, to the server or from it. */
public final class IperfRow implements Row {
    private final String name;
    private final boolean reverse;
    private final double seconds;
    private final Metric metric;

    private IperfRow(final String name, final boolean reverse, final double seconds, final Metric metric) {
        this.name = name;
        this.reverse = reverse;
        this.seconds = seconds;
        this.metric = metric;
    }

    /** Between two programs of one host. */
    public static IperfRow loopback(final double seconds) {
        return new IperfRow("iperf3", false, seconds, new Metric("iperf3, one stream", "Gb/s", 1.5, true));
    }

    /** Over a NIC, to the server. */
    public static IperfRow receiving(final double seconds) {
        return new IperfRow(
                "receive",
                false,
                seconds,
                new Metric("iperf3, one stream, to the server", "Gb/s", Metric.NO_TARGET, true));
    }

    /** Over a NIC, from the server. */
    public static IperfRow sending(final double seconds) {
        return new IperfRow(
                "send",
                true,
                seconds,
                new Metric("iperf3, one stream, from the server", "Gb/s", Metric.NO_TARGET, true));
    }

    private String port() {
        return reverse ? "5292" : "5291";
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Metric> metrics() {
        return List.of(metric);
    }

    @Override
    public Program serve(final Side side, final Path directory) throws IOException, InterruptedException {
        final Program server = Program.start(
                "iperf3",
                side.server().apply(List.of("iperf3", "-s", "-B", side.address(), "-p", port(), "--forceflush")),
                Map.of(),
                directory.resolve("iperf3-" + name + "-" + side.name() + ".log"));
        server.await(
                "iperf3 listens", Duration.ofSeconds(20), () -> server.output().contains("Server listening"));
        return server;
    }

    @Override
    public Measurement measure(final Side side, final Path directory) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of(
                "iperf3",
                "-c",
                side.address(),
                "-p",
                port(),
                "-t",
                Integer.toString((int) Math.max(1, Math.round(seconds))),
                "-J"));
        if (reverse) {
            line.add("-R");
        }
        final String output = Program.run(side.client().apply(line), Map.of(), Duration.ofMinutes(2))
                .checked("iperf3");
        final String received = output.substring(output.lastIndexOf("\"sum_received\""));
        final double bits = Text.number(received, "\"bits_per_second\":\\s*([0-9.e+]+)");
        final double bytes = Text.number(received, "\"bytes\":\\s*([0-9.e+]+)");
        return new Measurement(new double[] {bits / 1e9}, bytes / 1024);
    }
}
