package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How connections end (RFC 9293 §3.6, RFC 1337, RFC 2525 §2.17). */
class CloseTest extends TcpCase {
    private static final int FIN_ACK = TcpFlags.FIN | TcpFlags.ACK;

    private PeerConnection peer;
    private MemoryEndpoint server;

    @BeforeEach
    void connected() {
        final MemoryEndpoint listener = listen(16);
        peer = connect(listener);
        server = accept(listener);
        drain();
    }

    private void finishActively() {
        server.close();
        final Segment fin = peer.receive(MILLI);
        assertEquals(FIN_ACK, fin.flags());
        peer.acknowledge();
        peer.fin();
    }

    @Test
    void shouldPassThroughAllStatesWhenClosedFirst() {
        server.close();
        assertEquals("FIN_WAIT_1", state(server));
        assertEquals(FIN_ACK, peer.receive(MILLI).flags());
        peer.acknowledge();
        assertEquals("FIN_WAIT_2", state(server));
        peer.fin();
        assertEquals(peer.seq, expect("last ACK", TcpFlags.ACK, MILLI).ack());
        assertTrue(server.isClosed());
        assertEquals(1, connections(), "TIME_WAIT");
        rig.pass(59 * SECOND);
        assertEquals(1, connections());
        rig.pass(2 * SECOND);
        assertEquals(0, connections());
    }

    @Test
    void shouldAcknowledgeAgainAndWaitAnewWhenTheFinIsRepeatedInTimeWait() {
        finishActively();
        expect("last ACK", TcpFlags.ACK, MILLI);
        rig.pass(50 * SECOND);
        peer.seq--;
        peer.fin();
        assertEquals(peer.seq, expect("again", TcpFlags.ACK, MILLI).ack());
        rig.pass(50 * SECOND);
        assertEquals(1, connections());
        rig.pass(11 * SECOND);
        assertEquals(0, connections());
    }

    @Test
    void shouldIgnoreResetsInTimeWait() {
        finishActively();
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.RST, peer.seq, 0));
        assertEquals(1, connections());
    }

    @Test
    void shouldReopenFromTimeWaitWhenANewerSynArrives() {
        finishActively();
        expect("last ACK", TcpFlags.ACK, MILLI);
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq - 100, 0).mss(1460));
        assertNull(next(MILLI), "an old SYN");
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq + 100, 0).mss(1460));
        expect("a new SYN", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        assertEquals(1, count("tw_reopened"));
    }

    @Test
    void shouldEndTheOldestWhenTooManyWait() {
        tunables().maxTcpTw = 16;
        finishActively();
        drain();
        final MemoryEndpoint listener = programs.open(new Idle());
        assertEquals(0, listener.listen(81, 100));
        for (int i = 0; i < 20; i++) {
            final PeerConnection other = rig.connect(6000 + i, 81, true, true);
            accept(listener).close();
            other.receive(MILLI);
            other.acknowledge();
            other.fin();
            drain();
        }
        assertEquals(16, connections());
        assertEquals(5, count("tw_recycled"));
    }

    @Test
    void shouldTellEndOfStreamAndSendTheRestWhenThePeerClosesFirst() {
        peer.data(new byte[10]);
        peer.fin();
        assertEquals("CLOSE_WAIT", state(server));
        assertFalse(server.atEnd());
        assertEquals(10, read(server));
        assertTrue(server.atEnd());
        drain();
        write(server, 500);
        assertEquals(500, expect("data", TcpFlags.ACK, SECOND).payload().length);
        server.close();
        assertEquals("LAST_ACK", state(server));
        final Segment fin = next(SECOND);
        assertTrue(fin.has(TcpFlags.FIN));
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        assertTrue(server.isClosed());
        assertEquals(0, connections());
    }

    @Test
    void shouldWaitInClosingWhenBothCloseAtOnce() {
        server.close();
        final Segment fin = expect("FIN", FIN_ACK, MILLI);
        peer.fin();
        assertEquals("CLOSING", state(server));
        // As FreeBSD's: in CLOSING each acknowledgement has the FIN again.
        assertEquals(peer.seq, expect("ACK of FIN", FIN_ACK, MILLI).ack());
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        assertTrue(server.isClosed());
        assertEquals(1, connections(), "TIME_WAIT");
    }

    @Test
    void shouldResetWhenClosedWithBytesUnread() {
        peer.data(new byte[10]);
        server.close();
        assertTrue(expect("reset", TcpFlags.RST | TcpFlags.ACK, MILLI).has(TcpFlags.RST));
        assertTrue(server.isClosed());
        assertEquals(0, connections());
    }

    @Test
    void shouldResetWhenDataComesAfterTheProgramIsGone() {
        server.close();
        expect("FIN", FIN_ACK, MILLI);
        peer.data(new byte[10]);
        assertTrue(next(MILLI).has(TcpFlags.RST));
        assertEquals(0, connections());
        assertTrue(server.isClosed());
    }

    @Test
    void shouldResetWhenAborted() {
        server.abort();
        assertTrue(expect("reset", TcpFlags.RST | TcpFlags.ACK, MILLI).has(TcpFlags.RST));
        assertTrue(server.isClosed());
        assertEquals(0, connections());
    }

    @Test
    void shouldFailWithConnectionResetWhenThePeerResets() {
        rig.send(peer.segment(TcpFlags.RST));
        assertEquals(Errno.ECONNRESET, server.errno());
        assertEquals(0, connections());
        server.close();
        assertTrue(server.isClosed());
    }

    @Test
    void shouldStillReceiveWhenOnlySendingIsShut() {
        server.socket().shutdownSend();
        expect("FIN", FIN_ACK, MILLI);
        peer.ack++;
        peer.data(new byte[100]);
        assertEquals(100, read(server));
        assertEquals("FIN_WAIT_2", state(server));
        rig.pass(700 * SECOND);
        assertEquals("FIN_WAIT_2", state(server), "with a program there is no limit");
    }

    @Test
    void shouldEndFinWait2WhenAnOrphansPeerStaysSilentForTenMinutes() {
        server.close();
        expect("FIN", FIN_ACK, MILLI);
        peer.ack++;
        peer.acknowledge();
        assertEquals("FIN_WAIT_2", state(server));
        rig.pass(590 * SECOND);
        assertEquals(1, connections());
        rig.pass(20 * SECOND);
        assertEquals(0, connections());
        assertTrue(server.isClosed());
    }

    @Test
    void shouldRepeatTheFinWhenItIsNotAcknowledged() {
        server.close();
        final Segment fin = expect("FIN", FIN_ACK, MILLI);
        final Segment again = expect("again", FIN_ACK, 2 * SECOND);
        assertEquals(fin.seq(), again.seq());
    }

    @Test
    void shouldGiveUpWithTimeoutWhenDataIsNeverAcknowledged() {
        write(server, 100);
        int sent = 0;
        Segment last = next(0);
        while (!last.has(TcpFlags.RST)) {
            assertEquals(100, last.payload().length);
            sent++;
            last = next(70 * SECOND);
        }
        assertEquals(13, sent, "once and twelve times again");
        assertEquals(Errno.ETIMEDOUT, server.errno());
        assertEquals(0, connections());
    }
}
