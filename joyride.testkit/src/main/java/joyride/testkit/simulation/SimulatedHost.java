package joyride.testkit.simulation;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.link.EthernetInterface;
import joyride.core.memory.ScalarKernels;

/** A host in virtual time: an engine with an interface over a port, and the programs that run on it. */
public final class SimulatedHost implements AutoCloseable {
    private static final int CHUNKS = 4096;

    private final String name;
    private final IpAddress address;
    private final CounterStore counters = new CounterStore();
    private final ChunkPool memory = new ChunkPool(CHUNKS);
    private final ProgramTransport programs;
    private final Engine engine;
    private final EthernetInterface ethernet;
    private final NicQueue queue;

    /**
     * @param prefix the host's address with its network
     * @param port what its interface sits on
     */
    public SimulatedHost(
            final String name,
            final IpPrefix prefix,
            final NicPort port,
            final VirtualClock clock,
            final SeededRandom random) {
        this.name = name;
        address = prefix.address();
        engine = new Engine(clock, random, new ScalarKernels(), counters);
        SimulatedTcp.install(engine);
        ethernet = engine.network().addEthernet("nic0", port.mtu());
        engine.network().addAddress(ethernet, prefix);
        engine.attachPort(ethernet, port, 0);
        queue = port.queue(0);
        programs = new ProgramTransport(name, memory);
        engine.attachTransport(programs);
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

    public EthernetInterface ethernet() {
        return ethernet;
    }

    /** Where its programs are started. */
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
        return Math.min(Math.min(engine.nextEvent(), queue.nextEvent()), programs.nextEvent());
    }

    @Override
    public void close() {
        engine.attachPort(ethernet, null, 0);
        engine.detachTransport(programs);
        engine.close();
        memory.close();
        counters.close();
    }
}
