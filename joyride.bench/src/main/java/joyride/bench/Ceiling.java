package joyride.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.bench.measure.Options;
import joyride.bench.measure.Samples;
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
    private static final int FEW = 1000;
    private static final Duration START = Duration.ofSeconds(20);

    private Ceiling() {}

    /** Frames leave here by AF_XDP, for a UDP port of the other host: its stack takes each, which is paid for in the sender's call. */
    static Samples sending(final Laboratory laboratory, final String from, final String to, final Options options)
            throws IOException, InterruptedException {
        final List<Double> runs = new ArrayList<>();
        final Path log = Files.createTempFile("joyride-ceiling", ".log");
        for (int i = 0; i < options.pairs(); i++) {
            try (Program sender = testpmd(
                    laboratory.ours(),
                    "txonly",
                    options,
                    1,
                    log,
                    "--eth-peer=0," + laboratory.theirs().macAddress(),
                    "--tx-ip=" + from + "," + to,
                    "--tx-udp=9,9")) {
                runs.add(gigabits(sender, options, () -> laboratory.theirs().statistic("rx_packets")));
            }
        }
        Files.delete(log);
        return Samples.of(runs);
    }

    /** Frames leave there by AF_XDP and are received here by AF_XDP. */
    static Samples receiving(final Laboratory laboratory, final Options options)
            throws IOException, InterruptedException {
        final List<Double> runs = new ArrayList<>();
        final Path log = Files.createTempFile("joyride-ceiling", ".log");
        final Path other = Files.createTempFile("joyride-ceiling", ".log");
        for (int i = 0; i < options.pairs(); i++) {
            try (Program receiver = testpmd(laboratory.ours(), "rxonly", options, 1, log);
                    Program sender = testpmd(laboratory.theirs(), "txonly", options, 0, other)) {
                // Counted where the program's ring had room.
                runs.add(gigabits(sender, options, () -> {
                    require(receiver);
                    return laboratory.ours().queueStatistic("xdp_redirect");
                }));
            }
        }
        Files.delete(log);
        Files.delete(other);
        return Samples.of(runs);
    }

    private static double gigabits(final Program sender, final Options options, final Counter frames)
            throws IOException, InterruptedException {
        final long idle = frames.now();
        sender.await("frames arrive", START, () -> frames.now() > idle + FEW);
        final long before = frames.now();
        final long begin = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep((long) (options.seconds() * 1e9));
        final double rate = (frames.now() - before) * 1e9 / (System.nanoTime() - begin);
        require(sender);
        return rate * PAYLOAD * 8 / 1e9;
    }

    private static void require(final Program testpmd) throws IOException {
        if (!testpmd.isAlive()) {
            throw new IllegalStateException("testpmd ended: " + testpmd.output());
        }
    }

    /** A number of frames that grows. */
    @FunctionalInterface
    private interface Counter {
        long now() throws IOException, InterruptedException;
    }

    /** @param core that it forwards on */
    private static Program testpmd(
            final Veth nic,
            final String mode,
            final Options options,
            final int core,
            final Path log,
            final String... more)
            throws IOException {
        final int limit = (int) (3 * START.toSeconds() + Math.ceil(options.seconds()));
        final List<String> line = new ArrayList<>(List.of(
                "timeout",
                Integer.toString(limit),
                "dpdk-testpmd",
                "--no-huge",
                "--no-shconf",
                "--no-telemetry",
                "--no-pci",
                "-m",
                "256",
                "--lcores",
                "0@(0-1),1@" + core,
                "--vdev",
                "net_af_xdp0,iface=" + nic.name(),
                "--",
                "--forward-mode=" + mode,
                "--txpkts=" + FRAME,
                "--total-num-mbufs=16384",
                // Without an interval it waits for a key, and there is none.
                "--stats-period=60"));
        line.addAll(List.of(more));
        return Program.start("testpmd", nic.namespace().inside(line), Map.of(), log);
    }
}
