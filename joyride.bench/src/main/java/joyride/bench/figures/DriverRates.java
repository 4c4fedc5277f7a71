package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.bench.driver.DriverLoop;
import joyride.bench.driver.ForwardedDevice;
import joyride.bench.plots.Plot;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;
import joyride.testkit.netns.Veth;

/** Figure 3: what the driver's loop forwards, Joyride's and testpmd's. */
final class DriverRates {
    private static final String TESTPMD = "testpmd";
    private static final String JOYRIDE = "Joyride";
    private static final List<String> MODES = List.of("io", "mac");

    private final FigureOptions options;
    private final Omissions omissions;
    private final Path socket;

    /** @param socket a path that no other memif uses */
    DriverRates(final FigureOptions options, final Omissions omissions, final Path socket) {
        this.options = options;
        this.omissions = omissions;
        this.socket = socket;
    }

    /** @return null if there is no DPDK here */
    Figure measure() throws IOException, InterruptedException {
        if (!Dpdk.isThere() || !Dpdk.hasTestPmd()) {
            omissions.add("figure 3", "no DPDK or no dpdk-testpmd: apt-get install dpdk librte-meta-all");
            return null;
        }
        final List<ForwardedDevice> devices = new ArrayList<>(ForwardedDevice.MEMORY);
        if (Namespace.isRoot()) {
            devices.add(ForwardedDevice.AF_XDP);
        } else {
            omissions.add("af_xdp", "not root: a veth pair and AF_XDP need it");
        }
        final Grid grid = new Grid(devices.stream().map(ForwardedDevice::name).toList());
        for (int run = 0; run < Math.min(3, options.runs()); run++) {
            for (final ForwardedDevice device : devices) {
                for (final String mode : MODES) {
                    measure(grid, device, mode, run % 2 == 1);
                }
            }
        }
        final List<String> findings = new ArrayList<>();
        for (final String device : grid.labels()) {
            for (final String mode : MODES) {
                final double ratio =
                        grid.median(line(JOYRIDE, mode), device) / grid.median(line(TESTPMD, mode), device);
                if (!Double.isNaN(ratio)) {
                    findings.add(String.format("Joyride : testpmd, %s, %s: %.2f×", device, mode, ratio));
                }
            }
        }
        return new Figure(
                3,
                "Frames that the driver's loop forwards",
                "Frames of 64 bytes, bursts of 64, DPDK's devices; io: a burst received is sent on unseen; mac: each frame's addresses are"
                        + " written, through the batches that the service takes. For each second of the forwarding thread's CPU time. af_xdp"
                        + " forwards between the two ends of a veth pair, in copy mode. Without huge pages each of testpmd's mbufs begins on a page of"
                        + " its own, while Joyride's lie side by side but for af_xdp's. At most three runs.",
                List.of(new Plot(
                        "3-driver",
                        "The driver's loop, frames of 64 bytes",
                        "device",
                        "millions of frames for each second of CPU time",
                        grid.labels(),
                        true,
                        false,
                        grid.lines())),
                findings);
    }

    private static String line(final String program, final String mode) {
        return program + ", " + mode;
    }

    private void measure(final Grid grid, final ForwardedDevice device, final String mode, final boolean ours)
            throws IOException, InterruptedException {
        try (Namespace namespace = device == ForwardedDevice.AF_XDP ? pair() : null) {
            final List<String> prefix = namespace == null ? List.of() : namespace.prefix();
            final DriverLoop.Pair pair = DriverLoop.pair(device, mode, options.seconds(), socket, prefix, ours);
            grid.add(line(TESTPMD, mode), device.name(), pair.testpmd());
            grid.add(line(JOYRIDE, mode), device.name(), pair.joyride());
        } catch (final IllegalStateException e) {
            omissions.add(device.name() + ", " + mode, e.getMessage());
        }
    }

    private static Namespace pair() throws IOException, InterruptedException {
        final Namespace namespace = Namespace.create();
        Veth.pair(new Veth(namespace, Laboratory.OURS), new Veth(namespace, Laboratory.THEIRS), 1500, 1);
        return namespace;
    }
}
