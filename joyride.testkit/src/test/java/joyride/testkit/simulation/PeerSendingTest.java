package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** What a host sends to a peer whose window is closed, that divides its acknowledgements, reports losses, or falls silent. */
class PeerSendingTest extends PeerCase {
    @Test
    void shouldProbeAndGoOnWhenTheWindowWasZeroForLong() {
        final PeerConnection connection = connect();
        connection.data(new byte[1]);
        connection.window = 0;
        connection.data(new byte[1]);
        connection.receive(50 * MILLI);
        held.write(5000);
        rig.settle();
        int probes = 0;
        final long until = rig.clock().nanoTime() + 600 * SECOND;
        while (rig.clock().nanoTime() < until) {
            final Segment probe = connection.receive(100 * SECOND);
            if (probe == null) {
                break;
            }
            assertTrue(probe.payload().length <= 1, "not a probe: " + probe);
            connection.ack -= probe.payload().length;
            connection.acknowledge();
            probes++;
        }
        assertTrue(probes >= 10, "probes: " + probes);
        assertEquals(0, held.endpoint.errno());
        connection.window = 65535;
        connection.acknowledge();
        int got = 0;
        Segment segment;
        while (got < 5000 && (segment = connection.receive(70 * SECOND)) != null) {
            got = connection.ack - connection.hostIsn - 1;
            connection.acknowledge();
        }
        assertEquals(5000, got);
    }

    /** A peer whose window is closed takes nothing but the very number that it expects. */
    private PeerConnection refusedProbe() {
        final PeerConnection connection = connect();
        connection.data(new byte[1]);
        connection.window = 0;
        connection.data(new byte[1]);
        connection.receive(50 * MILLI);
        held.write(5000);
        final Segment probe = connection.receive(10 * SECOND);
        assertEquals(1, probe.payload().length);
        connection.ack -= 1;
        connection.acknowledge();
        return connection;
    }

    @Test
    void shouldResetWhereThePeerExpectsWhenItsWindowIsClosed() {
        final PeerConnection connection = refusedProbe();
        held.endpoint.abort();
        final Segment reset = connection.receive(MILLI);
        assertTrue(reset.has(TcpFlags.RST));
        assertEquals(connection.ack, reset.seq());
    }

    @Test
    void shouldAcknowledgeWhereThePeerExpectsWhenItsWindowIsClosed() {
        final PeerConnection connection = refusedProbe();
        connection.data(new byte[100]);
        final Segment answer = connection.receive(50 * MILLI);
        assertEquals(0, answer.payload().length);
        assertEquals(connection.seq, answer.ack());
        assertEquals(connection.ack, answer.seq());
    }

    @Test
    void shouldGrowCwndByBytesWhenAPeerDividesItsAcks() {
        final PeerConnection connection = connect();
        held.write(32_000);
        rig.settle();
        int outstanding = 0;
        Segment segment;
        while ((segment = rig.receive(0)) != null) {
            outstanding += segment.payload().length;
        }
        assertEquals(10 * 1448, outstanding);
        // 1448 acknowledgements of one byte each acknowledge one segment: cwnd may grow by one segment at most
        for (int i = 0; i < 1448; i++) {
            connection.ack += 1;
            connection.acknowledge();
        }
        int more = 0;
        while ((segment = rig.receive(0)) != null) {
            more += segment.payload().length;
        }
        assertTrue(more <= 3 * 1448, "sent " + more + " bytes for 1448 acknowledged");
    }

    @Test
    void shouldRetransmitWithBackoffWhenThePeerFallsSilent() {
        final PeerConnection connection = connect();
        held.write(100);
        final Segment first = connection.receive(MILLI);
        assertNotNull(first);
        long before = rig.clock().nanoTime();
        long gap = 0;
        for (int i = 0; i < 6; i++) {
            final Segment again = rig.receive(200 * SECOND);
            assertNotNull(again);
            assertEquals(first.seq(), again.seq());
            final long now = rig.clock().nanoTime();
            assertTrue(now - before > gap, "no backoff at " + i + ": " + (now - before) + " after " + gap);
            gap = now - before;
            before = now;
        }
        while (rig.receive(200 * SECOND) != null) {
            // until it gives up
        }
        assertEquals(Errno.ETIMEDOUT, held.endpoint.errno());
    }

    @Test
    void shouldRetransmitFastWhenThreeDuplicateAcksArrive() {
        final PeerConnection connection = connect();
        held.write(10_000);
        rig.settle();
        final Segment first = rig.receive(0);
        assertNotNull(first);
        int end = first.seq() + first.payload().length;
        Segment segment;
        while ((segment = rig.receive(0)) != null) {
            end = segment.seq() + segment.payload().length;
        }
        for (int i = 1; i <= 3; i++) {
            rig.send(connection.segment(TcpFlags.ACK).sack(first.seq() + 1448, first.seq() + 1448 * (1 + i)));
        }
        final Segment again = rig.receive(0);
        assertNotNull(again, "no fast retransmission");
        assertEquals(first.seq(), again.seq());
        connection.ack = end;
        connection.acknowledge();
        assertEquals(10_000, held.endpoint.sendRing().released());
    }

    @Test
    void shouldProbeAndDropWhenAnIdlePeerIsGone() {
        connect();
        int probes = 0;
        Segment segment;
        while ((segment = rig.receive(7300 * SECOND)) != null) {
            probes += segment.has(TcpFlags.RST) ? 0 : 1;
        }
        assertEquals(8, probes);
        assertEquals(Errno.ETIMEDOUT, held.endpoint.errno());
    }
}
