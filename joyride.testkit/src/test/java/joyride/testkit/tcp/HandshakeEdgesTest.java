package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What is left to be said of beginnings and ends: SYNs that come again or late, and TIME_WAIT. */
class HandshakeEdgesTest extends TcpCase {
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;
    private static final int FIN_ACK = TcpFlags.FIN | TcpFlags.ACK;
    private static final int ISN = 5000;

    private PeerConnection peer;

    private static int echo(final Segment segment) {
        final int at = segment.find(8) + 6;
        int word = 0;
        for (int i = 0; i < 4; i++) {
            word = word << 8 | segment.options()[at + i] & 0xff;
        }
        return word;
    }

    /** Else PAWS at the peer would refuse the answer to what it sent last, or the round trip would be wrong. */
    @Test
    void shouldEchoTheTimestampOfTheSynThatCameLast() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460).timestamp(100, 0));
        assertEquals(100, echo(expect("first", SYN_ACK, MILLI)));
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460).timestamp(1100, 0));
        assertEquals(1100, echo(expect("second", SYN_ACK, MILLI)));
    }

    /** RFC 6928 §2: who had to repeat its SYN-ACK begins with one segment. */
    @Test
    void shouldBeginWithOneSegmentWhenTheSynAckWentMoreThanTwice() {
        final MemoryEndpoint listener = listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460));
        final Segment synAck = expect("first", SYN_ACK, MILLI);
        expect("second", SYN_ACK, 2 * SECOND);
        expect("third", SYN_ACK, 3 * SECOND);
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN + 1, synAck.seq() + 1));
        write(accept(listener), 20_000);
        assertEquals(1460, expect("data", TcpFlags.ACK, MILLI).payload().length);
        silence(100 * MILLI);
    }

    private void timeWait() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        accept(listener).close();
        final Segment fin = expect("FIN", FIN_ACK, MILLI);
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        peer.fin();
    }

    @Test
    void shouldOfferInTimeWaitTheWindowThatItHad() {
        timeWait();
        final int window = expect("last ACK", TcpFlags.ACK, MILLI).window();
        assertEquals(65_535 >> 6, window, 64);
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[1]));
        assertEquals(window, expect("again", TcpFlags.ACK, MILLI).window());
    }

    @Test
    void shouldWaitAnewOnlyForTheFinThatItHad() {
        timeWait();
        rig.pass(50 * SECOND);
        rig.send(Segment.of(PEER_PORT, PORT, FIN_ACK, peer.seq + 5, peer.ack));
        rig.send(Segment.of(PEER_PORT, PORT, FIN_ACK, peer.seq - 50, peer.ack));
        rig.pass(11 * SECOND);
        assertEquals(0, connections());
    }

    @Test
    void shouldReopenFromTimeWaitByANewerTimestampAloneWhereThatIsSet() {
        timeWait();
        rig.peer().forget();
        final Segment syn = Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq - 100, 0)
                .mss(1460)
                .timestamp(1_000_000_000, 0);
        tunables().rfc6191 = 0;
        rig.send(syn);
        silence(MILLI);
        assertEquals(0, count("tw_reopened"));
        tunables().rfc6191 = 1;
        rig.send(syn);
        expect("answer", SYN_ACK, MILLI);
        assertEquals(1, count("tw_reopened"));
    }

    /** A FIN on a crossing SYN comes again with the data that goes with it; until then there is no end. */
    @Test
    void shouldNotEndByAFinOnACrossingSynWithData() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.SYN | TcpFlags.FIN, 70, 0)
                .mss(1460)
                .payload(new byte[10]));
        expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.ACK, 71, syn.seq() + 1));
        assertEquals("ESTABLISHED", state(client));
        assertEquals(10, read(client));
        assertFalse(client.atEnd());
    }

    /** What is beyond the window is not there, and the FIN is behind it. */
    @Test
    void shouldNotTakeTheFinOfASegmentThatReachesBeyondTheWindow() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        int room = peer.windowOf(peer.synAck().window(65_700 >> 6));
        while (room > 1448) {
            peer.data(new byte[1448]);
            room = 65_700 - server.receiveRing().available();
        }
        final int left = room;
        rig.send(peer.segment(FIN_ACK).payload(new byte[left + 100]));
        assertEquals("ESTABLISHED", state(server));
        assertFalse(server.atEnd());
    }

    /** Three SACK blocks fit beside the timestamps, not four. */
    @Test
    void shouldReportThreeGapsBesideTimestamps() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        accept(listener);
        final int from = peer.seq;
        for (int i = 0; i < 5; i++) {
            peer.seq = from + 100 + 200 * i;
            peer.data(new byte[100]);
        }
        Segment last = null;
        for (Segment next = next(MILLI); next != null; next = next(MILLI)) {
            last = next;
        }
        assertEquals(6, last.sackEdges().length);
        assertEquals(40, last.options().length);
        assertEquals(from + 900, last.sackEdges()[0], "the newest first");
    }

    /** Scaled as the connection's own windows are, as the peer would take it. */
    @Test
    void shouldChallengeAHalfOpenPeerWithAScaledWindow() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460).windowScale(3));
        assertEquals(65_535, expect("answer", SYN_ACK, MILLI).window());
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN + 100, 0));
        assertEquals(65_535 >> 6, expect("challenge", TcpFlags.ACK, MILLI).window());
    }

    /** RFC 9768 §3.2.2: whatever is no SYN tells the count, which begins at 5. */
    @Test
    void shouldChallengeAHalfOpenPeerWithTheCountOfMarks() {
        tunables().ecnEnable = 4;
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN | TcpFlags.ECN, ISN, 0).mss(1460));
        expect("answer", SYN_ACK | TcpFlags.CWR, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN + 100, 0));
        expect("challenge", TcpFlags.ACK | TcpFlags.AE | TcpFlags.ECE, MILLI);
        tunables().ecnEnable = 2;
        rig.send(Segment.of(4002, PORT, TcpFlags.SYN | TcpFlags.CWR | TcpFlags.ECE, ISN, 0)
                .mss(1460));
        expect("answer", SYN_ACK | TcpFlags.ECE, MILLI);
        rig.send(Segment.of(4002, PORT, TcpFlags.RST, ISN + 100, 0));
        expect("challenge", TcpFlags.ACK, MILLI);
    }

    @Test
    void shouldNotBeOpenedByAnOldTimestamp() {
        final MemoryEndpoint listener = listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460).timestamp(1000, 0));
        final Segment synAck = expect("answer", SYN_ACK, MILLI);
        final Segment third = Segment.of(4001, PORT, TcpFlags.ACK, ISN + 1, synAck.seq() + 1);
        rig.send(third.timestamp(999, synAck.timestampValue()));
        assertFalse(listener.hasIncoming());
        assertEquals(1, count("pawsdrop"));
        rig.send(third.timestamp(1000, synAck.timestampValue()));
        assertEquals("ESTABLISHED", state(accept(listener)));
    }

    /** What the handshake agreed on is in the cookie, but for the timestamps: those the third segment shows. */
    @Test
    void shouldGoOnWithTimestampsWhenOpenedByACookie() {
        tunables().syncookiesOnly = 1;
        final MemoryEndpoint listener = listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460).timestamp(1000, 0));
        final Segment synAck = expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN + 1, synAck.seq() + 1)
                .timestamp(1010, synAck.timestampValue()));
        write(accept(listener), 100);
        assertEquals(1010, echo(expect("data", TcpFlags.ACK, MILLI)));
    }

    /** Two keys of 15 s: what was sent with the one before is taken, too, and nothing that is older. */
    @Test
    void shouldTakeACookieForAsLongAsItsKeyMayLive() {
        tunables().syncacheCacheLimit = 1;
        final MemoryEndpoint listener = listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460));
        expect("kept", SYN_ACK, MILLI);
        for (final int seconds : new int[] {25, 40}) {
            rig.peer().forget();
            rig.send(Segment.of(4002, PORT, TcpFlags.SYN, ISN, 0).mss(1460));
            final Segment cookie = rig.receive(MILLI, s -> s.destinationPort() == 4002);
            rig.pass(seconds * SECOND);
            rig.peer().forget();
            rig.send(Segment.of(4002, PORT, TcpFlags.ACK, ISN + 1, cookie.seq() + 1));
            assertEquals(seconds == 25, listener.hasIncoming(), seconds + " s");
            if (seconds == 25) {
                accept(listener).abort();
                rig.send(Segment.of(4003, PORT, TcpFlags.SYN, ISN, 0).mss(1460));
            }
        }
    }

    @Test
    void shouldTakeCookiesOfEitherKey() {
        tunables().syncookiesOnly = 1;
        final MemoryEndpoint listener = listen(4);
        for (int i = 0; i < 4; i++) {
            rig.send(Segment.of(4001, PORT, TcpFlags.SYN, ISN, 0).mss(1460));
            final Segment cookie = expect("cookie", SYN_ACK, MILLI);
            rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN + 1, cookie.seq() + 1));
            accept(listener).abort();
            rig.pass(16 * SECOND);
            rig.peer().forget();
        }
    }

    @Test
    void shouldNotReopenFromTimeWaitByASynWithFinWhereThoseAreDropped() {
        timeWait();
        rig.peer().forget();
        tunables().dropSynFin = 1;
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN | TcpFlags.FIN, peer.seq + 100, 0));
        silence(MILLI);
        assertEquals(0, count("tw_reopened"));
    }

    /** FreeBSD asks nobody any more who has nothing to send and whose peer has not closed. */
    @Test
    void shouldAskNoPeerInFinWait2() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        server.socket().shutdownSend();
        final Segment fin = expect("FIN", FIN_ACK, MILLI);
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        silence(20_000 * SECOND);
        assertEquals("FIN_WAIT_2", state(server));
    }

    @Test
    void shouldGiveUpProbingWhenAPeerWithAClosedWindowIsSilent() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        peer.data(new byte[1]);
        peer.window = 0;
        peer.data(new byte[1]);
        read(server);
        write(server, 5000);
        rig.pass(60 * SECOND);
        assertEquals(1, connections());
        rig.pass(900 * SECOND);
        assertEquals(0, connections());
        assertEquals(Errno.ETIMEDOUT, server.errno());
        assertEquals(1, count("persistdrop"));
    }

    /** Where both open at once the answer offers what the other's SYN did, and echoes it. */
    @Test
    void shouldOfferOnACrossingSynOnlyWhatTheOtherOffers() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        final Segment other =
                Segment.of(9000, syn.sourcePort(), TcpFlags.SYN, 70, 0).mss(1460);
        rig.send(other.windowScale(2).timestamp(500, 0));
        final Segment answer = expect("answer", SYN_ACK, MILLI);
        assertEquals(500, echo(answer));
        assertEquals(6, answer.options()[answer.find(3) + 2]);
        client.abort();
        rig.settle();
        rig.peer().forget();
        final MemoryEndpoint second = open();
        final Segment plain = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(Segment.of(9000, plain.sourcePort(), TcpFlags.SYN, 70, 0).mss(1460));
        final Segment less = expect("answer", SYN_ACK, MILLI);
        assertEquals(-1, less.find(3));
        assertEquals(-1, less.find(8));
        second.abort();
    }

    /** A SYN reopens above what was received, not at it: that is the one that comes late. */
    @Test
    void shouldNotReopenFromTimeWaitByASynWithTheNumberExpected() {
        timeWait();
        rig.peer().forget();
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq, 0).mss(1460));
        silence(MILLI);
        assertEquals(0, count("tw_reopened"));
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq + 1, 0).mss(1460));
        expect("answer", SYN_ACK, MILLI);
    }
}
