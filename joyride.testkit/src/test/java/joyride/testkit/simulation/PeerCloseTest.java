package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** How a connection ends, by either side. */
class PeerCloseTest extends PeerCase {
    @Test
    void shouldCloseInOrderWhenThePeerClosesFirst() {
        final PeerConnection connection = connect();
        connection.fin();
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
        assertTrue(held.endpoint.atEnd());
        held.endpoint.close();
        final Segment fin = connection.receive(MILLI);
        assertNotNull(fin);
        assertTrue(fin.has(TcpFlags.FIN));
        assertEquals("LAST_ACK", held.endpoint.socket().stateName());
        connection.acknowledge();
        assertTrue(held.endpoint.isClosed());
    }

    @Test
    void shouldKeepTimeWaitAndAnswerAgainWhenThePeersFinIsRepeated() {
        final PeerConnection connection = connect();
        held.endpoint.close();
        final Segment fin = connection.receive(MILLI);
        assertNotNull(fin);
        assertTrue(fin.has(TcpFlags.FIN));
        connection.acknowledge();
        connection.fin();
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
        rig.pass(30 * SECOND);
        connection.seq--;
        connection.fin();
        assertNotNull(connection.receive(MILLI), "TIME_WAIT does not answer");
        rig.pass(45 * SECOND);
        connection.seq--;
        connection.fin();
        final Segment still = connection.receive(MILLI);
        assertNotNull(still, "TIME_WAIT was not restarted");
        assertFalse(still.has(TcpFlags.RST));
        rig.pass(61 * SECOND);
        connection.seq--;
        connection.fin();
        final Segment reset = connection.receive(MILLI);
        assertNotNull(reset);
        assertTrue(reset.has(TcpFlags.RST));
    }

    @Test
    void shouldResetWhenDataArrivesAfterTheProgramClosed() {
        final PeerConnection connection = connect();
        held.endpoint.close();
        connection.receive(MILLI);
        connection.acknowledge();
        connection.data(new byte[10]);
        final Segment reset = connection.receive(MILLI);
        assertNotNull(reset);
        assertTrue(reset.has(TcpFlags.RST));
    }

    @Test
    void shouldResetWhenTheProgramClosesWithBytesUnread() {
        final PeerConnection connection = connect();
        connection.data(new byte[10]);
        held.endpoint.close();
        final Segment reset = connection.receive(MILLI);
        assertNotNull(reset);
        assertTrue(reset.has(TcpFlags.RST));
    }
}
