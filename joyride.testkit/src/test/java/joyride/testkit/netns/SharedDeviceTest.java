package joyride.testkit.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The guard and the follower of rtnetlink against a real kernel, in the laboratory. */
@Timeout(180)
final class SharedDeviceTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String OURS = "10.77.0.2";
    private static final String THEIRS = "10.77.0.9";
    private static final int REFUSED = 1;
    private static final int TIMED_OUT = 124;

    @TempDir
    private Path folder;

    private Laboratory laboratory;

    @BeforeEach
    void plug() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: only root can make network namespaces");
        assumeTrue(
                Program.run(List.of("sh", "-c", "command -v ethtool"), Map.of(), LIMIT)
                                .exitCode()
                        == 0,
                "ethtool is not installed");
        laboratory = Laboratory.create(1500, 1);
        laboratory.ours().address(OURS + "/24");
        laboratory.theirs().address(THEIRS + "/24");
    }

    @AfterEach
    void unplug() {
        if (laboratory != null) {
            laboratory.close();
        }
    }

    private Program probe(final String... arguments) throws IOException {
        final List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                KernelProbe.class.getName()));
        line.addAll(List.of(arguments));
        return Program.start(
                "probe", laboratory.here().inside(line), Map.of(), folder.resolve("probe-" + arguments[0] + ".log"));
    }

    private static void await(final Program probe, final String text) throws Exception {
        probe.await("'" + text + "'", LIMIT, () -> probe.output().contains(text));
    }

    /** How a connect from there ends: 1 refused, 124 no answer at all. */
    private int connect(final int port) throws Exception {
        return laboratory
                .there()
                .run(LIMIT, "timeout", "2", "bash", "-c", "exec 2>/dev/null 3<>/dev/tcp/" + OURS + "/" + port)
                .exitCode();
    }

    @Test
    void shouldKeepTheKernelFromAnsweringForClaimedPortsAsLongAsTheGuardIsThere() throws Exception {
        assertEquals(REFUSED, connect(8080), "without a guard the kernel answers");
        try (Program guard = probe("guard", Laboratory.OURS, OURS, "8080")) {
            await(guard, "guards, kept 0");
            assertEquals(TIMED_OUT, connect(8080), "the kernel answered for a claimed port");
            assertEquals(REFUSED, connect(8081), "the kernel does not answer for its own");
            guard.await(
                    "the guard counts",
                    LIMIT,
                    () -> guard.output().contains("kept 2") || guard.output().contains("kept 1"));
            laboratory.there().run(LIMIT, "ping", "-c", "1", "-W", "5", OURS).checked("ping");
            ProcessHandle.of(guard.pid()).ifPresent(ProcessHandle::destroyForcibly);
            guard.await("it is dead", LIMIT, () -> !guard.isAlive());
        }
        assertEquals(REFUSED, connect(8080), "with the process the guard goes, too");
    }

    @Test
    void shouldTellWhatTheKernelDoesToTheDeviceAndItsNeighbours() throws Exception {
        try (Program follower = probe("follow", Laboratory.OURS, THEIRS)) {
            await(follower, "sees true 1500 [" + OURS + "/24] [KernelRoute[destination=10.77.0.0/24");
            await(follower, "first true");
            await(follower, "neighbour " + THEIRS + " USABLE");
            laboratory.ours().address("10.78.0.2/24");
            await(follower, "[" + OURS + "/24, 10.78.0.2/24]");
            laboratory.here().ip("route", "add", "default", "via", THEIRS);
            await(follower, "destination=0.0.0.0/0, gateway=" + THEIRS);
            laboratory.here().ip("link", "set", Laboratory.OURS, "mtu", "1400");
            await(follower, "sees true 1400");
            laboratory.here().ip("address", "del", OURS + "/24", "dev", Laboratory.OURS);
            await(follower, "1400 [10.78.0.2/24]");
            laboratory.theirs().down();
            await(follower, "sees false 1400");
            laboratory.theirs().up();
            follower.await(
                    "the link is up again",
                    LIMIT,
                    () -> follower.output().lastIndexOf("sees true")
                            > follower.output().lastIndexOf("sees false"));
            laboratory.ours().remove();
            await(follower, "gone");
        }
    }

    @Test
    void shouldLeaveAloneWhatTheKernelsSocketsHold() throws Exception {
        final String python = "import socket,time\n"
                + "s=socket.create_server(('', 50003), family=socket.AF_INET6, dualstack_ipv6=True)\n"
                + "c=socket.socket(); c.bind(('" + OURS + "', 50001)); c.connect(('" + OURS + "', 50003))\n"
                + "o=socket.create_server(('127.0.0.1', 50002))\n"
                + "print('ready', flush=True)\ntime.sleep(60)";
        assumeTrue(
                Program.run(List.of("sh", "-c", "command -v python3"), Map.of(), LIMIT)
                                .exitCode()
                        == 0,
                "python3 is not installed");
        try (Program holder = Program.start(
                        "holder",
                        laboratory.here().inside(List.of("python3", "-c", python)),
                        Map.of(),
                        folder.resolve("holder.log"));
                Program probe = startWhenReady(holder)) {
            await(probe, "free ");
            assertTrue(probe.output().contains("free {50000, 50002, 50004}"), probe.output());
        }
    }

    @Test
    void shouldReserveInTheKernelAndGiveBack() throws Exception {
        try (Program probe = probe("reserve", folder.resolve("record").toString(), "8080,50050-50200")) {
            await(probe, "given back");
            assertEquals(
                    List.of("taken [8080,50000-50200]", "cleaned [8080,50050-50200]", "given back [8080,50050-50200]"),
                    probe.output()
                            .lines()
                            .filter(line -> line.contains("[8080"))
                            .toList(),
                    probe.output());
        }
    }

    private Program startWhenReady(final Program holder) throws Exception {
        await(holder, "ready");
        return probe("free", OURS, "50000", "50004");
    }
}
