package joyride.testkit.packetdrill;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.tcp.TcpTunables;
import joyride.core.engine.Engine;
import joyride.core.instance.Instance;
import joyride.core.memory.ScalarKernels;
import joyride.core.tcp.TcpStack;
import joyride.nic.wire.Faults;
import joyride.nic.wire.Wire;
import joyride.testkit.packetdrill.script.ScriptOptions;
import joyride.testkit.simulation.LinkPeer;
import joyride.testkit.simulation.SeededRandom;
import joyride.testkit.simulation.SimulatedHost;
import joyride.testkit.simulation.SimulatedTcp;
import joyride.testkit.simulation.VirtualClock;

/** The stack under test and the wire to its peer, in virtual time. */
final class Rig implements AutoCloseable {
    /** The addresses that scripts may name in commands. */
    private static final IpPrefix LOCAL_4 = IpPrefix.parse("192.168.0.1/0");

    private static final IpAddress REMOTE_4 = IpAddress.parse("192.0.2.1");
    private static final IpPrefix LOCAL_6 = IpPrefix.parse("fd3d:fa7b:d17d::1/0");
    private static final IpAddress REMOTE_6 = IpAddress.parse("2001:db8::1");

    /** The wire takes what a peer with another MTU sends. */
    private static final int WIRE_MTU = 65535;

    private static final int FRAMES = 256;
    private static final long WARM_UP = 1_000_000_000L;

    /** A turn takes this long, so that what loops at one time is found, ns. */
    private static final long TURN = 1000;

    private final VirtualClock clock = new VirtualClock();
    private final ArrayDeque<SeenPacket> seen = new ArrayDeque<>();
    private final Wire wire;
    private final IpPrefix local;
    private final IpAddress remote;
    private final SimulatedHost host;
    private final LinkPeer peer;
    private final PlayOptions options;
    private final ScriptOptions script;
    private Runnable afterTurns = () -> {};
    private final Map<String, String> signatureKeys = new TreeMap<>();
    private int event;
    private boolean other;

    Rig(final ScriptOptions script, final PlayOptions options) {
        this.options = options;
        this.script = script;
        final boolean six = script.ipVersion() == 6;
        local = script.localIp() == null
                ? six ? LOCAL_6 : LOCAL_4
                : IpPrefix.parse(script.localIp().replaceFirst("/.*", "") + "/0");
        remote = script.remoteIp() == null
                ? six ? REMOTE_6 : REMOTE_4
                : IpAddress.parse(script.remoteIp().replaceFirst("/.*", ""));
        final SeededRandom random = new SeededRandom(options.seed());
        wire = new Wire("rig", WIRE_MTU, FRAMES, Faults.NONE, clock, random.fork());
        // A prefix of length 0: everything is on the link, and the peer answers for it.
        host = new SimulatedHost("host", local, wire.a(), script.mtu(), clock, random.fork(), new ScalarKernels());
        SimulatedTcp.use(host.engine(), options.variant());
        peer = new LinkPeer(wire.b(), remote, wire.a(), this::take);
        passUntil(WARM_UP);
    }

    private void take(final byte[] packet) {
        final SeenPacket segment = SeenPacket.parse(packet, clock.nanoTime(), event);
        if (segment != null) {
            seen.add(segment);
        }
    }

    /** The address of the stack under test. */
    IpAddress local() {
        return local.address();
    }

    /** All addresses, as a socket of the script's family names them. */
    IpAddress any() {
        return local.address().isV4() && !script.mapped() ? IpAddress.ANY_V4 : IpAddress.ANY;
    }

    /** Where servers of the script listen. */
    int bindPort() {
        return script.bindPort();
    }

    /** Where its clients connect to. */
    int connectPort() {
        return script.connectPort();
    }

    /** The peer's. */
    IpAddress remote() {
        return remote;
    }

    long now() {
        return clock.nanoTime();
    }

    SimulatedHost host() {
        return host;
    }

    Engine engine() {
        return host.engine();
    }

    Instance instance() {
        return (Instance) host.programs().instance();
    }

    /** What is done next is done by the event of that number. */
    void event(final int number) {
        event = number;
    }

    /** Is called whenever the stack may have changed something. */
    void afterTurns(final Runnable action) {
        afterTurns = action;
    }

    /** Turns until nothing more happens at this time. */
    void settle() {
        while (host.engine().turn() + peer.poll() > 0) {
            clock.advance(TURN);
        }
        afterTurns.run();
    }

    /** Lets time pass up to {@code until}, ns. */
    void passUntil(final long until) {
        settle();
        while (host.nextEvent() <= until) {
            clock.advanceTo(host.nextEvent());
            clock.advance(1);
            settle();
        }
        clock.advanceTo(until);
        settle();
    }

    /** The next segment that the stack sends before {@code deadline}, ns, or null. */
    SeenPacket receive(final long deadline) {
        settle();
        while (seen.isEmpty()) {
            final long next = host.nextEvent();
            if (next > deadline) {
                clock.advanceTo(deadline);
                return null;
            }
            clock.advanceTo(next);
            clock.advance(1);
            settle();
        }
        return seen.poll();
    }

    /** Segments that no event has asked for yet. */
    ArrayDeque<SeenPacket> unasked() {
        return seen;
    }

    void send(final byte[] packet) {
        peer.send(packet);
        settle();
    }

    private TcpStack stack() {
        return (TcpStack) host.engine().transport();
    }

    /** What the console shows of connections: also those that the program does not have, half open or in TIME_WAIT. */
    List<SocketView> sockets() {
        return stack().socketViews();
    }

    /** The host's keys of RFC 2385, by source and destination with a blank between. */
    Map<String, String> signatureKeys() {
        return signatureKeys;
    }

    TcpTunables serviceTunables() {
        return engine().tunables();
    }

    void dropTimeWait() {
        stack().endTimeWaits();
        settle();
    }

    /** Hands all connections over, to the other of the two variants. */
    void swap() {
        other = !other;
        SimulatedTcp.swap(host.engine(), other ? options.swapTo() : options.variant());
        settle();
    }

    @Override
    public void close() {
        host.close();
        peer.poll();
        wire.close();
    }
}
