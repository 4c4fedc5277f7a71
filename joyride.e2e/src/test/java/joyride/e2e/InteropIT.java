package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.nic.wire.Faults;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files both ways over AF_XDP and a cable with faults, each of our congestion controls against each of the kernel's: every byte arrives, and Joyride
 * carries it. {@code -Djoyride.long=true} plays all of ours, on either variant, and every fault; else the variants take turns.
 */
@Timeout(900)
final class InteropIT {
    private static final int WEB = 8080;
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final long MILLI = 1_000_000L;
    private static final boolean LONG = Boolean.getBoolean("joyride.long");
    private static final int SIZE = LONG ? 4_000_000 : 2_000_000;

    private static final List<String> VARIANTS = List.of("freebsd", "rack");
    private static final List<String> KERNEL = List.of("cubic", "reno", "bbr");

    private static final Faults MIXED = Faults.NONE
            .withLoss(0.005, 2)
            .withReordering(0.02, 2 * MILLI)
            .withDuplication(0.01)
            .withMarking(0.01)
            .withDelay(2 * MILLI, MILLI / 2);

    private static final List<String> OURS = LONG
            ? List.of("newreno", "cubic", "dctcp", "htcp", "vegas", "cdg", "chd", "hd")
            : List.of("newreno", "cubic", "dctcp");

    private static TwoHosts hosts;
    private static Nginx ours;
    private static Nginx theirs;

    @BeforeAll
    static void start() throws Exception {
        final TwoHosts.Setup setup = new TwoHosts.Setup("afxdp", false);
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ethtool", "sysctl");
        hosts = TwoHosts.withWire(setup).start();
        hosts.stranger().run(LIMIT, "sysctl", "-w", "net.ipv4.tcp_ecn=1").checked("sysctl");
        hosts.joyride().service().shell("sysctl net.inet.tcp.ecn.enable=1");
        ours = Nginx.start(hosts.joyride(), hosts.address(), WEB);
        ours.file("file", SIZE);
        theirs = Nginx.start(hosts.stranger(), TwoHosts.STRANGER, WEB);
        theirs.file("file", SIZE);
    }

    @AfterAll
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    static List<Arguments> pairs() {
        final List<Arguments> pairs = new ArrayList<>();
        for (final String kernel : KERNEL) {
            for (final String own : OURS) {
                if (LONG) {
                    VARIANTS.forEach(variant -> pairs.addAll(each(variant, own, kernel)));
                } else {
                    pairs.add(Arguments.of(VARIANTS.get(pairs.size() % VARIANTS.size()), own, kernel, "mixed", MIXED));
                }
            }
        }
        return pairs;
    }

    private static List<Arguments> each(final String variant, final String own, final String kernel) {
        return List.of(
                Arguments.of(variant, own, kernel, "mixed", MIXED),
                Arguments.of(variant, own, kernel, "lost", Faults.NONE.withLoss(0.01)),
                Arguments.of(variant, own, kernel, "overtaken", Faults.NONE.withReordering(0.05, 2 * MILLI)),
                Arguments.of(variant, own, kernel, "doubled", Faults.NONE.withDuplication(0.05)),
                Arguments.of(variant, own, kernel, "damaged", Faults.NONE.withCorruption(0.002)),
                Arguments.of(variant, own, kernel, "far", Faults.NONE.withDelay(10 * MILLI, MILLI)),
                Arguments.of(
                        variant,
                        own,
                        kernel,
                        "marked",
                        Faults.NONE.withMarking(0.05).withDelay(MILLI, 0)));
    }

    @ParameterizedTest(name = "{1} on {0} here, {2} there, {3}")
    @MethodSource("pairs")
    void shouldCarryEveryByteBothWays(
            final String variant,
            final String own,
            final String kernel,
            final String how,
            final Faults faults,
            @TempDir final Path folder)
            throws Exception {
        assumeTrue(offered().contains(kernel), () -> "this kernel has no congestion control " + kernel);
        hosts.laboratory().faults(faults, (own + kernel + how).hashCode());
        kernelUses(kernel);
        hosts.joyride().service().shell("swap tcp " + variant);
        hosts.joyride().service().shell("swap cc " + own);
        final Carried carried = Carried.from(hosts.joyride());
        final long negotiated = counted("ecn_handshake");
        final long reduced = counted("ecn_rcwnd");
        final double out = fetched(hosts.stranger(), ours, folder.resolve("served"));
        final double in = fetched(hosts.joyride(), theirs, folder.resolve("fetched"));
        carried.check(SIZE, SIZE);
        assertTrue(counted("ecn_handshake") > negotiated, "ECN was agreed upon");
        if (faults.mark() > 0) {
            assertTrue(counted("ecn_rcwnd") > reduced, "the window was reduced by an echo");
        }
        System.out.printf(
                "interop: %s on %s against the kernel's %s, %s: out %.1f, in %.1f Mbit/s%n",
                own, variant, kernel, how, out, in);
    }

    /** Puts the stranger on a congestion control; one that a namespace may not choose and does not have is skipped. */
    private static void kernelUses(final String kernel) throws IOException, InterruptedException {
        final String name = "net.ipv4.tcp_congestion_control";
        final String before = hosts.stranger().run(LIMIT, "sysctl", "-n", name).checked("sysctl");
        if (!before.strip().equals(kernel)) {
            final Program.Result result = hosts.stranger().run(LIMIT, "sysctl", "-w", name + "=" + kernel);
            assumeTrue(
                    result.exitCode() == 0,
                    () -> "this kernel lets no namespace choose " + kernel + ": " + result.output());
        }
    }

    /** Fetches a file and compares it. @return Mbit/s */
    private static double fetched(final Host client, final Nginx server, final Path copy) throws Exception {
        final long begin = System.nanoTime();
        client.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), server.url("file"))
                .checked("curl");
        final double seconds = (System.nanoTime() - begin) / 1e9;
        assertEquals(Bytes.hash(server.root().resolve("file")), Bytes.hash(copy), () -> report());
        return SIZE * 8e-6 / seconds;
    }

    private static String offered() throws IOException {
        return Files.readString(Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control"));
    }

    private static long counted(final String counter) throws IOException, InterruptedException {
        final Matcher matcher = Pattern.compile("^tcp\\s+" + counter + "\\s+([0-9]+)$", Pattern.MULTILINE)
                .matcher(hosts.joyride().service().shell("joyride:stats tcp"));
        long total = 0;
        while (matcher.find()) {
            total += Long.parseLong(matcher.group(1));
        }
        return total;
    }

    private static String report() {
        try {
            return hosts.laboratory().report();
        } catch (final IOException e) {
            return e.toString();
        }
    }
}
