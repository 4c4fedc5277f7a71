package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTunables;
import joyride.core.tcp.TcpStack;
import joyride.core.transport.TransportStage;
import joyride.tcp.cc.Cubic;
import joyride.tcp.freebsd.FreeBsdTcp;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Program;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;
import org.junit.jupiter.api.AfterEach;

/** One host, a scripted peer, and a server program on port 80 that does what the test says. */
abstract class TcpCase {
    static final int PORT = 80;
    static final int PEER_PORT = 4000;
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    final PeerRig rig = new PeerRig(1, 1500);
    final ProgramTransport programs = rig.host().programs();
    final List<MemoryEndpoint> accepted = new ArrayList<>();
    boolean expectEnd;

    TcpCase() {
        this(FreeBsdTcp.VARIANT);
    }

    /** @param variant that connections begin with */
    TcpCase(final String variant) {
        SimulatedTcp.use(rig.host().engine(), variant);
        stage().congestionControl(Cubic.ALGORITHM, new Cubic());
        rig.settle();
    }

    @AfterEach
    void close() {
        assertEquals(expectEnd, programs.instance().ended());
        assertNull(programs.thrown());
        rig.close();
    }

    TransportStage stage() {
        return rig.host().engine().transport();
    }

    TcpTunables tunables() {
        return rig.host().engine().instances().get(0).tunables();
    }

    /** Connections of any kind. */
    int connections() {
        return ((TcpStack) stage()).size();
    }

    /** A program that only the test moves. */
    static class Idle extends Program {
        @Override
        protected void act(final long now) {
            // the test acts
        }
    }

    /** Listens on {@link #PORT}; what is accepted goes to {@link #accepted} as it comes. */
    MemoryEndpoint listen(final int backlog) {
        final MemoryEndpoint listener = programs.open(new Idle());
        assertEquals(0, listener.listen(PORT, backlog));
        return listener;
    }

    MemoryEndpoint accept(final MemoryEndpoint listener) {
        final MemoryEndpoint endpoint = listener.accept();
        assertNotNull(endpoint, "nothing to accept");
        endpoint.socket().accepted();
        accepted.add(endpoint);
        return endpoint;
    }

    /** A connection that the peer opened and the server accepted. */
    PeerConnection connect(final MemoryEndpoint listener) {
        return rig.connect(PEER_PORT, PORT, true, true);
    }

    /** An active open to the peer's port 9000, its SYN not yet looked at. */
    MemoryEndpoint open() {
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().connect(PeerRig.PEER, 9000));
        rig.settle();
        return client;
    }

    Segment next(final long nanos) {
        return rig.receive(nanos);
    }

    Segment expect(final String what, final int flags, final long nanos) {
        final Segment segment = rig.receive(nanos);
        assertNotNull(segment, what + ": nothing came");
        assertEquals(flags, segment.flags() & ~TcpFlags.PSH, what + ": " + segment);
        return segment;
    }

    /** What has come is not this test's concern. */
    void drain() {
        while (next(0) != null) {
            // the next one
        }
    }

    /** A setting of the instance's, of those under net.inet.tcp. */
    void set(final String name, final long value) {
        tunables().set("net.inet.tcp." + name, Long.toString(value));
    }

    /** The peer gives so large a window from now on, of which the host learns: that of a segment counts from the second of a new number on. */
    void window(final PeerConnection peer, final int bytes) {
        peer.window = bytes;
        peer.data(new byte[1]);
        peer.data(new byte[1]);
        rig.pass(50 * MILLI);
        drain();
    }

    void silence(final long nanos) {
        final Segment segment = rig.receive(nanos);
        assertNull(segment, "expected silence, got " + segment);
    }

    static int write(final MemoryEndpoint endpoint, final int length) {
        final int room = endpoint.sendRing().room(length);
        endpoint.sendRing().produce(room);
        endpoint.socket().written();
        return room;
    }

    static int read(final MemoryEndpoint endpoint) {
        final int length = endpoint.receiveRing().available();
        endpoint.receiveRing().consume(length);
        endpoint.socket().consumed();
        return length;
    }

    String state(final MemoryEndpoint endpoint) {
        return endpoint.socket().stateName();
    }

    long count(final String counter) {
        return rig.host().counters().snapshot().getOrDefault("tcp", Map.of()).getOrDefault(counter, 0L);
    }

    long dropped(final String reason) {
        long sum = 0;
        for (final Map<String, Long> group : rig.host().counters().snapshot().values()) {
            sum += group.getOrDefault("drop." + reason, 0L);
        }
        return sum;
    }

    static void assertOpen(final MemoryEndpoint endpoint) {
        assertFalse(endpoint.isClosed());
        assertEquals(0, endpoint.errno());
    }
}
