package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpFlags;
import joyride.tcp.rack.RackTcp;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;

/** A path of 100 ms and segments of 1460 bytes, under rack. */
abstract class RackCase extends TcpCase {
    static final int MSS = 1460;
    static final long RTT = 100 * MILLI;

    /** What a segment costs on its way through the rig, and the timer's tick. */
    static final long SLACK = 2 * MILLI;

    PeerConnection peer;
    MemoryEndpoint server;
    int base;

    RackCase() {
        super(RackTcp.VARIANT);
    }

    /** A connection without timestamps whose round-trip time is known to be 100 ms. */
    void measured() {
        measured(RTT);
    }

    void measured(final long rtt) {
        established(true);
        write(server, MSS);
        assertEquals(MSS, next(0).payload().length);
        rig.pass(rtt);
        base += MSS;
        ack(base);
        drain();
    }

    void established(final boolean sack) {
        final MemoryEndpoint listener = listen(16);
        peer = rig.connect(PEER_PORT, PORT, false, sack);
        server = accept(listener);
        base = peer.hostIsn + 1;
        drain();
    }

    void ack(final int number, final int... edges) {
        peer.ack = number;
        final Segment segment = peer.segment(TcpFlags.ACK);
        rig.send(edges.length == 0 ? segment : segment.sack(edges));
    }

    /** The sequence number where segment {@code i} of the flight begins. */
    int at(final int i) {
        return base + i * MSS;
    }

    /** Sends a flight, and lets so much time pass. */
    void flight(final int segments, final long nanos) {
        write(server, segments * MSS);
        for (int i = 0; i < segments; i++) {
            assertEquals(at(i), next(0).seq(), "segment " + i);
        }
        rig.pass(nanos);
    }

    /** The next segment comes {@code nanos} from {@code since} on, and is the one that begins there. */
    void expectAt(final String what, final long since, final long nanos, final int seq) {
        final Segment segment = next(10 * SECOND);
        assertNotNull(segment, what);
        assertEquals(seq, segment.seq(), what + ": " + (segment.seq() - base) / (double) MSS);
        final long after = rig.clock().nanoTime() - since;
        assertTrue(after > nanos - SLACK / 10 && after < nanos + SLACK, what + ": after " + after / 1e6 + " ms");
    }

    /** A connection that has reordered before. */
    void reordered() {
        measured();
        flight(8, RTT);
        ack(at(0), at(1), at(3));
        ack(at(8));
        base = at(8);
        drain();
    }
}
