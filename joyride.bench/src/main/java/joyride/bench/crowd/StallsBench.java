package joyride.bench.crowd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.bench.figures.Dpdk;
import joyride.bench.measure.Arguments;
import joyride.bench.measure.Scratch;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;

/**
 * {@code joyride bench stalls}: how long the event loop ever stands still under load, with and without the time that it waits for a core, and what clients notice of
 * a replacement: answers a second around it, and the longest time without any.
 */
public final class StallsBench {
    private static final String USAGE = "bench stalls [--quick] [--only TITLE]";
    private static final int CONNECTIONS = 100;
    private static final double ALLOWED = 1e-4;
    private static final double AROUND = 3;
    private static final int TICK_MILLIS = 10;
    private static final int TICKS = 1000 / TICK_MILLIS;

    private StallsBench() {}

    /** A replacement. @param command for the service's shell */
    private record Swap(String title, String command) {}

    /** Joyride's address on the NIC that passes from driver to driver. */
    private static final String NIC_ADDRESS = "10.78.0.1";

    private static final List<Swap> SWAPS_OF_NIC = List.of(
            new Swap("NIC from AF_XDP to DPDK", "joyride:swap nic dpdk " + Laboratory.OURS),
            new Swap("NIC from DPDK to AF_XDP", "joyride:swap nic afxdp " + Laboratory.OURS));

    /** The command; {@code --only TITLE} measures the replacements with that in their title and nothing else. @return whether every target was reached */
    public static boolean run(final List<String> arguments) throws Exception {
        final Arguments given = Arguments.parse(arguments, USAGE, Set.of("--quick"), Set.of("--only"))
                .wordless(USAGE);
        final double seconds = given.has("--quick") ? 10 : 60;
        final String wanted = given.value("--only", "");
        try (Scratch scratch = new Scratch();
                Namespace namespace = Namespace.create();
                LiveService service = new LiveService(
                        LiveService.command(), scratch.directory().resolve("run"), namespace.prefix())) {
            final String program = scratch.compile("crowd");
            service.start(null).awaitWarm();
            try (Crowd crowd = new Crowd(program, "127.77.0.1", 1, service::withLayer, service::withLayer)) {
                crowd.open(CONNECTIONS);
                crowd.talk(CONNECTIONS, 3);
                final boolean good = !wanted.isEmpty() || stalls(service, crowd, seconds);
                System.out.println();
                System.out.println(
                        "| replaced under load | longest time without any answer, ms | answers a second before | in"
                                + " the second from then on | ratio | in the worst second | worst second before |");
                System.out.println("|---|---|---|---|---|---|---|");
                for (final Swap swap : swaps(service)) {
                    if (swap.title().contains(wanted)) {
                        measure(service, crowd, swap);
                    }
                }
                if (SWAPS_OF_NIC.stream().anyMatch(swap -> swap.title().contains(wanted))) {
                    nic(scratch, program, wanted);
                }
                return good;
            }
        }
    }

    /** A NIC between two namespaces passes from driver to driver: server on a service of its own, client on the kernel of the other host. */
    private static void nic(final Scratch scratch, final String program, final String wanted)
            throws IOException, InterruptedException {
        if (!Dpdk.isThere()) {
            System.err.println("joyride bench stalls: no swap of the NIC's driver: " + Dpdk.NO_LIBRARY);
            return;
        }
        final Path etc = Files.createDirectory(scratch.directory().resolve("nic-etc"));
        Files.writeString(etc.resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
        Files.writeString(
                etc.resolve("joyride.core.cfg"),
                "interface.%1$s.driver=afxdp%ninterface.%1$s.addresses=%2$s/24%n"
                        .formatted(Laboratory.OURS, NIC_ADDRESS));
        try (Laboratory laboratory = Laboratory.create(1500, 1);
                LiveService service = new LiveService(
                        LiveService.command(),
                        scratch.directory().resolve("nic-run"),
                        laboratory.here().prefix())) {
            laboratory.theirs().address("10.78.0.9/24");
            service.start(etc).awaitWarm();
            try (Crowd crowd = new Crowd(program, NIC_ADDRESS, 1, service::withLayer, laboratory.there()::inside)) {
                crowd.open(CONNECTIONS);
                crowd.talk(CONNECTIONS, 3);
                for (final Swap swap : SWAPS_OF_NIC) {
                    if (swap.title().contains(wanted)) {
                        measure(service, crowd, swap);
                    }
                }
            }
        }
    }

    private static boolean stalls(final LiveService service, final Crowd crowd, final double seconds)
            throws IOException, InterruptedException {
        final String before = service.shell("joyride:stats -a");
        final Crowd.Talk talk = crowd.talk(CONNECTIONS, seconds);
        final String after = service.shell("joyride:stats -a");
        final double turns = counter(after, "turns.busy") - counter(before, "turns.busy");
        final double over = counter(after, "turns.over.1ms") - counter(before, "turns.over.1ms");
        final double run = counter(after, "turns.run.over.1ms") - counter(before, "turns.run.over.1ms");
        final boolean reached = run / turns <= ALLOWED;
        System.out.printf(
                "%nLoad: %.0f s, %d connections with a message of 64 bytes under way on each, %,.0f answers a second;"
                        + " %,.0f turns of the event loop that found work.%n%n| | waiting for a core included | without it"
                        + " | wanted |%n|---|---|---|---|%n",
                seconds, CONNECTIONS, talk.rate(), turns);
        System.out.printf(
                "| longest turn, ms | %s | %s | – |%n",
                longest(counter(before, "turn.longest.us"), counter(after, "turn.longest.us"), over),
                longest(counter(before, "turn.longest.run.us"), counter(after, "turn.longest.run.us"), run));
        System.out.printf(
                "| turns of 1 ms and more | %.0f (%.5f %%) | %.0f (%.5f %%) | at most 0.01 %%, so that p99.99 < 1 ms:"
                        + " %s |%n",
                over, over / turns * 100, run, run / turns * 100, reached ? "ok" : "NOT REACHED");
        System.out.printf("| longest time without any answer, ms | %.2f | | – |%n", talk.gapMillis());
        return reached;
    }

    /**
     * The longest turn of a time, ms, as well as counters tell that keep the longest since the service is warm.
     *
     * @param before longest turn up to its begin, µs
     * @param after longest turn up to its end, µs
     * @param over turns of 1 ms and more within it
     */
    static String longest(final double before, final double after, final double over) {
        if (after > before) {
            return String.format("%.2f", after / 1e3);
        }
        return over == 0 ? "< 1.00" : String.format("≤ %.2f (a longer one had been before)", before / 1e3);
    }

    private static double counter(final String stats, final String name) {
        final Matcher matcher = Pattern.compile("(?m)^.*\\b" + Pattern.quote(name) + "\\s+([0-9,.]+)")
                .matcher(stats);
        if (!matcher.find()) {
            throw new IllegalStateException("joyride:stats -a has no '" + name + "'");
        }
        return Double.parseDouble(matcher.group(1).replaceAll("\\D", ""));
    }

    private static List<Swap> swaps(final LiveService service) throws IOException, InterruptedException {
        final String bundles = service.shell("felix:lb -s");
        return List.of(
                new Swap("congestion control", "joyride:swap cc newreno"),
                new Swap("congestion control, back", "joyride:swap cc cubic"),
                new Swap("freebsd to rack", "joyride:swap tcp rack"),
                new Swap("rack to freebsd", "joyride:swap tcp freebsd"),
                new Swap("TCP's bundle updated", update(bundles, "joyride.tcp.freebsd")),
                new Swap("TCP's bundle updated again", update(bundles, "joyride.tcp.freebsd")),
                new Swap("shared-memory transport's bundle updated", update(bundles, "joyride.ipc.shm")));
    }

    private static String update(final String bundles, final String name) {
        final Matcher matcher = Pattern.compile("(\\d+)\\|Active[^\\n]*\\|" + Pattern.quote(name) + "\\b")
                .matcher(bundles);
        if (!matcher.find()) {
            throw new IllegalStateException("no bundle " + name + " in: " + bundles);
        }
        return "felix:update " + matcher.group(1);
    }

    private static void measure(final LiveService service, final Crowd crowd, final Swap swap)
            throws IOException, InterruptedException {
        final double seconds = swap.title().contains("updated") ? 40 : 25;
        final CompletableFuture<Crowd.Talk> talking = CompletableFuture.supplyAsync(() -> {
            try {
                return crowd.talk(CONNECTIONS, seconds);
            } catch (final IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        Thread.sleep((long) (AROUND * 1000));
        final long begin = System.currentTimeMillis();
        final String said = service.shell(swap.command());
        final long end = System.currentTimeMillis();
        final Crowd.Talk talk = talking.join();
        if (end > talk.beginMillis() + (seconds - 1) * 1000) {
            throw new IllegalStateException(
                    swap.command() + " took " + (end - begin) + " ms, longer than the load: " + said);
        }
        final long[] ticks = talk.ticks();
        final int from = (int) ((begin - talk.beginMillis()) / TICK_MILLIS);
        final int to = (int) Math.min(ticks.length - 1 - TICKS, (end - talk.beginMillis()) / TICK_MILLIS + TICKS);
        final int moment = longestSilence(ticks, from, to);
        int silent = 0;
        while (moment + silent < ticks.length && ticks[moment + silent] == 0) {
            silent++;
        }
        final int quiet = Math.max(0, from - (int) (AROUND * TICKS));
        final double before = sum(ticks, quiet, from) / (double) (from - quiet) * TICKS;
        final long after = sum(ticks, moment, moment + TICKS);
        System.out.printf(
                Locale.ROOT,
                "| %s | %s | %,.0f | %,d | %.2f× | %.2f× | %.2f× |%n",
                swap.title(),
                silent == 0 ? "< " + TICK_MILLIS : "≈ " + silent * TICK_MILLIS,
                before,
                after,
                after / before,
                worstSecond(ticks, from, to) / before,
                worstSecond(ticks, quiet, from) / before);
        System.err.printf(
                Locale.ROOT,
                "joyride bench stalls: %.2f× as many answers a second while %s ran, for %.1f s%n",
                (double) sum(ticks, from, to) / (to - from) * TICKS / before,
                swap.command(),
                (to - from) * TICK_MILLIS / 1e3);
        System.err.println("joyride bench stalls: " + swap.command() + " said: "
                + said.strip().replaceAll("\\s*\\n\\s*", "; "));
    }

    /** Where the longest row of empty ticks begins; if there is none, the tick with the fewest answers. */
    private static int longestSilence(final long[] ticks, final int from, final int to) {
        int best = from;
        int longest = -1;
        for (int i = from; i < to; i++) {
            int length = 0;
            while (i + length < to && ticks[i + length] == 0) {
                length++;
            }
            if (length > longest || length == 0 && longest == 0 && ticks[i] < ticks[best]) {
                longest = length;
                best = i;
            }
            i += length;
        }
        return best;
    }

    /** The fewest answers in any second of those ticks. */
    private static long worstSecond(final long[] ticks, final int from, final int to) {
        long worst = Long.MAX_VALUE;
        for (int i = from; i + TICKS <= to; i++) {
            worst = Math.min(worst, sum(ticks, i, i + TICKS));
        }
        return worst;
    }

    private static long sum(final long[] ticks, final int from, final int to) {
        long sum = 0;
        for (int i = Math.max(0, from); i < Math.min(ticks.length, to); i++) {
            sum += ticks[i];
        }
        return sum;
    }
}
