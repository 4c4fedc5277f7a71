package joyride.core.engine;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.counters.CounterBlock;
import joyride.api.memory.Kernels;
import joyride.api.nic.NicPort;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.Clock;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.ip.NetworkEnvironment;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.EthernetInterface;
import joyride.core.share.Claims;
import joyride.core.tcp.TcpStack;
import joyride.core.time.TimerWheel;
import joyride.core.transport.TransportStage;
import joyride.core.udp.Udp;

/**
 * Everything of one event loop but the thread: the protocol layers, NIC queues, transports, timers and instances that it
 * owns alone. {@link EventLoop} turns it in service; simulations turn it in virtual time. Only {@link #execute} may be
 * called by other threads.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());
    private static final int MOST_ROUNDS = 10_000;

    private final EngineContext context;
    private final CounterBlock drops;
    private final TcpTunables tunables = new TcpTunables();
    private final Claims claims = new Claims();
    private final LoopTasks tasks = new LoopTasks();
    private final ProgramRouting routing = new ProgramRouting();
    private final NetworkLayer network;
    private final Udp udp;
    private final TransportStage transport;
    private final Instances instances;
    private final AttachedPorts ports;
    private final AttachedTransports transports;
    private String stopped;

    public Engine(final Clock clock, final RandomSource random, final Kernels kernels, final CounterStore counters) {
        context = new EngineContext(clock, random, kernels, counters);
        drops = counters.block("drops", CounterStore.Description.drops());
        final NetworkEnvironment environment =
                new NetworkEnvironment(context, context.timers(), random, kernels, counters, drops, tunables, claims);
        network = new NetworkLayer(environment);
        udp = new Udp(environment, network.output());
        network.register(Udp.PROTOCOL, udp);
        final TcpStack tcp = new TcpStack(environment, network.output(), udp.tunnels(), tunables);
        network.register(TcpStack.PROTOCOL, tcp);
        transport = tcp;
        instances = new Instances(transport, network.output(), counters, tunables);
        ports = new AttachedPorts(network);
        transports = new AttachedTransports(new Host(), transport);
    }

    /** What the engine's parts share. */
    public EngineContext context() {
        return context;
    }

    /** Packets dropped before an instance was found, by reason. */
    public CounterBlock drops() {
        return drops;
    }

    /** The sysctl values that new instances start with. */
    public TcpTunables tunables() {
        return tunables;
    }

    /** The names of the TCP variant and the congestion control that new instances start with. */
    public void defaults(final String variantName, final String algorithm) {
        instances.defaults(variantName, algorithm);
    }

    public String defaultVariant() {
        return instances.defaultVariant();
    }

    public String defaultCongestionControl() {
        return instances.defaultCongestionControl();
    }

    /** The IP layer and its interfaces. */
    public NetworkLayer network() {
        return network;
    }

    /** The service's own UDP. */
    public Udp udp() {
        return udp;
    }

    /** The transport protocols' side. */
    public TransportStage transport() {
        return transport;
    }

    /** Runs {@code task} on the engine's thread between two turns. Any thread. */
    public void execute(final Runnable task) {
        tasks.execute(task);
    }

    /** Runs {@code task} at the beginning of the next turn, which follows at once: one step of many. On the engine's thread. */
    public void executeNextTurn(final Runnable task) {
        tasks.executeNextTurn(task);
    }

    /** How {@link #execute} wakes a loop that sleeps. */
    void waker(final Runnable wake) {
        tasks.waker(wake);
    }

    /** Serves {@code ethernet} by all queues of {@code port} from now on, after whatever served it; null: by none. */
    public void attachPort(final EthernetInterface ethernet, final NicPort port) {
        if (port != null) {
            port.kernels(context.kernels());
        }
        ports.attach(ethernet, port);
        if (port != null) {
            transport.portAttached();
        }
    }

    /** The port under {@code ethernet} has another MTU, MAC address or offloads now. */
    public void portChanged(final EthernetInterface ethernet) {
        network.portChanged(ethernet);
    }

    /** {@code listener} hears of transports that threw and were let go of. On this engine's thread; returns at once. */
    public void onTransportLost(final Consumer<IpcTransport> listener) {
        transports.onLost(listener);
    }

    /** {@code listener} hears what the driver of {@code ethernet} throws. On this engine's thread; returns at once. */
    public void onPortFailure(final EthernetInterface ethernet, final Consumer<Throwable> listener) {
        ethernet.onPortFailure(thrown -> {
            ports.failed();
            listener.accept(thrown);
        });
    }

    /** Attaches a transport and polls it from now on. */
    public void attachTransport(final IpcTransport added) {
        transports.attach(added);
    }

    public void detachTransport(final IpcTransport removed) {
        transports.detach(removed);
    }

    /**
     * Takes {@code leaving} out of service; its applications wait for a successor. Nothing of theirs is under way between core's layers
     * then: what was sent on the internal loopback has arrived.
     *
     * @return null if it had no way to leave them: they see the service gone
     */
    public Parking park(final IpcTransport leaving) {
        if (!transports.all().contains(leaving)) {
            return null;
        }
        for (int round = 0; round == 0 || network.loopbackPending() > 0; round++) {
            if (round == MOST_ROUNDS) {
                throw new IllegalStateException("the internal loopback does not come to rest");
            }
            settle();
        }
        network.transmit();
        return transports.park(leaving);
    }

    /**
     * Puts {@code successor} in service, with the applications that wait.
     *
     * @throws RuntimeException what it throws; then they wait on
     */
    public void adopt(final IpcTransport successor, final Parking parking) {
        transports.adopt(successor, parking);
    }

    /** The applications that wait have waited enough: they end. @param reason for people */
    public void abandon(final Parking parking, final String reason) {
        parking.end(transport, reason);
    }

    public List<IpcTransport> transports() {
        return transports.all();
    }

    /** Makes an instance; transports do it through their {@link TransportHost}. */
    public Instance createInstance(final String name) {
        return instances.create(name);
    }

    /** Bytes of core's memory that a new instance may use. */
    public void instanceQuota(final long bytes) {
        instances.quota(bytes);
    }

    public List<Instance> instances() {
        return instances.living();
    }

    /** All instances for the console, those that ended lately too. */
    public List<InstanceView> instanceViews() {
        return instances.views();
    }

    /** What is Joyride's of addresses shared with the kernel. */
    public Claims claims() {
        return claims;
    }

    /** Sets which destinations go over Joyride. */
    public void policy(final List<TransportHost.PolicyRule> rules) {
        routing.policy(rules);
    }

    /** Sets the rules that come before that. @param configured those that concern an application, in their order */
    public void rules(final Function<TransportHost.Application, List<ProgramPolicy.Rule>> configured) {
        routing.rules(configured);
    }

    /** What the policy says to an application. */
    public ProgramPolicy policy(final TransportHost.Application application) {
        return routing.of(application);
    }

    /**
     * One turn of the duty cycle.
     *
     * @return how much was done; 0: nothing, the loop may sleep until {@link #nextEvent}
     */
    public int turn() {
        context.readClock();
        int done = tasks.run();
        if (stopped != null) {
            return done;
        }
        done += ports.receive(context.nanoTime());
        final List<IpcTransport> polled = transports.all();
        for (int i = 0; i < polled.size(); i++) {
            done += transports.poll(polled.get(i));
            done += network.drainLoopback();
        }
        done += advanceTimers();
        done += transport.advance();
        done += settle();
        network.transmit();
        if (network.loopbackPending() == 0) {
            // What is still queued may point into rings, whose memory transports free here.
            transports.flush();
        }
        return done;
    }

    /** Tick by tick, what each tick sent locally taken in before the next: an answer due earlier must not lose to a later timeout. */
    private int advanceTimers() {
        final TimerWheel timers = context.timers();
        final long now = context.millis();
        int done = 0;
        do {
            final int expired = timers.advance(Math.min(timers.nextEvent(), now));
            if (expired > 0) {
                done += expired + network.drainLoopback();
            }
        } while (timers.now() < now);
        return done;
    }

    /** Output and local delivery call each other forth until both are quiet. */
    private int settle() {
        int done = 0;
        int step;
        do {
            step = network.drainLoopback() + transport.output();
            done += step;
        } while (step > 0 && network.loopbackPending() == 0);
        return done;
    }

    /** When something is due that no descriptor tells of, on the clock's time line, ns; {@link Long#MAX_VALUE}: never. */
    public long nextEvent() {
        if (stopped != null) {
            return Long.MAX_VALUE;
        }
        final long timer = context.timers().nextEvent();
        long next = timer == Long.MAX_VALUE ? Long.MAX_VALUE : context.nanosOf(timer);
        next = Math.min(next, transport.nextEvent());
        return Math.min(next, ports.nextEvent());
    }

    /** From now on work from outside makes one of the {@link #descriptors} readable. A turn must follow before the sleep. */
    void arm() {
        ports.arm();
        transports.arm();
    }

    /** As {@link IpcTransport#place}. */
    void place(final boolean idle, final int cpu) {
        transports.place(idle, cpu);
    }

    /** Whether frames of a NIC came in the last 10 ms. */
    boolean carriesFrames() {
        return ports.carriesFrames(context.nanoTime());
    }

    /** Where a program's thread looks on for this engine's work; -1: none is known. */
    int waitingCpu() {
        return transports.waitingCpu();
    }

    void disarm() {
        transports.disarm();
    }

    /** Changes whenever {@link #descriptors} does. */
    int descriptorGeneration() {
        return ports.generation() + transports.generation() & Integer.MAX_VALUE;
    }

    /** Takes a descriptor that can wake an engine. */
    @FunctionalInterface
    interface DescriptorTaker {
        /** @param owner whom to tell when it did; null: nobody */
        void take(int descriptor, IpcTransport owner);
    }

    /** Gives every descriptor that can wake this engine to {@code taker}. */
    void descriptors(final DescriptorTaker taker) {
        ports.descriptors(taker);
        transports.descriptors(taker);
    }

    /** Carries no traffic from now on, because of an error in core; tasks still run. */
    void stop(final String reason) {
        stopped = reason;
        ports.detachAll();
        for (final Instance instance : List.copyOf(instances.living())) {
            quietly(() -> instance.end(reason));
        }
        transports.detachAll();
    }

    static void quietly(final Runnable step) {
        try {
            step.run();
        } catch (final RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "while an event loop was stopped", e);
        }
    }

    /** Frees the memory. No thread turns it any more. */
    @Override
    public void close() {
        udp.close();
        network.close();
        context.counters().release(drops);
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
        public ProgramPolicy policy(final Application application) {
            return Engine.this.policy(application);
        }

        @Override
        public int policyGeneration() {
            return routing.generation();
        }

        @Override
        public void wake() {
            execute(() -> {});
        }
    }
}
