package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import joyride.nic.wire.Faults;
import joyride.testkit.live.KernelCounters;
import joyride.testkit.netns.Laboratory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files both ways over AF_XDP and a cable with faults, each of our congestion controls against each of the kernel's: every byte arrives, and Joyride
 * carries it. {@code -Djoyride.long=true} plays all of ours, on either variant, and every fault; else the variants take turns. IPv4 and IPv6 take turns
 * in both. {@code -Djoyride.part=2/4} plays the second fourth.
 */
@Timeout(900)
final class InteropIT {
    private static final int WEB = 8080;
    private static final int WEB_6 = 8086;
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final int MOST_TRIES = 5;
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

    private static final Map<String, Faults> FAULTS = faults();

    private static final List<String> OURS = LONG
            ? List.of("newreno", "cubic", "dctcp", "htcp", "vegas", "cdg", "chd", "hd")
            : List.of("newreno", "cubic", "dctcp");

    private static Map<String, Faults> faults() {
        final Map<String, Faults> all = new LinkedHashMap<>();
        all.put("mixed", MIXED);
        all.put("lost", Faults.NONE.withLoss(0.01));
        all.put("overtaken", Faults.NONE.withReordering(0.05, 2 * MILLI));
        all.put("doubled", Faults.NONE.withDuplication(0.05));
        all.put("damaged", Faults.NONE.withCorruption(0.002));
        all.put("far", Faults.NONE.withDelay(10 * MILLI, MILLI));
        all.put("marked", Faults.NONE.withMarking(0.05).withDelay(MILLI, 0));
        return all;
    }

    private static TwoHosts hosts;
    private static String setUp = "";
    private static Pair four;
    private static Pair six;

    /** Servers of one family: ours, and the stranger's. */
    private record Pair(Nginx ours, Nginx theirs) {
        static Pair start(final String own, final String other, final int port) throws Exception {
            final Nginx ours = Nginx.start(hosts.joyride(), own, port);
            final Nginx theirs = Nginx.start(hosts.stranger(), other, port);
            ours.file("file", SIZE);
            theirs.file("file", SIZE);
            return new Pair(ours, theirs);
        }
    }

    @BeforeAll
    static void start() throws Exception {
        final TwoHosts.Setup setup = new TwoHosts.Setup("afxdp", false, true);
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ethtool", "ip", "python3", "sysctl");
        hosts = TwoHosts.withWire(setup).start();
        hosts.stranger().run(LIMIT, "sysctl", "-w", "net.ipv4.tcp_ecn=1").checked("sysctl");
        hosts.joyride().service().shell("sysctl net.inet.tcp.ecn.enable=1");
        four = Pair.start(TwoHosts.OWN, TwoHosts.STRANGER, WEB);
        six = Pair.start(hosts.address(), hosts.strangersAddress(), WEB_6);
    }

    @AfterAll
    static void stop() {
        if (hosts != null) {
            hosts.close();
            hosts = null;
        }
    }

    /** Those with the same faults, variant and control of ours one after the other. */
    static List<Arguments> pairs() {
        final List<Arguments> pairs = new ArrayList<>();
        for (final String own : OURS) {
            if (LONG) {
                for (final String variant : VARIANTS) {
                    FAULTS.forEach((how, faults) ->
                            KERNEL.forEach(kernel -> pairs.add(Arguments.of(variant, own, kernel, how, faults))));
                }
            } else {
                KERNEL.forEach(kernel -> pairs.add(
                        Arguments.of(VARIANTS.get(pairs.size() % VARIANTS.size()), own, kernel, "mixed", MIXED)));
            }
        }
        final String[] part = System.getProperty("joyride.part", "1/1").split("/");
        final int of = Integer.parseInt(part[1]);
        final int first = Integer.parseInt(part[0]) - 1;
        return IntStream.range(0, pairs.size())
                .filter(i -> i * of / pairs.size() == first)
                .mapToObj(pairs::get)
                .toList();
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
        final boolean overSix = (OURS.indexOf(own) + how.length()) % 2 != 0;
        final Pair servers = overSix ? six : four;
        setUp(variant, own, how, faults);
        kernelUses(kernel, servers);
        final Carried carried = Carried.from(hosts.joyride());
        final String before = counters();
        final double out = served(servers.ours(), folder.resolve("served"));
        final double in = fetched(hosts.joyride(), servers.theirs(), folder.resolve("fetched"));
        carried.check(SIZE, SIZE);
        final String after = counters();
        final long reductions = sum(after, "ecn_rcwnd") - sum(before, "ecn_rcwnd");
        if (faults.mark() > 0) {
            assertTrue(reductions > 0, "the window was reduced by an echo");
        }
        System.out.printf(
                "interop: %s on %s against the kernel's %s, %s, %s: out %.1f, in %.1f Mbit/s, %d reductions by echoes%n",
                own, variant, kernel, how, overSix ? "IPv6" : "IPv4", out, in, reductions);
    }

    /** The cable and our side, unless they are so already. */
    private static void setUp(final String variant, final String own, final String how, final Faults faults)
            throws IOException, InterruptedException {
        final String wanted = variant + " " + own + " " + how;
        if (!setUp.equals(wanted)) {
            setUp = "";
            hosts.laboratory().faults(faults, wanted.hashCode());
            hosts.joyride().service().shell("swap tcp " + variant);
            hosts.joyride().service().shell("swap cc " + own);
            setUp = wanted;
        }
    }

    /**
     * Puts the stranger on a congestion control by its route to us: a namespace may have one that the machine does not let it choose for all (cubic, where
     * it is not the machine's default).
     */
    private static void kernelUses(final String kernel, final Pair servers) throws IOException, InterruptedException {
        final String ours = servers.ours().address();
        final String family = servers == six ? "-6" : "-4";
        hosts.stranger()
                .run(LIMIT, "ip", family, "route", "replace", ours, "dev", Laboratory.THEIRS, "congctl", kernel)
                .checked("ip route");
        final String asked = "import socket; s = socket.create_connection(('" + ours + "', "
                + servers.ours().port() + "), 60); print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16))";
        final String answer =
                hosts.stranger().run(LIMIT, "python3", "-c", asked).checked("python3");
        assertTrue(answer.contains("'" + kernel + "\\x00"), answer);
    }

    /**
     * The stranger fetches a file from us, once more where the cable lost its SYN or our answer: that goes again without ECN (RFC 3168 §6.1.1.1), and such
     * a connection hears no echo.
     *
     * @return Mbit/s
     */
    private static double served(final Nginx ours, final Path copy) throws Exception {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            final KernelCounters kernel = hosts.laboratory().there().kernel();
            final String before = counters();
            final double rate = fetched(hosts.stranger(), ours, copy);
            final String after = counters();
            if (sum(after, "ecn_handshake") > sum(before, "ecn_handshake")) {
                return rate;
            }
            final long again = hosts.laboratory().there().kernel().since(kernel).handshakesAgain()
                    + sum(after, "sc_retransmitted")
                    - sum(before, "sc_retransmitted");
            assertTrue(again > 0, "ECN was not agreed upon, and no SYN or SYN-ACK was lost");
        }
        return fail("ECN was not agreed upon in " + MOST_TRIES + " connections");
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

    private static String counters() throws IOException, InterruptedException {
        return hosts.joyride().service().shell("joyride:stats tcp");
    }

    private static long sum(final String counters, final String counter) {
        final Matcher matcher = Pattern.compile("^tcp\\s+" + counter + "\\s+([0-9]+)$", Pattern.MULTILINE)
                .matcher(counters);
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
