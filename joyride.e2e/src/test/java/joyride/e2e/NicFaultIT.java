package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import joyride.nic.wire.Faults;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files over a NIC and a cable that loses, doubles, holds back and damages frames: every byte arrives, both ways. */
@ParameterizedClass
@MethodSource("joyride.e2e.Setups#all")
@Timeout(300)
final class NicFaultIT {
    private static final int WEB = 8080;
    private static final int SIZE = 5_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final long MILLI = 1_000_000L;
    private static final int ENOUGH_SWAPS = 4;
    private static final int MOST_DOWNLOADS = 10;

    private static TwoHosts hosts;
    private static Nginx ours;
    private static Nginx theirs;

    @Parameter
    TwoHosts.Setup setup;

    @BeforeParameterizedClassInvocation
    static void start(final TwoHosts.Setup setup) throws Exception {
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ethtool");
        hosts = TwoHosts.withWire(setup).start();
        ours = Nginx.start(hosts.joyride(), hosts.address(), WEB);
        ours.file("file", SIZE);
        theirs = Nginx.start(hosts.stranger(), TwoHosts.STRANGER, WEB);
        theirs.file("file", SIZE);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    static List<Arguments> faults() {
        return List.of(
                Arguments.of("one in a hundred lost", "lost", Faults.NONE.withLoss(0.01)),
                Arguments.of("lost in bursts", "lost", Faults.NONE.withLoss(0.01, 5)),
                Arguments.of("overtaken", "reordered", Faults.NONE.withReordering(0.05, 2 * MILLI)),
                Arguments.of("doubled", "duplicated", Faults.NONE.withDuplication(0.05)),
                Arguments.of("damaged", "corrupted", Faults.NONE.withCorruption(0.005)),
                Arguments.of("far away", "delivered", Faults.NONE.withDelay(10 * MILLI, 2 * MILLI)),
                Arguments.of(
                        "all of it",
                        "corrupted",
                        Faults.NONE
                                .withLoss(0.005, 2)
                                .withReordering(0.02, 2 * MILLI)
                                .withDuplication(0.02)
                                .withCorruption(0.002)
                                .withDelay(2 * MILLI, MILLI)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void shouldCarryEveryByteWhenFramesAre(
            final String how, final String seen, final Faults faults, @TempDir final Path folder) throws Exception {
        hosts.laboratory().faults(faults, how.hashCode());
        Carried carried = Carried.from(hosts.joyride());
        assertEquals(
                Bytes.hash(ours.root().resolve("file")),
                fetched(hosts.stranger(), ours, folder.resolve("served")),
                () -> report(how));
        assertEquals(
                Bytes.hash(theirs.root().resolve("file")),
                fetched(hosts.joyride(), theirs, folder.resolve("fetched")),
                () -> report(how));
        carried.check(SIZE, SIZE);
        String report = hosts.laboratory().report();
        assertTrue(Pattern.compile(seen + " [1-9]").matcher(report).find(), report);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void shouldCarryEveryByteOnRackWhenFramesAre(
            final String how, final String seen, final Faults faults, @TempDir final Path folder) throws Exception {
        hosts.joyride().service().shell("swap tcp rack");
        try {
            shouldCarryEveryByteWhenFramesAre(how, seen, faults, folder);
        } finally {
            hosts.joyride().service().shell("swap tcp freebsd");
        }
    }

    @Test
    void shouldCarryEveryByteWhenVariantsTakeTurnsWhileFramesAreLost(@TempDir final Path folder) throws Exception {
        hosts.laboratory().faults(Faults.NONE.withLoss(0.01, 2).withDelay(2 * MILLI, 0), 7);
        Carried carried = Carried.from(hosts.joyride());
        Path copy = folder.resolve("copy");
        int swaps = 0;
        int downloads = 0;
        try {
            // However long a swap takes on this machine, a few of them meet a connection.
            for (; swaps < ENOUGH_SWAPS && downloads < MOST_DOWNLOADS; downloads++) {
                swaps = swappedDuringDownload(copy, swaps);
                assertEquals(Bytes.hash(ours.root().resolve("file")), Bytes.hash(copy));
            }
        } finally {
            hosts.joyride().service().shell("swap tcp freebsd");
        }
        assertTrue(swaps >= ENOUGH_SWAPS, swaps + " swaps");
        carried.check(1, (long) downloads * SIZE);
    }

    /** Returns how many swaps there have been in all. */
    private static int swappedDuringDownload(final Path copy, final int before) throws Exception {
        int swaps = before;
        try (Program curl = hosts.stranger()
                .launch("curl", "curl", "-sSf", "--limit-rate", "1M", "-o", copy.toString(), ours.url("file"))) {
            while (curl.isAlive()) {
                hosts.joyride().service().shell("swap tcp " + (swaps++ % 2 == 0 ? "rack" : "freebsd"));
                TimeUnit.MILLISECONDS.sleep(200);
            }
            assertEquals("", curl.output());
        }
        return swaps;
    }

    private static String fetched(final Host client, final Nginx server, final Path copy) throws Exception {
        client.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), server.url("file"))
                .checked("curl");
        return Bytes.hash(copy);
    }

    private static String report(final String how) {
        try {
            return how + ": " + hosts.laboratory().report();
        } catch (java.io.IOException e) {
            return how + ": " + e;
        }
    }
}
