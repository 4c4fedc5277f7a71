package joyride.core.warmup;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.memory.Kernels;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.net.MacAddress;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.RehearsalStage;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.Parking;
import joyride.core.instance.Instance;
import joyride.core.link.EthernetInterface;
import joyride.core.transport.HandOver;

/**
 * Two private engines in virtual time with a wire between them: what gets core, a variant, a congestion control and a transport compiled together
 * before they get connections, and shows whether they work at all. Besides who rehearses, {@link Foils} have their turns. On one thread,
 * never an event loop's.
 */
public final class Stage implements RehearsalStage, AutoCloseable {
    private static final IpPrefix LOOPBACK = IpPrefix.parse("127.77.0.1/16");
    private static final IpPrefix[] WIRE = {IpPrefix.parse("192.0.2.1/24"), IpPrefix.parse("192.0.2.2/24")};
    private static final int MTU = 1500;
    private static final int FRAME = 2048;
    private static final int OWN_PORT = 7;
    private static final long TURN_NANOS = 20_000;
    private static final long LONGEST_JUMP = 50_000_000L;

    /** In so many turns each foil serves in {@link #FOIL_TURNS}. */
    private static final int CYCLE = 64;

    private static final int FOIL_TURNS = 2;

    private final CounterStore counters = new CounterStore();
    private final Arena arena = Arena.ofShared();
    private final Engine[] engines = new Engine[HOSTS];
    private final EthernetInterface[] interfaces = new EthernetInterface[HOSTS];
    private final PrivatePort[] ports = new PrivatePort[HOSTS];
    private PrivatePort thirdPort;
    private PrivatePort attached;
    private SyntheticPrograms[] programs;
    private String[] variants;
    private String[] controls;
    private final BooleanSupplier enough;
    private long now = 1;
    private long random = 0x9e3779b97f4a7c15L;
    private long turns;
    private long work;

    /**
     * @param kernels those of the service, so that they are compiled in its callers
     * @param variant to run on
     * @param control null: NewReno
     * @param own whether programs that need no transport shall do all the work; else they have a small part of it
     * @param enough says when to end
     */
    public Stage(
            final Kernels kernels,
            final TcpVariant variant,
            final CongestionControl control,
            final boolean own,
            final BooleanSupplier enough) {
        this.enough = enough;
        boolean built = false;
        try {
            build(kernels, variant, control, own ? 8 : 1);
            built = true;
        } finally {
            if (!built) {
                counters.close();
                arena.close();
            }
        }
    }

    private void build(
            final Kernels kernels, final TcpVariant variant, final CongestionControl control, final int connections) {
        final TcpVariant[] actors = {variant, new Foils.VariantA(variant), new Foils.VariantB(variant)};
        variants = names(actors);
        final CongestionControl[] brakes = control == null
                ? new CongestionControl[0]
                : new CongestionControl[] {control, new Foils.ControlA(control), new Foils.ControlB(control)};
        controls = control == null ? new String[] {"newreno", "newreno", "newreno"} : names(brakes);
        final PrivateQueue near = new PrivateQueue(arena, FRAME);
        final PrivateQueue far = new PrivateQueue.Other(arena, FRAME);
        final PrivateQueue third = new PrivateQueue.Third(arena, FRAME);
        near.peer(far);
        far.peer(near);
        third.peer(near);
        ports[0] = new PrivatePort(MacAddress.parse("02:00:00:00:00:01"), MTU, near);
        ports[1] = new PrivatePort(MacAddress.parse("02:00:00:00:00:02"), MTU, far);
        thirdPort = new PrivatePort(ports[1].macAddress(), MTU, third);
        for (int host = 0; host < HOSTS; host++) {
            engines[host] = engine(host, kernels, actors, brakes);
        }
        attached = ports[1];
        programs = new SyntheticPrograms[] {
            new SyntheticPrograms(LOOPBACK.address(), OWN_PORT, connections, arena),
            new SyntheticPrograms.Other(LOOPBACK.address(), OWN_PORT + 1, connections, arena)
        };
        for (final SyntheticPrograms each : programs) {
            engines[0].attachTransport(each);
        }
    }

    private Engine engine(
            final int host, final Kernels kernels, final TcpVariant[] actors, final CongestionControl[] brakes) {
        final Engine engine = new Engine(() -> now, this::nextRandom, kernels, counters);
        engine.network().addressing().add(engine.network().loopback(), LOOPBACK);
        engine.defaults(variants[0], controls[0]);
        for (final TcpVariant actor : actors) {
            engine.transport().variant(actor.name(), actor);
        }
        for (final CongestionControl brake : brakes) {
            engine.transport().congestionControl(brake.name(), brake);
        }
        engine.policy(List.of(
                new PolicyRule(IpPrefix.parse("127.77.0.0/16"), PolicyAction.LOCAL),
                new PolicyRule(new IpPrefix(WIRE[host].address(), 32), PolicyAction.LOCAL),
                new PolicyRule(IpPrefix.parse("192.0.2.0/24"), PolicyAction.JOYRIDE)));
        interfaces[host] = engine.network().addEthernet("rehearsal", MTU);
        interfaces[host].nd().dadCount(0);
        engine.network().largeUnits(interfaces[host], true, true);
        engine.network().addressing().add(interfaces[host], WIRE[host]);
        engine.attachPort(interfaces[host], ports[host]);
        return engine;
    }

    private static String[] names(final TcpVariant[] actors) {
        return Arrays.stream(actors).map(TcpVariant::name).toArray(String[]::new);
    }

    private static String[] names(final CongestionControl[] actors) {
        return Arrays.stream(actors).map(CongestionControl::name).toArray(String[]::new);
    }

    private long nextRandom() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }

    /** Runs the programs that need no transport until it is enough, or they fail. */
    public void run() {
        while (!enough.getAsBoolean() && failure() == null) {
            for (int i = 0; i < 1000; i++) {
                turn(TURN_NANOS);
            }
        }
    }

    /** What went wrong, as the end of a sentence; null: nothing. */
    public String failure() {
        final String ended = ended();
        if (ended != null) {
            return ended;
        }
        for (final SyntheticPrograms each : programs) {
            if (each.isDetached()) {
                return "threw, as the log says";
            }
            if (each.failure() != 0) {
                return "let a connection fail with errno " + each.failure();
            }
        }
        return null;
    }

    private String ended() {
        for (final Engine engine : engines) {
            for (final InstanceView view : engine.instanceViews()) {
                if (view.state().startsWith("exception")) {
                    return "ended its instance: " + view.state();
                }
            }
        }
        return null;
    }

    /** Connections of the programs that need no transport that were opened, talked and closed. */
    public long lives() {
        return programs[0].lives() + programs[1].lives();
    }

    /** How much was done so far: what an engine's turns say. */
    public long work() {
        return work;
    }

    @Override
    public IpAddress local(final int host) {
        return LOOPBACK.address();
    }

    @Override
    public IpAddress remote(final int host) {
        return WIRE[host].address();
    }

    @Override
    public void attach(final int host, final IpcTransport transport) {
        engines[host].attachTransport(transport);
    }

    @Override
    public void detach(final int host, final IpcTransport transport) {
        engines[host].detachTransport(transport);
    }

    @Override
    public void exchange(final int host, final IpcTransport leaving, final IpcTransport successor) {
        final Parking parking = engines[host].park(leaving);
        if (parking == null) {
            throw new IllegalStateException("the transport does not leave its applications to a successor");
        }
        engines[host].adopt(successor, parking);
    }

    @Override
    public void turn(final long nanos) {
        now += nanos;
        cast((int) (turns++ % CYCLE));
        int done = 0;
        for (int host = 0; host < HOSTS; host++) {
            done += engines[host].turn();
        }
        work += done;
        if (done == 0) {
            final long next = Math.min(engines[0].nextEvent(), engines[1].nextEvent());
            now = Math.max(now, Math.min(next, now + LONGEST_JUMP));
        }
    }

    /** Who serves in this turn of the cycle. */
    private void cast(final int place) {
        switch (place) {
            case 20 -> serve(1, ports[1]);
            case 20 + FOIL_TURNS, 50 + FOIL_TURNS -> serve(0, ports[1]);
            case 50 -> serve(2, thirdPort);
            default -> {
                // who served in the turn before
            }
        }
    }

    private void serve(final int actor, final PrivatePort farPort) {
        if (farPort != attached) {
            attached = farPort;
            ((PrivateQueue) ports[0].only()).peer((PrivateQueue) farPort.only());
            engines[1].attachPort(interfaces[1], farPort);
        }
        for (final Engine engine : engines) {
            for (final Instance instance : engine.instances()) {
                instance.variant(variants[actor]);
                instance.congestionControl(controls[actor]);
            }
            final HandOver progress = new HandOver();
            while (engine.transport().handOver(progress, Integer.MAX_VALUE) > 0) {
                // until all have it
            }
            if (progress.failure() != null) {
                throw new IllegalStateException("refused a connection: " + progress.failure());
            }
        }
    }

    @Override
    public boolean enough() {
        return enough.getAsBoolean();
    }

    @Override
    public void close() {
        for (int host = 0; host < HOSTS; host++) {
            engines[host].attachPort(interfaces[host], null);
            engines[host].close();
        }
        counters.close();
        arena.close();
    }
}
