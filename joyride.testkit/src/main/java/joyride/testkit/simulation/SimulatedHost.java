package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Kernels;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicPort;
import joyride.api.time.Clock;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.link.EthernetInterface;

/** A host in virtual time: an engine with an interface over a port, and the programs that run on it. */
public final class SimulatedHost implements AutoCloseable {
    private static final int CHUNKS = 4096;

    private final String name;
    private final IpAddress address;
    private final CounterStore counters = new CounterStore();
    private final ChunkPool memory = new ChunkPool(CHUNKS);
    private final List<ProgramTransport> applications = new ArrayList<>();
    private final ProgramTransport programs;
    private final Engine engine;
    private final EthernetInterface ethernet;

    /**
     * @param prefix the host's address with its network
     * @param port what its interface sits on; null: the address is the internal loopback's
     */
    public SimulatedHost(
            final String name,
            final IpPrefix prefix,
            final NicPort port,
            final Clock clock,
            final RandomSource random,
            final Kernels kernels) {
        this(name, prefix, port, port == null ? 0 : port.mtu(), clock, random, kernels);
    }

    /** With an MTU that may be smaller than the port's. */
    public SimulatedHost(
            final String name,
            final IpPrefix prefix,
            final NicPort port,
            final int mtu,
            final Clock clock,
            final RandomSource random,
            final Kernels kernels) {
        this.name = name;
        address = prefix.address();
        engine = new Engine(clock, random, kernels, counters);
        SimulatedTcp.install(engine);
        if (port == null) {
            ethernet = null;
            engine.network().addressing().add(engine.network().loopback(), prefix);
        } else {
            ethernet = engine.network().addEthernet("nic0", mtu);
            // Programs begin at once: who asks first whether an address is free would only keep them waiting.
            ethernet.nd().dadCount(0);
            engine.network().addressing().add(ethernet, prefix);
            engine.attachPort(ethernet, port);
        }
        programs = addApplication(name);
    }

    /** Another application, with a stack instance of its own. */
    public ProgramTransport addApplication(final String application) {
        final ProgramTransport added = new ProgramTransport(application, memory);
        applications.add(added);
        engine.attachTransport(added);
        return added;
    }

    public String name() {
        return name;
    }

    public IpAddress address() {
        return address;
    }

    public Engine engine() {
        return engine;
    }

    /** Its interface; null on the internal loopback. */
    public EthernetInterface ethernet() {
        return ethernet;
    }

    /** Whether its interface merges frames that it receives, and takes larger segments than its MTU; at first both. */
    public void largeUnits(final boolean receive, final boolean send) {
        engine.network().largeUnits(ethernet, receive, send);
    }

    /** All its applications. */
    public List<ProgramTransport> applications() {
        return applications;
    }

    /** Where the programs of its first application are started. */
    public ProgramTransport programs() {
        return programs;
    }

    /** The memory of its programs' rings. */
    public ChunkPool memory() {
        return memory;
    }

    public CounterStore counters() {
        return counters;
    }

    /** When it has something to do, ns; in the past: now. */
    public long nextEvent() {
        long next = engine.nextEvent();
        for (int i = 0; i < applications.size(); i++) {
            next = Math.min(next, applications.get(i).nextEvent());
        }
        return next;
    }

    @Override
    public void close() {
        if (ethernet != null) {
            engine.attachPort(ethernet, null);
        }
        applications.forEach(engine::detachTransport);
        engine.close();
        memory.close();
        counters.close();
    }
}
