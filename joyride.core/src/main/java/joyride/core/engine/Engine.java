package joyride.core.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import joyride.api.memory.Kernels;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;
import joyride.api.time.Clock;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.instance.SysctlTable;
import joyride.core.instance.SysctlValues;
import joyride.core.ip.IpOutput;
import joyride.core.ip.NetInterface;

/**
 * Everything of one event loop but the thread: the protocol layers, NIC queues, transports, timers and instances that it
 * owns alone. {@code EventLoop} turns it in service; simulations turn it in virtual time. Only {@link #execute} may be
 * called by other threads.
 */
public final class Engine implements AutoCloseable {
    private static final long DEFAULT_QUOTA = 256L << 20;

    private final EngineContext context;
    private final SysctlTable sysctls = new SysctlTable();
    private final SysctlValues defaults = new SysctlValues(sysctls);
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Attachment> ports = new ArrayList<>();
    private final List<IpcTransport> transports = new ArrayList<>();
    private final List<Instance> instances = new ArrayList<>();
    private final PacketBatch burst = new PacketBatch(PacketBatch.BURST);
    private final Host host = new Host();
    private NetworkStage network;
    private TransportStage transport;
    private IpOutput ip;
    private Runnable waker = () -> {};
    private long instanceIds;
    private int policyGeneration;
    private List<TransportHost.PolicyRule> policy = List.of();

    private record Attachment(NetInterface netInterface, NicQueue queue) {}

    public Engine(final Clock clock, final RandomSource random, final Kernels kernels, final CounterStore counters) {
        context = new EngineContext(clock, random, kernels, counters);
    }

    /** What the engine's parts share. */
    public EngineContext context() {
        return context;
    }

    /** The sysctl values that instances here have. */
    public SysctlTable sysctlTable() {
        return sysctls;
    }

    /** The values that new instances start with. */
    public SysctlValues defaultSysctls() {
        return defaults;
    }

    /** The transport protocols' side. */
    public TransportStage transport() {
        return transport;
    }

    /** Sets the layers; once, before the first turn. */
    public void layers(final NetworkStage networkStage, final IpOutput output, final TransportStage transportStage) {
        network = networkStage;
        ip = output;
        transport = transportStage;
    }

    /** Runs {@code task} on the engine's thread between two turns. Any thread. */
    public void execute(final Runnable task) {
        tasks.add(task);
        waker.run();
    }

    /** How {@link #execute} wakes a loop that sleeps. */
    void waker(final Runnable wake) {
        waker = wake;
    }

    /** Polls {@code queue} from now on, for {@code netInterface}. */
    public void attachQueue(final NetInterface netInterface, final NicQueue queue) {
        ports.add(new Attachment(netInterface, queue));
    }

    public void detachQueue(final NicQueue queue) {
        ports.removeIf(attachment -> attachment.queue() == queue);
    }

    /** Attaches a transport and polls it from now on. */
    public void attachTransport(final IpcTransport added) {
        added.attach(host);
        transports.add(added);
    }

    public void detachTransport(final IpcTransport removed) {
        if (transports.remove(removed)) {
            removed.detach();
        }
    }

    /** Makes an instance; transports do it through their {@link TransportHost}. */
    public Instance createInstance(final String name) {
        final long id = ++instanceIds;
        final Instance instance = new Instance(
                this,
                id,
                name,
                new SysctlValues(defaults),
                context.counters().block("instance " + id, CounterStore.Description.drops()),
                DEFAULT_QUOTA);
        instances.add(instance);
        return instance;
    }

    public List<Instance> instances() {
        return instances;
    }

    /** {@code instance} ended. Called by itself. */
    public void ended(final Instance instance) {
        instances.remove(instance);
        context.counters().release(instance.counters());
    }

    /** Whether the address is one of this service's. */
    public boolean isLocal(final long high, final long low) {
        return ip.isLocal(high, low);
    }

    /** Sets which destinations go over Joyride. */
    public void policy(final List<TransportHost.PolicyRule> rules) {
        policy = List.copyOf(rules);
        policyGeneration++;
    }

    /**
     * One turn of the duty cycle.
     *
     * @return how much was done; 0: nothing, the loop may sleep until {@link #nextEvent}
     */
    public int turn() {
        context.readClock();
        int done = runTasks();
        for (int i = 0; i < ports.size(); i++) {
            done += poll(ports.get(i));
        }
        for (int i = 0; i < transports.size(); i++) {
            done += transports.get(i).poll();
            network.drainLoopback();
        }
        done += context.timers().advance(context.millis());
        done += settle();
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).flush();
        }
        return done;
    }

    private int runTasks() {
        int done = 0;
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
            done++;
        }
        return done;
    }

    private int poll(final Attachment port) {
        final int received = port.queue().receive(burst);
        if (received > 0) {
            network.input(port.netInterface(), burst);
            port.queue().release(burst);
            network.drainLoopback();
        }
        return received;
    }

    /** Output and local delivery call each other forth until both are quiet. */
    private int settle() {
        int done = 0;
        int step;
        do {
            step = network.drainLoopback() + transport.output();
            done += step;
        } while (step > 0);
        network.transmit();
        return done;
    }

    /** When something is due by time alone, on the clock's time line, ns; {@link Long#MAX_VALUE}: never. */
    public long nextEvent() {
        final long next = context.timers().nextEvent();
        return next == Long.MAX_VALUE ? Long.MAX_VALUE : context.nanosOf(next);
    }

    @Override
    public void close() {
        context.close();
    }

    private final class Host implements TransportHost {
        @Override
        public StackInstance createInstance(final String name) {
            return Engine.this.createInstance(name);
        }

        @Override
        public Kernels kernels() {
            return context.kernels();
        }

        @Override
        public long nanoTime() {
            return context.nanoTime();
        }

        @Override
        public List<PolicyRule> policy() {
            return policy;
        }

        @Override
        public int policyGeneration() {
            return policyGeneration;
        }
    }
}
