package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import joyride.bench.crowd.ConnectionsBench;
import joyride.bench.measure.Scratch;
import joyride.bench.plots.Line;
import joyride.bench.plots.Plot;
import joyride.testkit.live.LiveService;

/** Figure 5: what the service's CPU time goes into, by layer, and what an answer costs while more and more connections are open. */
final class Cost {
    private static final int LENGTH = 16384;
    private static final double KIB = 1024;

    /** What another command draws beside them. */
    static final String IN_SERVICE =
            "\n\nPrograms in the service, up to 1,000,000 connections between two stacks in one process, by `./joyride bench connections --in-service --output docs/figures`:"
                    + " [CPU of both stacks](5-in-service-cost.svg) and [heap of an idle connection's end](5-in-service-memory.svg).";

    private final Ttcp ttcp;
    private final FigureOptions options;
    private final Omissions omissions;
    private final Path directory;
    private final Grid byKib =
            new Grid(Arrays.stream(Layer.values()).map(Layer::title).toList());
    private final Grid byPacket = new Grid(byKib.labels());

    Cost(final Ttcp ttcp, final FigureOptions options, final Omissions omissions, final Path directory) {
        this.ttcp = ttcp;
        this.options = options;
        this.omissions = omissions;
        this.directory = directory;
    }

    /** By layer, over lanes that are warm. */
    List<Plot> byLayer(final Lanes lanes) throws IOException, InterruptedException {
        for (int run = 0; run < options.runs(); run++) {
            for (final Lane lane : lanes.all()) {
                if (!lane.kernelCarries()) {
                    try {
                        measure(lane);
                    } catch (final IllegalStateException e) {
                        omissions.add("a profile of " + lane.name(), e.getMessage());
                    }
                }
            }
        }
        return List.of(
                plot("5-layers-kib", "The event loop's CPU time for a KiB of bulk", "ns of CPU for a KiB", byKib),
                plot(
                        "5-layers-packet",
                        "The event loop's CPU time for a frame of bulk, both directions counted",
                        "ns of CPU for a frame",
                        byPacket));
    }

    private static Plot plot(final String file, final String title, final String y, final Grid grid) {
        return new Plot(file, title, "layer", y, grid.labels(), false, false, grid.lines());
    }

    /** Shorter ones have too few samples. */
    private static double profileSeconds(final FigureOptions options) {
        return Math.max(1, options.seconds());
    }

    private static int connectionRuns(final FigureOptions options) {
        return Math.min(3, options.runs());
    }

    private void measure(final Lane lane) throws IOException, InterruptedException {
        final double seconds = profileSeconds(options);
        final boolean joined = lane.services().size() > 1;
        final LiveService receiving = lane.services().getFirst();
        final long frames = joined ? frames(receiving) : 0;
        final Profile receiver = Profile.begin(receiving.pid(), directory.resolve("first.jfr"));
        final Profile sender =
                joined ? Profile.begin(lane.services().getLast().pid(), directory.resolve("second.jfr")) : null;
        final double kib = lane.carried(() -> ttcp.gigabits(lane, 1, LENGTH, false, seconds)) * 1e9 / 8 * seconds / KIB;
        final long moved = joined ? frames(receiving) - frames : 0;
        final String name = lane.name().replace("Joyride, ", "");
        add(receiver.end(), name + (joined ? ", receiver" : ""), kib, moved);
        if (sender != null) {
            add(sender.end(), name + ", sender", kib, moved);
        }
    }

    private void add(final Map<Layer, Double> cost, final String line, final double kib, final long frames) {
        cost.forEach((layer, nanos) -> {
            byKib.add(line, layer.title(), nanos / kib);
            if (frames > 0) {
                byPacket.add(line, layer.title(), nanos / frames);
            }
        });
    }

    /** Frames received and sent by the service's NIC: the columns RX-PKTS RX-BYTES TX-PKTS TX-BYTES DROPS end the row. */
    private static long frames(final LiveService service) throws IOException, InterruptedException {
        final String[] row = service.shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith("nic0 "))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the service has no nic0"))
                .strip()
                .split(" +");
        return Long.parseLong(row[row.length - 5]) + Long.parseLong(row[row.length - 3]);
    }

    /** By open connections, on a service of its own. */
    static List<Plot> byConnections(final Scratch scratch, final FigureOptions options, final List<String> findings)
            throws IOException, InterruptedException {
        final List<Integer> steps = ConnectionsBench.steps(options.quick());
        final List<ConnectionsBench.Step> found =
                ConnectionsBench.grow(scratch, steps, connectionRuns(options), options.seconds());
        final List<String> labels =
                steps.stream().map(step -> String.format("%,d", step)).toList();
        final List<Line> rates = new ArrayList<>();
        for (final String side :
                found.stream().map(ConnectionsBench.Step::side).distinct().toList()) {
            rates.add(new Line(
                    side,
                    found.stream()
                            .filter(step -> step.side().equals(side))
                            .map(ConnectionsBench.Step::rate)
                            .toList()));
        }
        findings.addAll(ConnectionsBench.findings(found));
        return List.of(
                new Plot(
                        "5-connections-cost",
                        "CPU of the service for an answer of 64 bytes, at most 1,000 connections talk",
                        "open connections",
                        "µs of CPU for an answer",
                        labels,
                        false,
                        true,
                        List.of(new Line(
                                "Joyride, same host: the service",
                                found.stream()
                                        .map(ConnectionsBench.Step::micros)
                                        .filter(Objects::nonNull)
                                        .toList()))),
                new Plot(
                        "5-connections-rate",
                        "Answers of 64 bytes, at most 1,000 connections talk",
                        "open connections",
                        "answers a second",
                        labels,
                        false,
                        true,
                        rates));
    }

    /** What a point of each kind is of: not what was asked for, but what was done. */
    static String runs(final FigureOptions options) {
        return FigureOptions.runsText(options.runs(), profileSeconds(options)) + " by layer and of "
                + FigureOptions.runsText(connectionRuns(options), options.seconds()) + " by connections,";
    }

    static Figure figure(final FigureOptions options, final List<Plot> plots, final List<String> findings) {
        return new Figure(
                5,
                "What the service's CPU time goes into",
                "By layer: ttcp in bulk, blocking, 16 KiB a call; samples of JFR (jdk.CPUTimeSample) of the event loop's thread, by the innermost of our"
                        + " packages on the stack; the sum is the thread's run time. Receiver and sender: the service of that end; a frame is a unit of up to 64 KiB"
                        + " with memif 1500 and memif 64000. Copy: the kernels that copy and sum, and the methods that copy"
                        + " whole payloads, with all that they do themselves, since JFR does not see the JVM's copying stub and finds its samples at the caller; rings: the shared-memory"
                        + " transport; wake-up: system calls that wake, sleep and yield. By connections: programs with many connections each, of"
                        + " which at most 1,000 have a message of 64 bytes under way."
                        + IN_SERVICE,
                runs(options),
                plots,
                findings);
    }
}
