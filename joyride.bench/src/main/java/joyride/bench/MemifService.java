package joyride.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import joyride.api.memory.Kernels;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.Steering;
import joyride.core.memory.AdaptiveKernels;
import joyride.linux.Scheduling;
import joyride.nic.dpdk.DpdkDriver;
import joyride.nic.memif.MemifDriver;
import joyride.testkit.simulation.FlowProgram;
import joyride.testkit.simulation.ListenerProgram;
import joyride.testkit.simulation.SimulatedHost;

/**
 * One of two services with a memif link between them, by the driver {@code memif} or by DPDK's, in a process of its own: everything of a service's event loop, TCP and driver,
 * but in the place of programs a source and a sink of bytes inside it, so that TCP and what lies below it are measured alone.
 * {@code MemifService source|sink SOCKET MTU CPU large|single memif|cut|dpdk} (large units in TCP, or one segment at a time; {@code cut}: by the driver {@code memif} that passes no units whole) turns its loop on one core for good. For a line {@code measure SECONDS} on its standard
 * input it answers with bytes, ns of the clock, ns of the loop's CPU time, frames received, frames sent and bytes allocated in that time; it ends with its input.
 */
public final class MemifService {
    private static final int PORT = 5001;
    private static final int WRITE = 1 << 20;
    private static final int TURNS = 256;
    private static final int JUMBO = 9000;
    private static final int FRAMES = 16384;
    private static final int FEW_FRAMES = 4096;

    /** net_memif loses frames that need several of its buffers; 2^8 of these hold a frame each. */
    private static final String BIG_BUFFERS = ",bsize=64100,rsize=8";

    /** The link came or went. */
    private static final AtomicBoolean CHANGED = new AtomicBoolean();

    private static final NicEvents EVENTS = new NicEvents() {
        @Override
        public void failed(final String reason) {
            System.err.println(reason);
        }

        @Override
        public void changed() {
            CHANGED.set(true);
        }
    };

    private static final String SINK = "10.7.0.1/24";
    private static final String SOURCE = "10.7.0.2/24";

    private final SimulatedHost host;
    private final boolean source;
    private FlowProgram flow;
    private volatile double wanted;
    private volatile boolean ended;

    private MemifService(final SimulatedHost host, final boolean source) {
        this.host = host;
        this.source = source;
    }

    /** @param arguments as above */
    public static void main(final String[] arguments) throws NicException, IOException {
        final boolean source = arguments[0].equals("source");
        final Kernels kernels = new AdaptiveKernels();
        System.err.println(((AdaptiveKernels) kernels).warmUp());
        final SecureRandom random = new SecureRandom();
        final int mtu = Integer.parseInt(arguments[2]);
        final NicDriver driver = arguments[5].equals("dpdk")
                ? new DpdkDriver(Map.of("memory.mib", "512", "hugepages", "off"))
                : new MemifDriver();
        Scheduling.pin(Integer.parseInt(arguments[3]));
        try (NicPort port = driver.open(configuration(arguments[5], source, arguments[1], mtu));
                SimulatedHost host = new SimulatedHost(
                        arguments[0],
                        IpPrefix.parse(source ? SOURCE : SINK),
                        port,
                        System::nanoTime,
                        random::nextLong,
                        kernels)) {
            final boolean large = arguments[4].equals("large");
            host.largeUnits(large, large);
            final MemifService service = new MemifService(host, source);
            final Thread commands = new Thread(service::commands, "commands");
            commands.setDaemon(true);
            commands.start();
            service.serve();
        }
    }

    private static NicConfiguration configuration(
            final String driver, final boolean source, final String socket, final int mtu) {
        final String role = source ? "client" : "server";
        final boolean dpdk = driver.equals("dpdk");
        return new NicConfiguration(
                "nic0",
                dpdk ? "net_memif0" : socket,
                1,
                Steering.NONE,
                EVENTS,
                mtu,
                dpdk
                        ? Map.of(
                                "arguments",
                                "role=" + role + ",socket-abstract=no,socket=" + socket
                                        + (mtu > JUMBO ? BIG_BUFFERS : ""),
                                "frames",
                                Integer.toString(mtu > JUMBO ? FEW_FRAMES : FRAMES))
                        : Map.of("role", role, "offload", driver.equals("cut") ? "off" : "on"));
    }

    private void commands() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("measure ")) {
                    wanted = Double.parseDouble(line.substring(8));
                }
            }
        } catch (final IOException e) {
            System.err.println("no more commands: " + e);
        }
        ended = true;
    }

    private void serve() throws IOException {
        if (!source) {
            host.programs()
                    .start(new ListenerProgram(
                            host.programs(),
                            PORT,
                            8,
                            1,
                            endpoint ->
                                    flow = new FlowProgram(host.programs(), FlowProgram.Role.SINK, WRITE, endpoint)));
        }
        while (!ended) {
            turns();
            if (CHANGED.getAndSet(false)) {
                host.engine().portChanged(host.ethernet());
            }
            if (source && flow == null && host.ethernet().port().linkUp()) {
                flow = new FlowProgram(
                        host.programs(),
                        FlowProgram.Role.SOURCE,
                        WRITE,
                        IpPrefix.parse(SINK).address(),
                        PORT);
                host.programs().start(flow);
            }
            if (wanted > 0) {
                measure((long) (wanted * 1e9));
                wanted = 0;
            }
        }
    }

    private void turns() {
        for (int i = 0; i < TURNS; i++) {
            host.engine().turn();
        }
    }

    private void measure(final long nanos) throws IOException {
        final long bytes = flow == null ? 0 : flow.bytes();
        final Map<String, Long> frames = host.counters().snapshot().get("nic0");
        final long allocated = allocated();
        final long cpu = cpuNanos();
        final long begin = System.nanoTime();
        while (System.nanoTime() - begin < nanos && !ended) {
            turns();
        }
        final long wall = System.nanoTime() - begin;
        final long used = cpuNanos() - cpu;
        final long made = allocated() - allocated;
        final Map<String, Long> after = host.counters().snapshot().get("nic0");
        System.out.println("measured " + ((flow == null ? 0 : flow.bytes()) - bytes) + " " + wall + " " + used + " "
                + (after.get("rx.packets") - frames.get("rx.packets")) + " "
                + (after.get("tx.packets") - frames.get("tx.packets")) + " " + made);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }

    private static long cpuNanos() throws IOException {
        return Long.parseLong(
                Files.readString(Path.of("/proc/thread-self/schedstat")).split(" ")[0]);
    }
}
