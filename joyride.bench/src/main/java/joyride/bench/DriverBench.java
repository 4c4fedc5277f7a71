package joyride.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;

/**
 * {@code joyride bench driver}: frames for each second of one thread's CPU time, forwarded by Joyride's DPDK driver and by testpmd in turn, over the same
 * devices, bursts and numbers of mbufs: unseen (io), and with each frame's addresses written (mac), by way of the batches that core takes. CPU time, so that what else runs on the machine counts little.
 */
final class DriverBench {
    private static final double TARGET = 1.0;
    private static final double WARM_UP_SECONDS = 2;
    private static final Pattern FORWARDED = Pattern.compile("forwarded (\\d+) (\\d+) (\\d+)");

    private DriverBench() {}

    /** @return whether every target was reached */
    static boolean run(final Options options) throws Exception {
        boolean good = true;
        System.out.printf(
                "%nForwarded frames of 64 bytes, millions for each second of the thread's CPU time, bursts of %d; median (least–most) of %d"
                        + " pairs of runs in turn, %.0f s each%n%n",
                ForwardedDevice.BURST, options.pairs(), options.seconds());
        System.out.println("| device | testpmd | Joyride | ratio | wanted |");
        System.out.println("|---|---|---|---|---|");
        try (Scratch scratch = new Scratch()) {
            for (final ForwardedDevice device : ForwardedDevice.ALL) {
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
            try (TestPmd testpmd = new TestPmd(device, mode, socket.toString())) {
                testpmd.measure(0.3);
                theirs.add(testpmd.measure(options.seconds()) * 1e3);
            }
            ours.add(joyride(device, mode, options, socket) * 1e3);
            ratios.add(ours.getLast() / theirs.getLast());
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

    /** Frames for each ns of CPU time. */
    private static double joyride(
            final ForwardedDevice device, final String mode, final Options options, final Path socket)
            throws IOException, InterruptedException {
        final String output = Program.run(
                        List.of(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Forwarder.class.getName(),
                                device.name(),
                                mode,
                                socket.toString(),
                                Double.toString(WARM_UP_SECONDS),
                                Double.toString(options.seconds())),
                        Map.of(),
                        Duration.ofSeconds(60 + (long) options.seconds()))
                .checked("Forwarder");
        final Matcher matcher = FORWARDED.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("the forwarder said: " + output);
        }
        final double frames = Double.parseDouble(matcher.group(1));
        return frames / Double.parseDouble(matcher.group(2));
    }
}
