package joyride.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import joyride.bench.measure.Options;
import joyride.bench.measure.Samples;
import joyride.bench.measure.Scratch;
import joyride.bench.rows.Comparison;
import joyride.bench.rows.IperfRow;
import joyride.bench.rows.NginxRow;
import joyride.bench.rows.PingPongRow;
import joyride.bench.rows.RedisRow;
import joyride.bench.rows.Row;
import joyride.bench.rows.Side;
import joyride.bench.rows.Table;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Laboratory;
import joyride.testkit.netns.Namespace;

/**
 * {@code joyride bench nic}: servers on Joyride over a NIC and clients on another host's kernel, against servers on the kernel's own stack
 * over an equal pair of NICs with all its offloads. Bulk is also compared with what a program that does nothing but AF_XDP moves over such a pair.
 */
final class NicBench {
    static final List<String> ROWS = List.of("send", "receive", "nginx", "connect", "redis", "pingpong");

    private static final String ROUND = "/24";
    private static final String STRANGER = "10.77.0.9";
    private static final String KERNEL = "10.77.0.2";
    private static final String OWN = "10.77.0.1";
    private static final double CEILING_SHARE = 0.9;

    private NicBench() {}

    /** @return whether every target was reached */
    static boolean run(final Options options) throws Exception {
        if (!Namespace.isRoot()) {
            System.err.println(
                    "joyride bench nic: only root can make network namespaces and use a NIC; run it as root");
            return false;
        }
        try (Scratch scratch = new Scratch();
                Laboratory ours = addressed();
                Laboratory theirs = addressed();
                Laboratory plain = addressed();
                LiveService service = new LiveService(
                        LiveService.command(),
                        scratch.directory().resolve("run"),
                        ours.here().prefix())) {
            // What the kernel would do by itself: finished checksums and whole frames are needed by Joyride alone.
            theirs.theirs().offload(true, "tx", "tso", "gso");
            start(service, options, scratch.directory().resolve("etc"));
            return measure(options, scratch, ours, theirs, plain, service);
        }
    }

    private static Laboratory addressed() throws IOException, InterruptedException {
        final Laboratory laboratory = Laboratory.create(1500, 1);
        laboratory.ours().address(KERNEL + ROUND);
        laboratory.theirs().address(STRANGER + ROUND);
        // As the NIC of any host has it; veth's is off.
        laboratory.theirs().offload(true, "gro");
        return laboratory;
    }

    private static void start(final LiveService service, final Options options, final Path etc)
            throws IOException, InterruptedException {
        Files.createDirectory(etc);
        final String key = "interface." + Laboratory.OURS + ".";
        Files.writeString(
                etc.resolve("joyride.core.cfg"),
                key + "driver=" + options.driver() + "\n" + key
                        + (options.shared() ? "share=kernel" : "addresses=" + OWN + ROUND) + "\n");
        service.start(etc).awaitWarm();
        service.process()
                .await(
                        "the interface is up",
                        Duration.ofSeconds(20),
                        () -> interfaceLine(service).matches("\\S+\\s+up\\s.*"));
    }

    private static String interfaceLine(final LiveService service) throws IOException, InterruptedException {
        return service.shell("joyride:interfaces")
                .lines()
                .filter(line -> line.startsWith(Laboratory.OURS + " "))
                .findFirst()
                .orElse("");
    }

    private static boolean measure(
            final Options options,
            final Scratch scratch,
            final Laboratory ours,
            final Laboratory theirs,
            final Laboratory plain,
            final LiveService service)
            throws IOException, InterruptedException {
        final double seconds = options.seconds();
        final Row sending = IperfRow.sending(seconds);
        final Row receiving = IperfRow.receiving(seconds);
        final Side kernel =
                new Side("kernel", KERNEL, theirs.here()::inside, theirs.there()::inside, theirs.here()::kernel);
        final Side joyride = new Side(
                "joyride",
                options.shared() ? KERNEL : OWN,
                service::withLayer,
                ours.there()::inside,
                ours.here()::kernel);
        final Table table = new Table(kernel, joyride, service.process(), options, scratch.directory());
        boolean good = table.measure(List.of(
                sending,
                receiving,
                new NginxRow(true, seconds, 1.0),
                new NginxRow(false, seconds, 1.0),
                new RedisRow(seconds, 1.0),
                new PingPongRow(scratch.pingPong(), seconds, 1.0)));
        System.out.printf(
                "%nOver %s, %s: %s%n",
                options.driver(),
                options.shared() ? "the kernel's address" : "an address of its own",
                interfaceLine(service));
        table.print();
        return good & ceilings(options, plain, table, sending, receiving);
    }

    private static boolean ceilings(
            final Options options, final Laboratory plain, final Table table, final Row sending, final Row receiving)
            throws IOException, InterruptedException {
        boolean good = true;
        if (options.wants(sending.name()) || options.wants(receiving.name())) {
            System.out.printf("%n| bulk, payload, Gb/s | AF_XDP alone (testpmd) | Joyride | ratio | wanted |%n");
            System.out.println("|---|---|---|---|---|");
        }
        try {
            if (options.wants(sending.name())) {
                good = ceiling(
                        "sent",
                        Ceiling.sending(plain, KERNEL, STRANGER, options),
                        table.result(sending.metrics().getFirst()));
            }
            if (options.wants(receiving.name())) {
                good &= ceiling(
                        "received",
                        Ceiling.receiving(plain, options),
                        table.result(receiving.metrics().getFirst()));
            }
        } catch (final IllegalStateException e) {
            System.err.println(
                    "joyride bench: the ceiling of AF_XDP FAILED, it needs the packages dpdk and librte-net-af-xdp: "
                            + e.getMessage());
            return false;
        }
        return good;
    }

    private static boolean ceiling(final String title, final Samples ceiling, final Comparison.Result measured) {
        if (measured == null) {
            return false;
        }
        final double ratio = measured.joyride().median() / ceiling.median();
        System.out.printf(
                "| %s | %s | %s | %s× | ≥ %.2f× %s |%n",
                title,
                ceiling.text(),
                measured.joyride().text(),
                Samples.number(ratio),
                CEILING_SHARE,
                ratio >= CEILING_SHARE ? "ok" : "NOT REACHED");
        return ratio >= CEILING_SHARE;
    }
}
