package joyride.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import joyride.api.net.IpPrefix;
import joyride.core.memory.AdaptiveKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import joyride.testkit.simulation.FlowProgram;
import joyride.testkit.simulation.ListenerProgram;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.SimulatedHost;

/**
 * The stack alone, on one thread, without programs and shared memory: bulk and request/response over the internal loopback and over
 * a wire. {@code java … joyride.bench.EngineBench [bulk|rr] [loopback|wire] [seconds] [connections]}.
 */
public final class EngineBench {
    private static final int PORT = 5001;
    private static final double SECOND = 1e9;

    private EngineBench() {}

    /** @param arguments as above */
    public static void main(final String[] arguments) {
        final boolean bulk = !argument(arguments, 0, "bulk").equals("rr");
        final boolean overWire = argument(arguments, 1, "loopback").equals("wire");
        final double seconds = Double.parseDouble(argument(arguments, 2, "10"));
        final int connections = Integer.parseInt(argument(arguments, 3, bulk ? "1" : "50"));
        final SplittableRandom random = new SplittableRandom(1);
        final AdaptiveKernels kernels = new AdaptiveKernels();
        System.out.println(kernels.warmUp());
        try (Wire wire =
                new Wire("bench", 1500, 8192, Faults.NONE, System::nanoTime, new SplittableRandom(2)::nextLong)) {
            final SimulatedHost a = new SimulatedHost(
                    "a",
                    IpPrefix.parse(overWire ? "10.0.0.1/24" : "127.77.0.1/16"),
                    overWire ? wire.a() : null,
                    System::nanoTime,
                    random::nextLong,
                    kernels);
            final SimulatedHost b = overWire
                    ? new SimulatedHost(
                            "b", IpPrefix.parse("10.0.0.2/24"), wire.b(), System::nanoTime, random::nextLong, kernels)
                    : a;
            new Run(a, b, bulk, connections).measure(seconds);
        }
    }

    private static String argument(final String[] arguments, final int index, final String fallback) {
        return index < arguments.length ? arguments[index] : fallback;
    }

    /** One measurement. */
    private static final class Run {
        private final SimulatedHost a;
        private final SimulatedHost b;
        private final boolean bulk;
        private final FlowProgram[] clients;
        private long turns;

        Run(final SimulatedHost a, final SimulatedHost b, final boolean bulk, final int connections) {
            this.a = a;
            this.b = b;
            this.bulk = bulk;
            clients = new FlowProgram[connections];
            final ProgramTransport server = b == a ? b.addApplication("server") : b.programs();
            server.start(new ListenerProgram(
                    server,
                    PORT,
                    connections,
                    connections,
                    endpoint -> new FlowProgram(
                            server, bulk ? FlowProgram.Role.SINK : FlowProgram.Role.ECHO, 64, endpoint)));
            turn();
            for (int i = 0; i < connections; i++) {
                clients[i] = new FlowProgram(
                        a.programs(),
                        bulk ? FlowProgram.Role.SOURCE : FlowProgram.Role.REQUEST,
                        bulk ? 256 << 10 : 64,
                        b.address(),
                        PORT);
                a.programs().start(clients[i]);
            }
        }

        private void turn() {
            a.engine().turn();
            if (b != a) {
                b.engine().turn();
            }
            turns++;
        }

        void measure(final double seconds) {
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            for (int round = 0; round < 5; round++) {
                final long bytesBefore = bytes();
                final long exchangesBefore = exchanges();
                final long segmentsBefore = segments();
                final long turnsBefore = turns;
                final long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
                // Of the thread's own CPU time, so that a busy machine changes little.
                final long begin = threads.getCurrentThreadCpuTime();
                final long until = System.nanoTime() + (long) (seconds / 5 * SECOND);
                while (System.nanoTime() < until) {
                    for (int i = 0; i < 100; i++) {
                        turn();
                    }
                }
                final double nanos = threads.getCurrentThreadCpuTime() - begin;
                final long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
                final long segments = segments() - segmentsBefore;
                System.out.printf(
                        Locale.ROOT,
                        "%s: %.2f Gb/s, %.0f exchanges/s, %.0f segments/s, %.0f ns/segment, %.0f turns/s, %d bytes allocated%n",
                        bulk ? "bulk" : "request/response",
                        (bytes() - bytesBefore) * 8 / nanos,
                        (exchanges() - exchangesBefore) / nanos * SECOND,
                        segments / nanos * SECOND,
                        nanos / Math.max(1, segments),
                        (turns - turnsBefore) / nanos * SECOND,
                        allocated);
            }
        }

        private long bytes() {
            long sum = 0;
            for (final FlowProgram client : clients) {
                sum += client.bytes();
            }
            return sum;
        }

        private long exchanges() {
            long sum = 0;
            for (final FlowProgram client : clients) {
                sum += client.exchanges();
            }
            return sum;
        }

        /** Segments received by all instances. */
        private long segments() {
            long sum = 0;
            for (final SimulatedHost host : a == b ? new SimulatedHost[] {a} : new SimulatedHost[] {a, b}) {
                for (final Map<String, Long> group : host.counters().snapshot().values()) {
                    sum += group.getOrDefault("rcvtotal", 0L);
                }
            }
            return sum;
        }
    }
}
