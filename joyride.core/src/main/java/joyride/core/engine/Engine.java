package joyride.core.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.counters.CounterBlock;
import joyride.api.memory.Kernels;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.socket.Attachments;
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
import joyride.core.udp.Udp;

/**
 * Everything of one event loop but the thread: the protocol layers, NIC queues, transports, timers and instances that it
 * owns alone. {@link EventLoop} turns it in service; simulations turn it in virtual time. Only {@link #execute} may be
 * called by other threads.
 */
public final class Engine implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());
    private static final long DEFAULT_QUOTA = 256L << 20;
    private static final int ENDED_SHOWN = 16;
    private static final int MOST_ROUNDS = 10_000;
    private static final long CARRIES = 10_000_000L;

    private final EngineContext context;
    private final CounterBlock drops;
    private final TcpTunables tunables = new TcpTunables();
    private final Claims claims = new Claims();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private List<Runnable> nextTurn = new ArrayList<>();
    private List<Runnable> thisTurn = new ArrayList<>();
    private final NetworkLayer network;
    private final Udp udp;
    private final List<PortAttachment> ports = new ArrayList<>();
    private final List<IpcTransport> transports = new ArrayList<>();
    private final List<Instance> instances = new ArrayList<>();
    private final ArrayDeque<InstanceView> lately = new ArrayDeque<>();
    private final Host host = new Host();
    private TransportStage transport;
    private Runnable waker = () -> {};
    private Consumer<IpcTransport> transportLost = lost -> {};
    private Thread thread;
    private String variant = "freebsd";
    private String congestionControl = "cubic";
    private long instanceIds;
    private long quota = DEFAULT_QUOTA;
    private int policyGeneration;
    private List<TransportHost.PolicyRule> policy = List.of();
    private Function<TransportHost.Application, List<ProgramPolicy.Rule>> rules = application -> List.of();
    private int attachmentGeneration;
    private String stopped;
    private long framesAt = -CARRIES;

    private record PortAttachment(EthernetInterface ethernet, NicQueue queue) {}

    public Engine(final Clock clock, final RandomSource random, final Kernels kernels, final CounterStore counters) {
        context = new EngineContext(clock, random, kernels, counters);
        drops = counters.block("drops", CounterStore.Description.drops());
        final NetworkEnvironment environment =
                new NetworkEnvironment(context, context.timers(), random, kernels, counters, drops, tunables, claims);
        network = new NetworkLayer(environment);
        udp = new Udp(environment, network);
        network.register(Udp.PROTOCOL, udp);
        final TcpStack tcp = new TcpStack(environment, network, udp.tunnels(), tunables);
        network.register(TcpStack.PROTOCOL, tcp);
        transport = tcp;
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
        variant = variantName;
        congestionControl = algorithm;
    }

    public String defaultVariant() {
        return variant;
    }

    public String defaultCongestionControl() {
        return congestionControl;
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

    /** Sets the transport protocols; once, before the first turn. */
    public void transport(final TransportStage stage) {
        transport = stage;
    }

    /** Runs {@code task} on the engine's thread between two turns. Any thread. */
    public void execute(final Runnable task) {
        tasks.add(task);
        waker.run();
    }

    /** Runs {@code task} at the beginning of the next turn, which follows at once: one step of many. On the engine's thread. */
    public void executeNextTurn(final Runnable task) {
        nextTurn.add(task);
    }

    /** How {@link #execute} wakes a loop that sleeps. */
    void waker(final Runnable wake) {
        waker = wake;
    }

    /** {@code owner} turns this engine from now on. */
    void enter(final Thread owner) {
        thread = owner;
    }

    void leave() {
        thread = null;
    }

    /** Whether the caller may use the engine's parts: it is the thread that turns it, or none does. */
    public boolean isOwner() {
        return thread == null || thread == Thread.currentThread();
    }

    /** Serves {@code ethernet} by all queues of {@code port} from now on, after whatever served it; null: by none. */
    public void attachPort(final EthernetInterface ethernet, final NicPort port) {
        ports.removeIf(attachment -> attachment.ethernet() == ethernet);
        network.attach(ethernet, port);
        if (port != null) {
            for (final NicQueue queue : ethernet.queues()) {
                ports.add(new PortAttachment(ethernet, queue));
            }
            transport.portAttached();
        }
        attachmentGeneration++;
    }

    /** The port under {@code ethernet} has another MTU, MAC address or offloads now. */
    public void portChanged(final EthernetInterface ethernet) {
        network.portChanged(ethernet);
    }

    /** {@code listener} hears of transports that threw and were let go of. On this engine's thread; returns at once. */
    public void onTransportLost(final Consumer<IpcTransport> listener) {
        transportLost = listener;
    }

    /** {@code listener} hears what the driver of {@code ethernet} throws. On this engine's thread; returns at once. */
    public void onPortFailure(final EthernetInterface ethernet, final Consumer<Throwable> listener) {
        ethernet.onPortFailure(thrown -> {
            attachmentGeneration++;
            listener.accept(thrown);
        });
    }

    /** Attaches a transport and polls it from now on. */
    public void attachTransport(final IpcTransport added) {
        added.attach(host);
        transports.add(added);
        attachmentGeneration++;
    }

    public void detachTransport(final IpcTransport removed) {
        if (transports.remove(removed)) {
            attachmentGeneration++;
            removed.detach();
        }
    }

    /**
     * Takes {@code leaving} out of service; its applications wait for a successor. Nothing of theirs is under way between core's layers
     * then: what was sent on the internal loopback has arrived.
     *
     * @return null if it had no way to leave them: they see the service gone
     */
    public Parking park(final IpcTransport leaving) {
        if (!transports.contains(leaving)) {
            return null;
        }
        for (int round = 0; round == 0 || network.loopbackPending() > 0; round++) {
            if (round == MOST_ROUNDS) {
                throw new IllegalStateException("the internal loopback does not come to rest");
            }
            settle();
        }
        network.transmit();
        leaving.flush();
        transports.remove(leaving);
        attachmentGeneration++;
        final Attachments left = release(leaving);
        if (left == null) {
            return null;
        }
        final Parking parking = new Parking(left);
        parking.occupy();
        parking.pause(transport, true);
        return parking;
    }

    private static Attachments release(final IpcTransport leaving) {
        try {
            return leaving.release();
        } catch (final RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "transport " + leaving + " cannot leave its applications to another", e);
            leaving.detach();
            return null;
        }
    }

    /**
     * Puts {@code successor} in service, with the applications that wait.
     *
     * @throws RuntimeException what it throws; then they wait on
     */
    public void adopt(final IpcTransport successor, final Parking parking) {
        try {
            successor.adopt(host, parking.left());
        } catch (final RuntimeException | LinkageError e) {
            parking.occupy();
            throw e;
        }
        transports.add(successor);
        attachmentGeneration++;
        parking.passOn();
        parking.pause(transport, false);
    }

    /** The applications that wait have waited enough: they end. @param reason for people */
    public void abandon(final Parking parking, final String reason) {
        parking.end(transport, reason);
    }

    public List<IpcTransport> transports() {
        return transports;
    }

    /** Makes an instance; transports do it through their {@link TransportHost}. */
    public Instance createInstance(final String name) {
        final long id = ++instanceIds;
        final Instance instance = new Instance(
                this, id, name, context.counters().block("instance " + id, CounterStore.Description.drops()), quota);
        instance.tunables().copyFrom(tunables);
        instance.variant(variant);
        instance.congestionControl(congestionControl);
        instances.add(instance);
        return instance;
    }

    /** Bytes of core's memory that a new instance may use. */
    public void instanceQuota(final long bytes) {
        quota = bytes;
    }

    public List<Instance> instances() {
        return instances;
    }

    /** All instances for the console, those that ended lately too. */
    public List<InstanceView> instanceViews() {
        final List<InstanceView> views = new ArrayList<>(instances.size() + lately.size());
        instances.forEach(instance -> views.add(instance.view()));
        views.addAll(lately);
        return views;
    }

    /** {@code instance} ended. Called by itself. */
    public void ended(final Instance instance) {
        instances.remove(instance);
        lately.addLast(instance.view());
        if (lately.size() > ENDED_SHOWN) {
            lately.removeFirst();
        }
        context.counters().release(instance.counters());
    }

    /** What is Joyride's of addresses shared with the kernel. */
    public Claims claims() {
        return claims;
    }

    /** Whether the address is one of this service's. */
    public boolean isLocal(final long high, final long low) {
        return network.isLocal(high, low);
    }

    /** Sets which destinations go over Joyride. */
    public void policy(final List<TransportHost.PolicyRule> rules) {
        policy = List.copyOf(rules);
        policyGeneration++;
    }

    /** Sets the rules that come before that. @param configured those that concern an application, in their order */
    public void rules(final Function<TransportHost.Application, List<ProgramPolicy.Rule>> configured) {
        rules = configured;
        policyGeneration++;
    }

    /** What the policy says to an application. */
    public ProgramPolicy policy(final TransportHost.Application application) {
        return new ProgramPolicy(rules.apply(application), policy);
    }

    /**
     * One turn of the duty cycle.
     *
     * @return how much was done; 0: nothing, the loop may sleep until {@link #nextEvent}
     */
    public int turn() {
        context.readClock();
        int done = tasks.isEmpty() && nextTurn.isEmpty() ? 0 : runTasks();
        if (stopped != null) {
            return done;
        }
        if (!ports.isEmpty()) {
            final int frames = network.receive();
            if (frames > 0) {
                framesAt = context.nanoTime();
                done += frames;
            }
        }
        for (int i = 0; i < transports.size(); i++) {
            done += poll(transports.get(i));
            done += network.drainLoopback();
        }
        done += advanceTimers();
        done += transport.advance();
        done += settle();
        network.transmit();
        if (network.loopbackPending() == 0) {
            // What is still queued may point into rings, whose memory transports free here.
            for (int i = 0; i < transports.size(); i++) {
                flush(transports.get(i));
            }
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

    private int runTasks() {
        int done = 0;
        final List<Runnable> due = nextTurn;
        nextTurn = thisTurn;
        thisTurn = due;
        for (int i = 0; i < due.size(); i++) {
            run(due.get(i));
            done++;
        }
        due.clear();
        Runnable task;
        while ((task = tasks.poll()) != null) {
            run(task);
            done++;
        }
        return done;
    }

    private static void run(final Runnable task) {
        try {
            task.run();
        } catch (final RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a task on the event loop failed", e);
        }
    }

    private int poll(final IpcTransport polled) {
        try {
            return polled.poll();
        } catch (final RuntimeException | LinkageError e) {
            return drop(polled, e);
        }
    }

    private void flush(final IpcTransport flushed) {
        try {
            flushed.flush();
        } catch (final RuntimeException | LinkageError e) {
            drop(flushed, e);
        }
    }

    /** A transport that throws is let go of: core's tables are whole, its applications see the service gone. */
    private int drop(final IpcTransport broken, final Throwable thrown) {
        LOG.log(System.Logger.Level.ERROR, "transport " + broken + " threw and is detached", thrown);
        try {
            detachTransport(broken);
        } catch (final RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "and its detach threw too", e);
        }
        transportLost.accept(broken);
        return 1;
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
        for (int i = 0; i < ports.size(); i++) {
            next = Math.min(next, ports.get(i).queue().nextEvent());
        }
        return next;
    }

    /** From now on work from outside makes one of the {@link #descriptors} readable. A turn must follow before the sleep. */
    void arm() {
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).queue().armWake();
        }
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).arm();
        }
    }

    /** As {@link IpcTransport#place}. */
    void place(final boolean idle, final int cpu) {
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).place(idle, cpu);
        }
    }

    /** Whether frames of a NIC came in the last 10 ms. */
    boolean carriesFrames() {
        return context.nanoTime() - framesAt < CARRIES;
    }

    /** Where a program's thread looks on for this engine's work; -1: none is known. */
    int waitingCpu() {
        int cpu = -1;
        for (int i = 0; i < transports.size() && cpu < 0; i++) {
            cpu = transports.get(i).waitingCpu();
        }
        return cpu;
    }

    void disarm() {
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).disarm();
        }
    }

    /** Changes whenever {@link #descriptors} does. */
    int descriptorGeneration() {
        int generation = attachmentGeneration;
        for (int i = 0; i < transports.size(); i++) {
            generation += transports.get(i).wakeGeneration();
        }
        return generation & Integer.MAX_VALUE;
    }

    /** Takes a descriptor that can wake an engine. */
    @FunctionalInterface
    interface DescriptorTaker {
        /** @param owner whom to tell when it did; null: nobody */
        void take(int descriptor, IpcTransport owner);
    }

    /** Gives every descriptor that can wake this engine to {@code taker}. */
    void descriptors(final DescriptorTaker taker) {
        for (final PortAttachment port : ports) {
            if (port.queue().wakeDescriptor() >= 0) {
                taker.take(port.queue().wakeDescriptor(), null);
            }
        }
        for (final IpcTransport attached : transports) {
            for (final int descriptor : attached.wakeDescriptors()) {
                taker.take(descriptor, attached);
            }
        }
    }

    /** Carries no traffic from now on, because of an error in core; tasks still run. */
    void stop(final String reason) {
        stopped = reason;
        for (final PortAttachment port : List.copyOf(ports)) {
            quietly(() -> attachPort(port.ethernet(), null));
        }
        for (final Instance instance : List.copyOf(instances)) {
            quietly(() -> instance.end(reason));
        }
        for (final IpcTransport attached : List.copyOf(transports)) {
            quietly(() -> detachTransport(attached));
        }
    }

    private static void quietly(final Runnable step) {
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
            return policyGeneration;
        }

        @Override
        public void wake() {
            execute(() -> {});
        }
    }
}
