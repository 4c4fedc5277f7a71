package joyride.bench.figures;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.bench.driver.DriverBench;
import joyride.bench.driver.DriverLoop;
import joyride.bench.driver.ForwardedDevice;
import joyride.bench.measure.Cores;
import joyride.bench.plots.Plot;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;
import joyride.testkit.netns.Veth;

/** Figure 3: what the driver's loop forwards, Joyride's and testpmd's. */
final class DriverRates {
    private static final String TESTPMD = "testpmd";
    private static final String JOYRIDE = "Joyride";
    private static final List<String> MODES = List.of("io", "mac");

    /** Devices whose runs are of several kinds, by the machine's mood: what differs between two programs shows in many pairs alone. */
    private static final Set<String> MOODY = Set.of("ring", "memif");

    private static final int PAIRS = 3;
    private static final int MOODY_PAIRS = 9;
    private static final int MOODY_PAIRS_QUICK = 5;
    private static final double LONGEST = 0.3;

    private final Cores cores;
    private final FigureOptions options;
    private final Omissions omissions;
    private final Path socket;

    /** @param socket a path that no other memif uses */
    DriverRates(final Cores cores, final FigureOptions options, final Omissions omissions, final Path socket) {
        this.cores = cores;
        this.options = options;
        this.omissions = omissions;
        this.socket = socket;
    }

    /** @return null if there is no DPDK here */
    Figure measure() throws IOException, InterruptedException {
        if (!Dpdk.isThere() || !Dpdk.hasTestPmd()) {
            omissions.add("figure 3", Dpdk.isThere() ? Dpdk.NO_TESTPMD : Dpdk.NO_LIBRARY);
            return null;
        }
        final List<ForwardedDevice> devices = new ArrayList<>(ForwardedDevice.MEMORY);
        if (Namespace.isRoot()) {
            devices.add(ForwardedDevice.AF_XDP);
        } else {
            omissions.add("af_xdp", "not root: a veth pair and AF_XDP need it");
        }
        final Grid grid = new Grid(devices.stream().map(ForwardedDevice::name).toList());
        final Map<String, Pairs> pairs = new LinkedHashMap<>();
        for (final ForwardedDevice device : devices) {
            for (final String mode : MODES) {
                final String name = device.name() + ", " + mode;
                pairs.put(name, new Pairs("Joyride : testpmd, " + name, DriverBench.TARGET));
            }
        }
        for (int run = 0; run < moodyPairs(); run++) {
            for (final ForwardedDevice device : devices) {
                for (final String mode : MODES) {
                    if (run < pairs(device)) {
                        measure(grid, pairs.get(device.name() + ", " + mode), device, mode, run % 2 == 1);
                    }
                }
            }
        }
        return new Figure(
                3,
                "Frames that the driver's loop forwards",
                "Frames of 64 bytes, bursts of 64, DPDK's devices; io: a burst received is sent on unseen; mac: each frame's addresses are"
                        + " written, through the batches that the service takes. For each second of the forwarding thread's CPU time. af_xdp"
                        + " forwards between the two ends of a veth pair, in copy mode. Without huge pages each of testpmd's mbufs begins on a page of"
                        + " its own, while Joyride's lie side by side but for af_xdp's. A run of each program in turn is a pair, begun by each in turn.",
                String.format(
                        "%s (ring and memif: %d)", FigureOptions.runsText(ordinaryPairs(), seconds()), moodyPairs()),
                List.of(new Plot(
                        "3-driver",
                        "The driver's loop, frames of 64 bytes",
                        "device",
                        "millions of frames for each second of CPU time",
                        grid.labels(),
                        true,
                        false,
                        grid.lines())),
                pairs.values().stream()
                        .filter(each -> !each.isEmpty())
                        .map(Pairs::finding)
                        .toList());
    }

    private int pairs(final ForwardedDevice device) {
        return MOODY.contains(device.name()) ? moodyPairs() : ordinaryPairs();
    }

    private int ordinaryPairs() {
        return Math.min(PAIRS, options.runs());
    }

    private int moodyPairs() {
        return options.quick() ? MOODY_PAIRS_QUICK : MOODY_PAIRS;
    }

    private double seconds() {
        return Math.min(LONGEST, options.seconds());
    }

    private static String line(final String program, final String mode) {
        return program + ", " + mode;
    }

    private void measure(
            final Grid grid, final Pairs pairs, final ForwardedDevice device, final String mode, final boolean ours)
            throws IOException, InterruptedException {
        try (Namespace namespace = device == ForwardedDevice.AF_XDP ? pair() : null) {
            final List<String> prefix = namespace == null ? List.of() : namespace.prefix();
            boolean far = Cores.far(cores.look());
            final DriverLoop.Pair pair = DriverLoop.pair(device, mode, seconds(), socket, prefix, ours);
            far |= Cores.far(cores.look());
            grid.add(line(TESTPMD, mode), device.name(), pair.testpmd());
            grid.add(line(JOYRIDE, mode), device.name(), pair.joyride());
            pairs.add(pair.joyride(), pair.testpmd(), far);
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
