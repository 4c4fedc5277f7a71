package joyride.testkit.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.nic.wire.Faults;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's own stacks in the laboratory: what the laboratory promises holds without Joyride. */
@Timeout(120)
final class LaboratoryTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Pattern PING = Pattern.compile("([0-9]+) packets transmitted, ([0-9]+) received");

    @TempDir
    Path folder;

    @BeforeEach
    void needs() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: only root can make network namespaces");
        for (final String program : List.of("ethtool", "ping")) {
            assumeTrue(
                    Program.run(List.of("sh", "-c", "command -v " + program), Map.of(), LIMIT)
                                    .exitCode()
                            == 0,
                    () -> program + " is not installed");
        }
    }

    private static Laboratory addressed(final Laboratory laboratory) throws Exception {
        laboratory.ours().address("10.77.0.2/24");
        laboratory.theirs().address("10.77.0.9/24");
        return laboratory;
    }

    private static long[] ping(final Laboratory laboratory, final int count, final String... options) throws Exception {
        final String[] line = new String[options.length + 6];
        System.arraycopy(new String[] {"ping", "-c", Integer.toString(count), "-W", "2"}, 0, line, 0, 5);
        System.arraycopy(options, 0, line, 5, options.length);
        line[line.length - 1] = "10.77.0.9";
        final String report = laboratory.here().run(LIMIT, line).output();
        final Matcher matcher = PING.matcher(report);
        assertTrue(matcher.find(), report);
        return new long[] {Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))};
    }

    @Test
    void shouldCarryEveryPacketWhenTheCableIsWhole() throws Exception {
        try (Laboratory laboratory = addressed(Laboratory.create(1500, 2))) {
            assertEquals(20, ping(laboratory, 20, "-i", "0.01")[1]);
            assertTrue(laboratory.ours().statistic("rx_packets") >= 20);
            assertTrue(
                    laboratory.here().must("ls", "/sys/class/net/joy0/queues").contains("rx-1"));
        }
    }

    @Test
    void shouldLoseDoubleAndDelayWhenTheWireHasFaults() throws Exception {
        try (Laboratory laboratory = addressed(Laboratory.create(folder.resolve("wire.log")))) {
            assertEquals(50, ping(laboratory, 50, "-i", "0.01")[1]);
            laboratory.faults(Faults.NONE.withLoss(0.2), 1);
            final long received = ping(laboratory, 200, "-i", "0.005")[1];
            assertTrue(received > 60 && received < 190, "received " + received + " of 200; " + laboratory.report());
            laboratory.faults(Faults.NONE.withDuplication(0.5), 2);
            final String doubled = laboratory
                    .here()
                    .run(LIMIT, "ping", "-c", "100", "-i", "0.005", "-W", "2", "10.77.0.9")
                    .output();
            assertTrue(doubled.contains("duplicates"), doubled);
            laboratory.faults(Faults.NONE.withDelay(20_000_000, 0), 3);
            final String delayed = laboratory
                    .here()
                    .run(LIMIT, "ping", "-c", "5", "-i", "0.05", "-W", "2", "10.77.0.9")
                    .output();
            final Matcher least = Pattern.compile("= ([0-9.]+)/").matcher(delayed);
            assertTrue(least.find(), delayed);
            assertTrue(Double.parseDouble(least.group(1)) >= 40, delayed);
        }
    }

    @Test
    void shouldCarryAgainWhenTheNicWasReplaced() throws Exception {
        try (Laboratory laboratory = addressed(Laboratory.create(folder.resolve("wire.log")))) {
            assertEquals(5, ping(laboratory, 5, "-i", "0.01")[1]);
            laboratory.remove();
            laboratory.replace();
            laboratory.ours().address("10.77.0.2/24");
            // The stranger has our old MAC address until it hears the new one, in our question for its or when its own
            // times out.
            long answered = 0;
            for (int i = 0; i < 20 && answered < 5; i++) {
                answered = ping(laboratory, 5, "-i", "0.01")[1];
            }
            assertEquals(5, answered);
        }
    }

    @Test
    void shouldEndEveryProgramWhenTheNamespaceEnds() throws Exception {
        final Program sleeper;
        try (Namespace namespace = Namespace.create()) {
            sleeper = Program.start(
                    "sleeper", namespace.inside(List.of("sleep", "600")), Map.of(), folder.resolve("sleeper.log"));
            // It is in the namespace once nsenter has become it.
            sleeper.await(
                    "sleep runs",
                    LIMIT,
                    () -> Files.readString(Path.of("/proc/" + sleeper.pid() + "/comm"))
                            .strip()
                            .equals("sleep"));
            assertTrue(sleeper.isAlive());
        }
        assertTrue(ProcessHandle.of(sleeper.pid())
                .map(handle -> handle.onExit().orTimeout(10, TimeUnit.SECONDS).join())
                .map(handle -> !handle.isAlive())
                .orElse(true));
        assertFalse(sleeper.isAlive());
    }
}
