package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.bench.measure.Cores;
import joyride.bench.plots.Plot;
import joyride.testkit.live.Program;
import org.HdrHistogram.Histogram;

/** Figure 4: round trips of 64 bytes over one connection. */
final class Latency {
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9);
    private static final List<String> LABELS = List.of("p50", "p90", "p99", "p99.9");

    /** Of the seconds that a run of the other figures takes: 20 round trips of a run and more are beyond p99.9. */
    private static final int TRIPS_A_SECOND = 50_000;

    private static final int WARM_TRIPS = 20_000;
    private static final long LONGEST = 60_000_000_000L;
    private static final String PORT = "7390";

    private final Lanes lanes;
    private final Cores cores;
    private final String program;
    private final Path directory;
    private final FigureOptions options;
    private final Omissions omissions;

    Latency(
            final Lanes lanes,
            final Cores cores,
            final String program,
            final Path directory,
            final FigureOptions options,
            final Omissions omissions) {
        this.lanes = lanes;
        this.cores = cores;
        this.program = program;
        this.directory = directory;
        this.options = options;
        this.omissions = omissions;
    }

    Figure measure() throws IOException, InterruptedException {
        final Grid grid = new Grid(LABELS);
        final List<Program> servers = new ArrayList<>();
        try {
            for (final Lane lane : lanes.all()) {
                servers.add(serve(lane));
                trips(lane, WARM_TRIPS);
            }
            for (int run = 0; run < options.runs(); run++) {
                for (final Lane lane : lanes.all()) {
                    cores.look();
                    one(grid, lane);
                }
            }
        } finally {
            servers.forEach(Program::close);
        }
        return new Figure(
                4,
                "Latency of a round trip",
                "One connection, one message of 64 bytes under way, blocking sockets. Each run's round trips are in an HdrHistogram of their own: "
                        + trips() / 1000 + " of them are beyond its p99.9.",
                String.format(
                        "%d %s of %,d round trips", options.runs(), options.runs() == 1 ? "run" : "runs", trips()),
                List.of(new Plot(
                        "4-latency",
                        "Round trip of 64 bytes, one connection",
                        "percentile",
                        "round trip, µs",
                        LABELS,
                        true,
                        true,
                        grid.lines())),
                List.of());
    }

    private int trips() {
        return (int) (TRIPS_A_SECOND * options.seconds());
    }

    private Program serve(final Lane lane) throws IOException, InterruptedException {
        final Program server = Program.start(
                "pingpong",
                lane.server().apply(List.of(program, "-s", lane.address(), PORT)),
                Map.of(),
                directory.resolve("pingpong.log"));
        server.await(
                "pingpong serves",
                Duration.ofSeconds(20),
                () -> client(lane, "10").exitCode() == 0);
        return server;
    }

    private Program.Result client(final Lane lane, final String... more) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of(program, "-c", lane.address(), PORT, more[0], "64"));
        line.addAll(List.of(more).subList(1, more.length));
        return Program.run(lane.client().apply(line), Map.of(), Duration.ofMinutes(1));
    }

    private Histogram trips(final Lane lane, final int count) throws IOException, InterruptedException {
        final Path file = directory.resolve("trips");
        lane.carried(
                () -> client(lane, Integer.toString(count), file.toString()).checked("pingpong"));
        final Histogram histogram = new Histogram(LONGEST, 3);
        for (final String line : Files.readAllLines(file)) {
            histogram.recordValue(Long.parseLong(line));
        }
        return histogram;
    }

    private void one(final Grid grid, final Lane lane) throws IOException, InterruptedException {
        try {
            final Histogram histogram = trips(lane, trips());
            for (int i = 0; i < LABELS.size(); i++) {
                grid.add(lane.name(), LABELS.get(i), histogram.getValueAtPercentile(PERCENTILES.get(i)) / 1e3);
            }
        } catch (final IllegalStateException e) {
            omissions.add("a run of " + lane.name(), e.getMessage());
        }
    }
}
