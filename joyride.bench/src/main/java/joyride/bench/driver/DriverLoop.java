package joyride.bench.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.testkit.live.Program;

/** One run of a forwarding loop: millions of frames for each second of its thread's CPU time. */
public final class DriverLoop {
    private static final double WARM_UP_SECONDS = 2;
    private static final Pattern FORWARDED = Pattern.compile("forwarded (\\d+) (\\d+) (\\d+)");

    private DriverLoop() {}

    /** Two runs, one after the other. */
    public record Pair(double testpmd, double joyride) {}

    /**
     * A run of each.
     *
     * @param prefix what stands before the commands, as the program that enters a namespace
     * @param ours whether Joyride's comes first
     */
    public static Pair pair(
            final ForwardedDevice device,
            final String mode,
            final double seconds,
            final Path socket,
            final List<String> prefix,
            final boolean ours)
            throws IOException, InterruptedException {
        if (ours) {
            final double joyride = joyride(device, mode, seconds, socket, prefix);
            return new Pair(testpmd(device, mode, seconds, socket, prefix), joyride);
        }
        return new Pair(testpmd(device, mode, seconds, socket, prefix), joyride(device, mode, seconds, socket, prefix));
    }

    private static double testpmd(
            final ForwardedDevice device,
            final String mode,
            final double seconds,
            final Path socket,
            final List<String> prefix)
            throws IOException, InterruptedException {
        try (TestPmd testpmd = TestPmd.forwarding(device, mode, socket.toString(), prefix)) {
            testpmd.measure(0.3);
            return testpmd.measure(seconds) * 1e3;
        }
    }

    /** Joyride's driver in a process of its own. */
    private static double joyride(
            final ForwardedDevice device,
            final String mode,
            final double seconds,
            final Path socket,
            final List<String> prefix)
            throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                Program.classPath(),
                Forwarder.class.getName(),
                device.name(),
                mode,
                socket.toString(),
                Double.toString(WARM_UP_SECONDS),
                Double.toString(seconds)));
        final String output = Program.run(line, Map.of(), Duration.ofSeconds(60 + (long) seconds))
                .checked("Forwarder");
        final Matcher matcher = FORWARDED.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("the forwarder said: " + output);
        }
        return Double.parseDouble(matcher.group(1)) / Double.parseDouble(matcher.group(2)) * 1e3;
    }
}
