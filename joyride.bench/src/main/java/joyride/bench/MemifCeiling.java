package joyride.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.bench.driver.ForwardedDevice;

/** What memif carries from one process to another if neither does anything with it: DPDK's testpmd sends on one core and receives on the other. */
final class MemifCeiling implements AutoCloseable {
    private static final Pattern RECEIVED = Pattern.compile("RX-packets:\\s+(\\d+)");
    private static final String CORES = "0@(0-" + (Runtime.getRuntime().availableProcessors() - 1) + "),1@";
    private static final long START_MILLIS = 2000;

    private final Process receiver;
    private final Process sender;
    private final BufferedReader output;
    private final PrintStream input;

    /** @param frame bytes on the wire, without the checksum */
    MemifCeiling(final Path socket, final int frame) throws IOException, InterruptedException {
        receiver = start("server", socket, 0, "-i", "--forward-mode=rxonly");
        output = new BufferedReader(new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8));
        input = new PrintStream(receiver.getOutputStream(), true, StandardCharsets.UTF_8);
        input.println("start");
        TimeUnit.MILLISECONDS.sleep(START_MILLIS);
        sender = start("client", socket, 1, "--forward-mode=txonly", "--txpkts=" + frame, "--stats-period=60");
        TimeUnit.MILLISECONDS.sleep(START_MILLIS);
    }

    private static Process start(final String role, final Path socket, final int core, final String... mode)
            throws IOException {
        final List<String> line = new ArrayList<>(List.of(
                "timeout",
                "120",
                "stdbuf",
                "-oL",
                "dpdk-testpmd",
                "--no-huge",
                "--no-shconf",
                "--no-telemetry",
                "--no-pci",
                "--iova-mode=va",
                "--file-prefix=" + role,
                "-m",
                "256",
                "--lcores",
                CORES + core,
                "--vdev=net_memif0,role=" + role + ",socket-abstract=no,socket=" + socket,
                "--",
                "--burst=" + ForwardedDevice.BURST,
                "--mbcache=256",
                "--rxd=" + ForwardedDevice.DESCRIPTORS,
                "--txd=" + ForwardedDevice.DESCRIPTORS,
                "--total-num-mbufs=" + ForwardedDevice.FRAMES));
        line.addAll(List.of(mode));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(role.equals("client") ? ProcessBuilder.Redirect.DISCARD : ProcessBuilder.Redirect.PIPE)
                .start();
    }

    /** Frames received in a second. */
    double rate(final double seconds) throws IOException, InterruptedException {
        final long before = received();
        final long begin = System.nanoTime();
        TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
        return (received() - before) * 1e9 / (System.nanoTime() - begin);
    }

    private long received() throws IOException {
        input.println("show port stats all");
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            final Matcher matcher = RECEIVED.matcher(line);
            if (matcher.find()) {
                return Long.parseLong(matcher.group(1));
            }
        }
        throw new IllegalStateException("testpmd ended before it told its statistics");
    }

    @Override
    public void close() {
        for (final Process process : List.of(sender, receiver)) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
            try {
                if (!process.waitFor(10, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
