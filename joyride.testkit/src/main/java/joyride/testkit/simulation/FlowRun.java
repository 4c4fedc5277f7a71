package joyride.testkit.simulation;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.core.instance.Instance;
import joyride.nic.wire.Faults;

/** Bulk flows from host a to host b over one simulated link, each with its congestion control, and what is seen of them. */
public final class FlowRun implements AutoCloseable {
    private static final int FIRST_PORT = 5000;
    private static final int WRITE = 1 << 20;
    private static final long MILLI = 1_000_000L;
    private static final int TCP_INFO = 104;

    private final Simulation simulation;
    private final List<Flow> flows = new ArrayList<>();

    /** A flow's ends. */
    private record Flow(FlowProgram source, FlowProgram[] sink) {}

    /**
     * What is seen of a flow at a time.
     *
     * @param seconds since the run began
     * @param window cwnd, segments
     * @param threshold ssthresh, segments
     * @param rttMillis smoothed
     * @param delivered bytes that the receiver read
     */
    public record Sample(double seconds, int window, int threshold, double rttMillis, long delivered) {}

    /**
     * A link without flows.
     *
     * @param there what befalls data
     * @param back what befalls acknowledgements
     * @param sysctls of both hosts, beside the defaults
     */
    public FlowRun(final long seed, final Faults there, final Faults back, final Map<String, String> sysctls) {
        simulation = new Simulation(seed, 1500, false, there, back);
        sysctls.forEach(((Instance) simulation.programsA().instance()).tunables()::set);
        sysctls.forEach(((Instance) simulation.programsB().instance()).tunables()::set);
    }

    public Simulation simulation() {
        return simulation;
    }

    /** Flows that begin from now on go by the variant of that name. */
    public FlowRun variant(final String name) {
        SimulatedTcp.use(simulation.a().engine(), name);
        SimulatedTcp.use(simulation.b().engine(), name);
        return this;
    }

    /** Begins a flow. @param control the congestion control of both its ends */
    public FlowRun flow(final String control) {
        final int port = FIRST_PORT + flows.size();
        final ProgramTransport server = simulation.programsB();
        final FlowProgram[] sink = new FlowProgram[1];
        ((Instance) simulation.programsA().instance()).congestionControl(control);
        ((Instance) server.instance()).congestionControl(control);
        server.start(new ListenerProgram(server, port, 1, 1, endpoint -> {
            sink[0] = new FlowProgram(server, FlowProgram.Role.SINK, 1, endpoint);
            return sink[0];
        }));
        final FlowProgram source = new FlowProgram(
                simulation.programsA(),
                FlowProgram.Role.SOURCE,
                WRITE,
                simulation.b().address(),
                port);
        simulation.programsA().start(source);
        flows.add(new Flow(source, sink));
        while (sink[0] == null) {
            simulation.runFor(10 * MILLI);
        }
        sink[0].endpoint().socket().congestionControl(control);
        source.endpoint().socket().congestionControl(control);
        return this;
    }

    /** Lets time pass. */
    public void pass(final double seconds) {
        simulation.runFor((long) (seconds * 1e9));
    }

    /** Lets time pass and looks at a flow at equal times. */
    public List<Sample> watch(final int flow, final double seconds, final double every) {
        final List<Sample> samples = new ArrayList<>();
        for (long i = 0; i * every < seconds; i++) {
            pass(every);
            samples.add(sample(flow));
        }
        return samples;
    }

    /** A flow as it is now. */
    public Sample sample(final int flow) {
        final Flow each = flows.get(flow);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment info = arena.allocate(TCP_INFO, 8);
            each.source().endpoint().socket().tcpInfo(info.address(), TCP_INFO);
            return new Sample(
                    simulation.clock().nanoTime() / 1e9,
                    info.get(ValueLayout.JAVA_INT, 80),
                    info.get(ValueLayout.JAVA_INT, 76),
                    info.get(ValueLayout.JAVA_INT, 68) / 1000.0,
                    delivered(flow));
        }
    }

    /** Bytes that the receiver of a flow read so far. */
    public long delivered(final int flow) {
        return flows.get(flow).sink()[0].bytes();
    }

    /** The sender's TCP counters. */
    public Map<String, Long> counters() {
        return simulation.a().counters().snapshot().get("tcp");
    }

    @Override
    public void close() {
        simulation.close();
    }
}
