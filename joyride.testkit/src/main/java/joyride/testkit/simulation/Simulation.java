package joyride.testkit.simulation;

import java.util.function.BooleanSupplier;
import joyride.api.net.IpPrefix;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;

/**
 * Two hosts, the wire between them, and time; or one host and its internal loopback. Hosts are turned one after the other while one has something to do; then time
 * jumps to the next event of either or of the wire. Everything follows from the seed.
 */
public final class Simulation implements AutoCloseable {
    /** What a turn that did something costs, ns. */
    private static final long TURN_NANOS = 1_000;

    private static final int FRAMES = 4096;

    /** More than any simulation needs: hosts that never come to rest. */
    private static final long MOST_TURNS = 2_000_000;

    private final VirtualClock clock = new VirtualClock();
    private final SeededRandom random;
    private final Wire wire;
    private final SimulatedHost a;
    private final SimulatedHost b;
    private final ProgramTransport programsB;
    private long turns;
    private Runnable eachTurn = () -> {};

    /**
     * @param mtu of the wire
     * @param offload whether its ports complete and verify checksums
     * @param fromA what befalls frames of host a
     * @param fromB what befalls frames of host b
     */
    public Simulation(final long seed, final int mtu, final boolean offload, final Faults fromA, final Faults fromB) {
        this(seed, false, mtu, offload, fromA, fromB);
    }

    /** @param six whether the hosts have IPv6 addresses, and no others */
    public Simulation(
            final long seed,
            final boolean six,
            final int mtu,
            final boolean offload,
            final Faults fromA,
            final Faults fromB) {
        random = new SeededRandom(seed);
        wire = new Wire("wire", mtu, FRAMES, Faults.NONE, clock, random.fork());
        wire.faults(fromA, fromB);
        wire.offload(offload);
        a = new SimulatedHost("a", address(six, 1), wire.a(), clock, random.fork(), new ScalarKernels());
        b = new SimulatedHost("b", address(six, 2), wire.b(), clock, random.fork(), new ScalarKernels());
        programsB = b.programs();
    }

    /** One host with two applications that reach each other over the internal loopback; {@link #a} and {@link #b} are the same. */
    public Simulation(final long seed, final boolean six) {
        random = new SeededRandom(seed);
        wire = null;
        a = new SimulatedHost(
                "a",
                IpPrefix.parse(six ? "fd77::1/128" : "127.77.0.1/16"),
                null,
                clock,
                random.fork(),
                new ScalarKernels());
        b = a;
        programsB = a.addApplication("b");
    }

    private static IpPrefix address(final boolean six, final int host) {
        return IpPrefix.parse(six ? "2001:db8::" + host + "/64" : "10.0.0." + host + "/24");
    }

    public VirtualClock clock() {
        return clock;
    }

    /** For whatever else is decided by the seed. */
    public SeededRandom random() {
        return random;
    }

    /** Null on the loopback. */
    public Wire wire() {
        return wire;
    }

    /** The programs of one end. */
    public ProgramTransport programsA() {
        return a.programs();
    }

    /** The programs of the other end. */
    public ProgramTransport programsB() {
        return programsB;
    }

    /** Frames on the way. */
    public int onTheWay() {
        return wire == null ? 0 : wire.onTheWay();
    }

    public SimulatedHost a() {
        return a;
    }

    public SimulatedHost b() {
        return b;
    }

    /** Turns of both hosts so far. */
    public long turns() {
        return turns;
    }

    /** Called between turns, before each. */
    public void eachTurn(final Runnable action) {
        eachTurn = action;
    }

    /**
     * Runs until {@code done}, or nothing can happen any more.
     *
     * @param until virtual time at which it ends anyway, ns
     * @return whether it is done
     */
    public boolean run(final BooleanSupplier done, final long until) {
        while (!done.getAsBoolean()) {
            if (turn(a) + (a == b ? 0 : turn(b)) > 0) {
                continue;
            }
            final long next = Math.min(a.nextEvent(), b.nextEvent());
            if (next == Long.MAX_VALUE || next > until) {
                return false;
            }
            clock.advanceTo(next);
            clock.advance(1);
        }
        return true;
    }

    private int turn(final SimulatedHost host) {
        eachTurn.run();
        if (++turns > MOST_TURNS) {
            throw new IllegalStateException("no rest after " + MOST_TURNS + " turns at " + clock.nanoTime() + " ns");
        }
        final int did = host.engine().turn();
        if (did > 0) {
            clock.advance(TURN_NANOS);
        }
        return did;
    }

    /** Runs for so long, whatever happens. */
    public void runFor(final long nanos) {
        final long until = clock.nanoTime() + nanos;
        run(() -> clock.nanoTime() >= until, until);
        clock.advanceTo(until);
    }

    /** @throws IllegalStateException if frames were lost track of */
    @Override
    public void close() {
        a.close();
        if (wire != null) {
            b.close();
            wire.close();
        }
    }
}
