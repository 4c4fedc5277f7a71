package joyride.testkit.simulation;

import java.util.function.Predicate;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.memory.ScalarKernels;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;

/** One host, and a {@link ScriptedPeer} at the other end of its wire, in virtual time. */
public final class PeerRig implements AutoCloseable {
    /** The host's address. */
    public static final IpAddress HOST = IpAddress.parse("10.0.0.1");

    /** The peer's. */
    public static final IpAddress PEER = IpAddress.parse("10.0.0.2");

    /** The host's address where it talks IPv6. */
    public static final IpAddress HOST_SIX = IpAddress.parse("2001:db8::1");

    /** The peer's. */
    public static final IpAddress PEER_SIX = IpAddress.parse("2001:db8::2");

    private static final int FRAMES = 4096;

    private final VirtualClock clock = new VirtualClock();
    private final Wire wire;
    private final SimulatedHost host;
    private final ScriptedPeer peer;
    private Runnable eachTurn = () -> {};
    private long turns;

    public PeerRig(final long seed, final int mtu) {
        this(seed, mtu, FRAMES);
    }

    /** @param frames of each end of the wire */
    public PeerRig(final long seed, final int mtu, final int frames) {
        this(seed, mtu, frames, false);
    }

    /** @param six whether they talk IPv6 */
    public PeerRig(final long seed, final int mtu, final boolean six) {
        this(seed, mtu, FRAMES, six);
    }

    /** @param frames of each end of the wire; {@code six}: whether they talk IPv6 */
    public PeerRig(final long seed, final int mtu, final int frames, final boolean six) {
        final SeededRandom random = new SeededRandom(seed);
        wire = new Wire("rig", mtu, frames, Faults.NONE, clock, random.fork());
        final IpPrefix prefix = six ? new IpPrefix(HOST_SIX, 64) : new IpPrefix(HOST, 24);
        host = new SimulatedHost("host", prefix, wire.a(), clock, random.fork(), new ScalarKernels());
        peer = new ScriptedPeer(wire.b(), six ? PEER_SIX : PEER, wire.a(), prefix.address());
    }

    public VirtualClock clock() {
        return clock;
    }

    public SimulatedHost host() {
        return host;
    }

    public ScriptedPeer peer() {
        return peer;
    }

    public Wire wire() {
        return wire;
    }

    /** Opens a connection from the peer's {@code port}; see {@link PeerConnection}. */
    public PeerConnection connect(final int port, final int hostPort, final boolean timestamps, final boolean sack) {
        return connect(port, hostPort, new PeerConnection.Offer(timestamps, sack, 0, PeerConnection.MSS));
    }

    /** The same, with what the peer offers. */
    public PeerConnection connect(final int port, final int hostPort, final PeerConnection.Offer offer) {
        return PeerConnection.open(this, port, hostPort, 1_000_000 + port, offer);
    }

    /** Takes a connection that a program of the host's opens to the peer's {@code port}. */
    public PeerConnection accept(final int port, final PeerConnection.Offer offer) {
        return PeerConnection.accept(this, port, 1_000_000 + port, offer);
    }

    /** Called before each turn of the host. */
    public void eachTurn(final Runnable action) {
        eachTurn = action;
    }

    /** Turns of the host so far. */
    public long turns() {
        return turns;
    }

    /** Lets {@code nanos} pass. */
    public void pass(final long nanos) {
        final long until = clock.nanoTime() + nanos;
        settle();
        while (nextEvent() <= until) {
            clock.advanceTo(nextEvent());
            clock.advance(1);
            settle();
        }
        clock.advanceTo(until);
        settle();
    }

    /** Turns until nothing more happens at this time. */
    public void settle() {
        while (turn() + peer.poll() > 0) {
            clock.advance(1000);
        }
    }

    private int turn() {
        eachTurn.run();
        turns++;
        return host.engine().turn();
    }

    private long nextEvent() {
        return Math.min(host.nextEvent(), peer.nextEvent());
    }

    /** The next segment that the host sends within {@code nanos}, or null. */
    public Segment receive(final long nanos) {
        return receive(nanos, segment -> true);
    }

    /** The next segment that {@code wanted} takes, others are skipped; null if none comes within {@code nanos}. */
    public Segment receive(final long nanos, final Predicate<Segment> wanted) {
        final long until = clock.nanoTime() + nanos;
        settle();
        while (true) {
            Segment segment;
            while ((segment = peer.next()) != null) {
                if (wanted.test(segment)) {
                    return segment;
                }
            }
            final long next = nextEvent();
            if (next > until) {
                clock.advanceTo(until);
                return null;
            }
            clock.advanceTo(next);
            clock.advance(1);
            settle();
        }
    }

    /** Sends a segment and lets the host take it. */
    public void send(final Segment segment) {
        peer.send(segment);
        settle();
    }

    @Override
    public void close() {
        host.close();
        peer.poll();
        wire.close();
    }
}
