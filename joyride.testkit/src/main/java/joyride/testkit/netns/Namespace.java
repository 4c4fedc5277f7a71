package joyride.testkit.netns;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import joyride.testkit.live.KernelCounters;
import joyride.testkit.live.Program;

/**
 * A network namespace that lives as long as this object, and no longer than this JVM: a process holds it that ends with its
 * standard input, and then ends whatever still runs in it. So a JVM that is killed leaves neither a program nor an interface
 * behind. Its kernel TCP counters count these programs alone, and its /sys shows its own interfaces. Without root it is the
 * namespace we are in.
 */
public final class Namespace implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** $1: the namespace that must never be swept, ours. */
    private static final String HOLDER = """
            mount -t sysfs sysfs /sys
            ip link set lo up || exit 1
            echo ready
            cat >/dev/null
            own=$(readlink /proc/self/ns/net)
            [ "$own" != "$1" ] || exit 1
            for process in /proc/[0-9]*; do
              [ "$(readlink "$process/ns/net")" = "$own" ] && [ "${process#/proc/}" != $$ ] && kill -9 "${process#/proc/}"
            done 2>/dev/null
            exit 0
            """;

    private final Process holder;

    private Namespace(final Process holder) {
        this.holder = holder;
    }

    /** A new one if we may make one, else the present one. */
    public static Namespace create() throws IOException {
        if (!isRoot()) {
            return new Namespace(null);
        }
        final String ours = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
        final Process holder = new ProcessBuilder("unshare", "--net", "--mount", "sh", "-c", HOLDER, "namespace", ours)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final BufferedReader out =
                new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8));
        if (!"ready".equals(out.readLine())) {
            holder.destroyForcibly();
            throw new IOException(
                    "no network namespace could be made: unshare --net --mount or ip link set lo up failed");
        }
        return new Namespace(holder);
    }

    /** Whether namespaces of our own can be made. */
    public static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Whether nobody else's traffic is in it. */
    public boolean isOwn() {
        return holder != null;
    }

    /** What stands before a command line that is to run in it; a program started so keeps its process id. */
    public List<String> prefix() {
        return holder == null
                ? List.of()
                : List.of("nsenter", "--target", Long.toString(holder.pid()), "--net", "--mount", "--");
    }

    /** {@code line} as it runs in here. */
    public List<String> inside(final List<String> line) {
        final List<String> all = new ArrayList<>(prefix());
        all.addAll(line);
        return all;
    }

    /** Runs a program in here to its end. */
    public Program.Result run(final Duration limit, final String... line) throws IOException, InterruptedException {
        return Program.run(inside(List.of(line)), Map.of(), limit);
    }

    /** Runs {@code ip} in here; what it printed. */
    public String ip(final String... arguments) throws IOException, InterruptedException {
        return must("ip", arguments);
    }

    /** Switches offloads of an interface in here, such as {@code "tx"} or {@code "gro"}; needs ethtool. */
    public void offload(final String name, final boolean on, final String... features)
            throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of("-K", name));
        for (final String feature : features) {
            line.add(feature);
            line.add(on ? "on" : "off");
        }
        must("ethtool", line.toArray(String[]::new));
    }

    /** Runs a program of the system in here that must succeed; what it printed. */
    public String must(final String program, final String... arguments) throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of(program));
        line.addAll(List.of(arguments));
        return Program.run(inside(line), Map.of(), LIMIT).checked(String.join(" ", line));
    }

    /** What the kernel's TCP has done in it. */
    public KernelCounters kernel() throws IOException {
        return holder == null ? KernelCounters.now() : KernelCounters.of(holder.pid());
    }

    /** A process that is in it as long as it lives, as {@code ip link … netns PID} wants one. */
    long pid() {
        if (holder == null) {
            throw new IllegalStateException("only root can make network namespaces and interfaces between them");
        }
        return holder.pid();
    }

    @Override
    public void close() {
        if (holder == null) {
            return;
        }
        try {
            holder.getOutputStream().close();
            if (!holder.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (final IOException e) {
            holder.destroyForcibly();
        } catch (final InterruptedException e) {
            holder.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
