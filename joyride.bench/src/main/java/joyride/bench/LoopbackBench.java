package joyride.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import joyride.bench.measure.Options;
import joyride.bench.measure.Scratch;
import joyride.bench.rows.IperfRow;
import joyride.bench.rows.NginxRow;
import joyride.bench.rows.PingPongRow;
import joyride.bench.rows.RedisRow;
import joyride.bench.rows.Row;
import joyride.bench.rows.Side;
import joyride.bench.rows.Table;
import joyride.testkit.live.CpuTime;
import joyride.testkit.live.LiveService;
import joyride.testkit.netns.Namespace;

/** {@code joyride bench}: both ends on one host, in a network namespace of their own, so that the kernel's counters are theirs alone. */
final class LoopbackBench {
    static final List<String> ROWS = List.of("redis", "iperf3", "pingpong", "nginx", "connect", "idle");

    private static final int IDLE_SECONDS = 10;

    private LoopbackBench() {}

    /** @return whether every target was reached */
    static boolean run(final Options options) throws Exception {
        try (Scratch scratch = new Scratch();
                Namespace namespace = Namespace.create();
                LiveService service = new LiveService(
                        LiveService.command(), scratch.directory().resolve("run"), namespace.prefix())) {
            final double seconds = options.seconds();
            final List<Row> rows = List.of(
                    new RedisRow(seconds, 2.5),
                    IperfRow.loopback(seconds),
                    new PingPongRow(scratch.pingPong(), seconds, 0.5),
                    new NginxRow(true, seconds, 1.5),
                    new NginxRow(false, seconds, 1.0));
            service.start(null).awaitWarm();
            final Side kernel =
                    new Side("kernel", "127.0.0.1", namespace::inside, namespace::inside, namespace::kernel);
            final Side joyride =
                    new Side("joyride", "127.77.0.1", service::withLayer, service::withLayer, namespace::kernel);
            final Table table = new Table(kernel, joyride, service.process(), options, scratch.directory());
            boolean good = table.measure(rows);
            table.print();
            if (options.wants("idle")) {
                good &= idle(service);
            }
            return good;
        }
    }

    private static boolean idle(final LiveService service) throws IOException, InterruptedException {
        TimeUnit.SECONDS.sleep(2);
        final double before = CpuTime.of(service.process().pids());
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        final double share = (CpuTime.of(service.process().pids()) - before) / IDLE_SECONDS * 100;
        System.out.printf(
                "| idle service, %% of a core | – | %.2f | – | < 1 %s | – | – |%n",
                share, share < 1 ? "ok" : "NOT REACHED");
        return share < 1;
    }
}
