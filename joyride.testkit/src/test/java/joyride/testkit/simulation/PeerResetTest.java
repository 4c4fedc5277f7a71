package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** What a host answers to resets, SYNs and acknowledgements that do not belong there (RFC 5961). */
class PeerResetTest extends PeerCase {
    @Test
    void shouldDropTheConnectionWhenAnExactResetArrives() {
        final PeerConnection connection = connect();
        rig.send(connection.segment(TcpFlags.RST));
        assertEquals(Errno.ECONNRESET, held.endpoint.errno());
        assertNull(connection.receive(SECOND));
    }

    @Test
    void shouldChallengeWhenAResetIsInTheWindowButNotExact() {
        final PeerConnection connection = connect();
        connection.seq += 10;
        rig.send(connection.segment(TcpFlags.RST));
        connection.seq -= 10;
        final Segment challenge = connection.receive(MILLI);
        assertNotNull(challenge);
        assertEquals(TcpFlags.ACK, challenge.flags());
        assertEquals(connection.seq, challenge.ack());
        assertEquals(0, held.endpoint.errno());
    }

    @Test
    void shouldIgnoreAResetWhenItIsOutsideTheWindow() {
        final PeerConnection connection = connect();
        connection.seq -= 1;
        rig.send(connection.segment(TcpFlags.RST));
        connection.seq += 1_000_000;
        rig.send(connection.segment(TcpFlags.RST));
        assertEquals(0, held.endpoint.errno());
        assertNull(connection.receive(SECOND));
    }

    @Test
    void shouldChallengeAtMostFiveTimesASecondWhenSynsArrive() {
        final PeerConnection connection = connect();
        int challenges = 0;
        for (int i = 0; i < 20; i++) {
            rig.send(connection.segment(TcpFlags.SYN));
            challenges += connection.receive(MILLI) == null ? 0 : 1;
        }
        assertEquals(5, challenges);
        assertEquals(0, held.endpoint.errno());
    }

    @Test
    void shouldResetWhenNobodyListens() {
        rig.send(Segment.of(4000, 81, TcpFlags.SYN, 77, 0));
        final Segment reset = rig.receive(MILLI);
        assertNotNull(reset);
        assertEquals(TcpFlags.RST | TcpFlags.ACK, reset.flags());
        assertEquals(78, reset.ack());
        rig.send(Segment.of(4000, 81, TcpFlags.ACK, 77, 1234));
        final Segment second = rig.receive(MILLI);
        assertNotNull(second);
        assertEquals(TcpFlags.RST, second.flags());
        assertEquals(1234, second.seq());
        rig.send(Segment.of(4000, 81, TcpFlags.RST, 77, 1234));
        assertNull(rig.receive(SECOND));
    }

    @Test
    void shouldChallengeWhenAnAckIsForWhatWasNeverSent() {
        final PeerConnection connection = connect();
        connection.ack += 5000;
        connection.acknowledge();
        connection.ack -= 5000;
        final Segment challenge = connection.receive(MILLI);
        assertNotNull(challenge);
        assertEquals(connection.ack, challenge.seq());
    }
}
