package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.SocketOption;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Once warm, a turn of the engine allocates nothing: by the JVM's own count of this thread's allocation. */
class AllocationTest {
    private static final int PORT = 5001;
    private static final int TURNS = 20_000;
    private static final int MOST_ROUNDS = 40;

    /** Rounds in a row without a byte: until then the JIT compiler is at work. */
    private static final int QUIET_ROUNDS = 3;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAllocateNothingWhenBulkAndRequestsCrossAWire(final boolean six) {
        try (Simulation simulation = new Simulation(1, six, 1500, false, Faults.NONE, Faults.NONE)) {
            final FlowProgram[] flows =
                    start(simulation.a().programs(), simulation.b().programs(), simulation.b());
            simulation.runFor(1_000_000);
            quiet(
                    () -> {
                        simulation.a().engine().turn();
                        simulation.b().engine().turn();
                        simulation.clock().advance(10_000);
                    },
                    flows);
            assertTrue(counter(simulation.b(), "lro.units") > TURNS, "nothing was merged");
            assertTrue(counter(simulation.a(), "tso.units") > TURNS, "nothing was cut");
        }
    }

    @Test
    void shouldAllocateNothingWhenPayloadStaysWhereItArrived() {
        final VirtualClock clock = new VirtualClock();
        final SeededRandom random = new SeededRandom(1);
        try (Wire wire = new Wire("wire", 1500, 4096, Faults.NONE, clock, random.fork())) {
            wire.offload(true);
            final BodiesPort port = new BodiesPort(wire.b());
            final IpPrefix[] addresses = {IpPrefix.parse("10.0.0.1/24"), IpPrefix.parse("10.0.0.2/24")};
            try (SimulatedHost a =
                            new SimulatedHost("a", addresses[0], wire.a(), clock, random.fork(), new ScalarKernels());
                    SimulatedHost b =
                            new SimulatedHost("b", addresses[1], port, clock, random.fork(), new ScalarKernels())) {
                final FlowProgram[] flows = start(a.programs(), b.programs(), b);
                quiet(
                        () -> {
                            a.engine().turn();
                            b.engine().turn();
                            clock.advance(10_000);
                        },
                        flows);
                assertTrue(port.split() > TURNS);
            }
        }
    }

    private static long counter(final SimulatedHost host, final String name) {
        return host.counters().snapshot().get("nic0").get(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"freebsd", "rack"})
    void shouldAllocateNothingWhenTheWireLosesFrames(final String variant) {
        final Faults faults = Faults.NONE.withLoss(0.01).withDelay(100_000, 0);
        try (Simulation simulation = new Simulation(1, 1500, false, faults, faults)) {
            SimulatedTcp.use(simulation.a().engine(), variant);
            SimulatedTcp.use(simulation.b().engine(), variant);
            final FlowProgram[] flows =
                    start(simulation.a().programs(), simulation.b().programs(), simulation.b());
            simulation.runFor(10_000_000_000L);
            quiet(
                    () -> {
                        simulation.a().engine().turn();
                        simulation.b().engine().turn();
                        simulation.clock().advance(50_000);
                    },
                    flows);
        }
    }

    @Test
    void shouldAllocateNothingWhenSegmentsAreSignedAndGoInUdp() {
        try (Simulation simulation = new Simulation(1, 1500, false, Faults.NONE, Faults.NONE)) {
            for (final ProgramTransport programs : List.of(simulation.programsA(), simulation.programsB())) {
                ((Instance) programs.instance()).tunables().set("net.inet.tcp.udp_tunneling_port", "9899");
                programs.prepare(socket -> {
                    socket.setOption(SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT, 9899);
                    socket.md5Key(IpAddress.ANY_V4, 0, new byte[] {1, 2, 3});
                });
            }
            final FlowProgram[] flows =
                    start(simulation.a().programs(), simulation.b().programs(), simulation.b());
            simulation.runFor(1_000_000);
            quiet(
                    () -> {
                        simulation.a().engine().turn();
                        simulation.b().engine().turn();
                        simulation.clock().advance(10_000);
                    },
                    flows);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.77.0.1/16", "fd77::1/128"})
    void shouldAllocateNothingWhenBulkAndRequestsCrossTheLoopback(final String address) {
        final VirtualClock clock = new VirtualClock();
        try (SimulatedHost host = new SimulatedHost(
                "host", IpPrefix.parse(address), null, clock, new SeededRandom(1), new ScalarKernels())) {
            final FlowProgram[] flows = start(host.programs(), host.addApplication("server"), host);
            quiet(
                    () -> {
                        host.engine().turn();
                        clock.advance(10_000);
                    },
                    flows);
        }
    }

    /** A bulk stream, and three connections of requests. */
    private static FlowProgram[] start(
            final ProgramTransport clients, final ProgramTransport server, final SimulatedHost to) {
        server.start(new ListenerProgram(
                server, PORT, 8, 1, endpoint -> new FlowProgram(server, FlowProgram.Role.SINK, 1, endpoint)));
        server.start(new ListenerProgram(
                server, PORT + 1, 8, 3, endpoint -> new FlowProgram(server, FlowProgram.Role.ECHO, 1000, endpoint)));
        to.engine().turn();
        final FlowProgram[] flows = new FlowProgram[4];
        for (int i = 0; i < flows.length; i++) {
            flows[i] = new FlowProgram(
                    clients,
                    i == 0 ? FlowProgram.Role.SOURCE : FlowProgram.Role.REQUEST,
                    i == 0 ? 100_000 : 100 * i,
                    to.address(),
                    i == 0 ? PORT : PORT + 1);
            clients.start(flows[i]);
        }
        return flows;
    }

    private void quiet(final Runnable turn, final FlowProgram[] flows) {
        int quiet = 0;
        long allocated = 0;
        for (int round = 0; round < MOST_ROUNDS && quiet < QUIET_ROUNDS; round++) {
            final long bytes = flows[0].bytes();
            final long exchanges = flows[1].exchanges();
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < TURNS; i++) {
                turn.run();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(flows[0].bytes() > bytes, () -> "the bulk stream stands still: " + flows[0]);
            assertTrue(flows[1].exchanges() > exchanges, () -> "requests stand still: " + flows[1]);
            quiet = allocated == 0 ? quiet + 1 : 0;
        }
        assertEquals(
                QUIET_ROUNDS, quiet, allocated + " bytes allocated in the last " + TURNS + " turns, and never none");
    }
}
