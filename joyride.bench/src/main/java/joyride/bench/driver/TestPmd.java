package joyride.bench.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** DPDK's testpmd, driven by its console: as forwarder, measured over the CPU time of its forwarding thread, or as a plain sender or receiver. */
public final class TestPmd implements AutoCloseable {
    private static final Pattern SENT = Pattern.compile("TX-packets:\\s+(\\d+)");
    private static final Pattern RECEIVED = Pattern.compile("RX-packets:\\s+(\\d+)");
    private static final String PROMPT = "testpmd> ";
    private final Process process;
    private final BufferedReader output;
    private final PrintStream input;
    private final int ports;

    private TestPmd(
            final List<String> prefix,
            final List<String> devices,
            final String cores,
            final List<String> settings,
            final String start)
            throws IOException {
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(
                "stdbuf",
                "-oL",
                "dpdk-testpmd",
                "--no-huge",
                "--no-shconf",
                "--no-telemetry",
                "--no-pci",
                "--iova-mode=va",
                "-m",
                "256",
                "--lcores",
                "0@(0-" + (Runtime.getRuntime().availableProcessors() - 1) + "),1@" + cores));
        devices.forEach(device -> line.add("--vdev=" + device));
        line.addAll(List.of("--", "-i"));
        line.addAll(settings);
        process = new ProcessBuilder(line).redirectErrorStream(true).start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        ports = devices.size();
        ask("show port summary all", "Number of available ports");
        ask(start, "packets/burst");
    }

    /**
     * Forwards between {@code device}'s ports.
     *
     * @param prefix what stands before the command, as the program that enters a namespace
     * @param socket stands where the device says SOCKET
     */
    public static TestPmd forwarding(
            final ForwardedDevice device, final String mode, final String socket, final List<String> prefix)
            throws IOException {
        return new TestPmd(
                prefix,
                device.ports().stream()
                        .map(port -> port.replace("SOCKET", socket))
                        .toList(),
                "(0-" + (Runtime.getRuntime().availableProcessors() - 1) + ")",
                List.of(
                        "--forward-mode=" + mode,
                        "--burst=" + ForwardedDevice.BURST,
                        "--mbcache=256",
                        "--rxd=" + ForwardedDevice.DESCRIPTORS,
                        "--txd=" + ForwardedDevice.DESCRIPTORS,
                        "--total-num-mbufs=" + ForwardedDevice.FRAMES),
                device.circulating() ? "start tx_first" : "start");
    }

    /**
     * Only sends, or only receives, frames of {@code length} bytes.
     *
     * @param mode txonly or rxonly
     */
    public static TestPmd oneWay(final String device, final String mode, final int core, final int length)
            throws IOException {
        return new TestPmd(
                List.of(),
                List.of(device),
                Integer.toString(core),
                List.of(
                        "--forward-mode=" + mode,
                        "--burst=" + ForwardedDevice.BURST,
                        "--txpkts=" + length,
                        "--total-num-mbufs=16384"),
                "start");
    }

    /** Fails if it has ended. */
    public void requireAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException("testpmd ended with " + process.exitValue());
        }
    }

    /** Frames received so far, by all ports. */
    public long received() throws IOException {
        return count(RECEIVED);
    }

    /** Frames for each ns of the forwarding thread's CPU time. */
    public double measure(final double seconds) throws IOException, InterruptedException {
        final Path statistics = forwardingThread().resolve("schedstat");
        final long before = sent();
        final long cpu = cpu(statistics);
        TimeUnit.NANOSECONDS.sleep((long) (seconds * 1e9));
        final long frames = sent() - before;
        return (double) frames / (cpu(statistics) - cpu);
    }

    private long sent() throws IOException {
        return count(SENT);
    }

    private long count(final Pattern pattern) throws IOException {
        input.println("show port stats all");
        long all = 0;
        for (int port = 0; port < ports; ) {
            final Matcher matcher = pattern.matcher(next("port statistics"));
            if (matcher.find()) {
                all += Long.parseLong(matcher.group(1));
                port++;
            }
        }
        return all;
    }

    private void ask(final String command, final String answer) throws IOException {
        input.println(command);
        while (!next(answer).contains(answer)) {
            // what it says before
        }
    }

    private String next(final String wanted) throws IOException {
        final String line = output.readLine();
        if (line == null) {
            throw new IllegalStateException("testpmd ended before it said '" + wanted + "'");
        }
        return line.replace(PROMPT, "");
    }

    private static long cpu(final Path statistics) throws IOException {
        return Long.parseLong(Files.readString(statistics).split(" ")[0]);
    }

    private Path forwardingThread() throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (final Path task : tasks.toList()) {
                if (Files.readString(task.resolve("comm")).contains("worker")) {
                    return task;
                }
            }
        }
        throw new IllegalStateException("testpmd has no thread whose name contains 'worker'");
    }

    @Override
    public void close() throws IOException {
        input.println("quit");
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
