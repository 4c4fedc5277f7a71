package joyride.bench.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.measure.Options;
import joyride.bench.measure.Samples;
import joyride.bench.measure.Scratch;

/**
 * {@code joyride bench driver}: frames for each second of one thread's CPU time, forwarded by Joyride's DPDK driver and by testpmd in turn, over the same
 * devices, bursts and numbers of mbufs: unseen (io), and with each frame's addresses written (mac), by way of the batches that core takes. CPU time, so that what else runs on the machine counts little.
 */
public final class DriverBench {
    public static final List<String> ROWS =
            ForwardedDevice.MEMORY.stream().map(ForwardedDevice::name).toList();

    /** Joyride's frames for each of testpmd's, at the least. */
    public static final double TARGET = 1.0;

    private DriverBench() {}

    /** @return whether every target was reached */
    public static boolean run(final Options options) throws Exception {
        boolean good = true;
        System.out.printf(
                "%nForwarded frames of 64 bytes, millions for each second of the thread's CPU time, bursts of %d; median (least–most) of %d"
                        + " pairs of runs, begun by each in turn, %.1f s each; without huge pages, each of testpmd's mbufs begins on a page of its own, Joyride's lie"
                        + " side by side%n%n",
                ForwardedDevice.BURST, options.pairs(), options.seconds());
        System.out.println("| device | testpmd | Joyride | ratio | wanted |");
        System.out.println("|---|---|---|---|---|");
        try (Scratch scratch = new Scratch()) {
            for (final ForwardedDevice device : ForwardedDevice.MEMORY) {
                if (options.wants(device.name())) {
                    good &= compare(device, "io", options, scratch.directory().resolve("memif"));
                    good &= compare(device, "mac", options, scratch.directory().resolve("memif"));
                }
            }
        }
        return good;
    }

    private static boolean compare(
            final ForwardedDevice device, final String mode, final Options options, final Path socket)
            throws IOException, InterruptedException {
        final List<Double> theirs = new ArrayList<>();
        final List<Double> ours = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < options.pairs(); i++) {
            final DriverLoop.Pair pair =
                    DriverLoop.pair(device, mode, options.seconds(), socket, List.of(), i % 2 == 1);
            theirs.add(pair.testpmd());
            ours.add(pair.joyride());
            ratios.add(pair.joyride() / pair.testpmd());
        }
        final Samples ratio = Samples.of(ratios);
        final boolean reached = ratio.median() >= TARGET;
        System.out.printf(
                "| %s | %s | %s | %s× | ≥ %.1f× %s |%n",
                device.name() + ", " + mode,
                Samples.of(theirs).text(),
                Samples.of(ours).text(),
                ratio.text(),
                TARGET,
                reached ? "ok" : "NOT REACHED");
        return reached;
    }
}
