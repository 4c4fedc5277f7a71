package joyride.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Veth;

/**
 * What a program moves over a NIC that does nothing but AF_XDP: DPDK's testpmd with its driver net_af_xdp, frames of 1514 bytes, as the
 * payload that full TCP segments with timestamps would carry in as many frames.
 */
final class Ceiling {
    private static final int FRAME = 1514;
    private static final int PAYLOAD = 1448;
    private static final int START_SECONDS = 2;

    /** testpmd's rate over the last second or so. */
    private static final String RATE = "-pps:\\s+([0-9]+)";

    private Ceiling() {}

    /** Frames leave here by AF_XDP; the kernel there throws them away. */
    static Samples sending(final Laboratory laboratory, final Options options)
            throws IOException, InterruptedException {
        final List<Double> runs = new ArrayList<>();
        for (int i = 0; i < options.pairs(); i++) {
            runs.add(gigabits(
                    "Tx" + RATE,
                    Program.run(testpmd(laboratory.ours(), "txonly", seconds(options), 1, 0), Map.of(), limit(options))
                            .output()));
        }
        return Samples.of(runs);
    }

    /** Frames leave there by AF_XDP and are received here by AF_XDP. */
    static Samples receiving(final Laboratory laboratory, final Options options)
            throws IOException, InterruptedException {
        final List<Double> runs = new ArrayList<>();
        final Path log = Files.createTempFile("joyride-ceiling", ".log");
        for (int i = 0; i < options.pairs(); i++) {
            try (Program sender = Program.start(
                    "testpmd",
                    testpmd(laboratory.theirs(), "txonly", 10 + 2 * seconds(options), 0, 1),
                    Map.of(),
                    log)) {
                sender.await(
                        "frames leave", limit(options), () -> sender.output().contains("Tx-pps"));
                runs.add(gigabits(
                        "Rx" + RATE,
                        Program.run(
                                        testpmd(laboratory.ours(), "rxonly", seconds(options), 1, 0),
                                        Map.of(),
                                        limit(options))
                                .output()));
            }
        }
        Files.delete(log);
        return Samples.of(runs);
    }

    private static int seconds(final Options options) {
        return START_SECONDS + (int) Math.ceil(options.seconds());
    }

    private static Duration limit(final Options options) {
        return Duration.ofSeconds(20 + (long) options.seconds());
    }

    /** It ends by itself after {@code seconds}, as Ctrl-C would end it. @param core that it forwards on; {@code idle} waits */
    private static List<String> testpmd(
            final Veth nic, final String mode, final int seconds, final int core, final int idle) {
        return nic.namespace()
                .inside(List.of(
                        "timeout",
                        "-s",
                        "INT",
                        "-k",
                        "5",
                        Integer.toString(seconds),
                        "dpdk-testpmd",
                        "--no-huge",
                        "--no-shconf",
                        "--no-telemetry",
                        "--no-pci",
                        "-m",
                        "256",
                        "--lcores",
                        "0@" + idle + ",1@" + core,
                        "--vdev",
                        "net_af_xdp0,iface=" + nic.name(),
                        "--",
                        "--forward-mode=" + mode,
                        "--txpkts=" + FRAME,
                        "--total-num-mbufs=16384",
                        "--stats-period=1"));
    }

    private static double gigabits(final String pattern, final String output) {
        final List<Double> rates = new ArrayList<>();
        final Matcher matcher = Pattern.compile(pattern).matcher(output);
        while (matcher.find()) {
            rates.add(Double.parseDouble(matcher.group(1)));
        }
        rates.removeIf(rate -> rate == 0);
        if (rates.isEmpty()) {
            throw new IllegalStateException("testpmd over AF_XDP moved nothing; it said:\n" + output);
        }
        // The first is of a second that it started in.
        return Samples.of(rates.size() > 1 ? rates.subList(1, rates.size()) : rates)
                        .median()
                * PAYLOAD
                * 8
                / 1e9;
    }
}
