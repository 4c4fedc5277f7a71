package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Listeners, the syncache and cookies, closed ports (RFC 9293 §3.10.7.1 and .2, RFC 4987). */
class ListenTest extends TcpCase {
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;
    private static final int ISN = 5000;

    private Segment syn(final int port) {
        return Segment.of(port, PORT, TcpFlags.SYN, ISN, 0).mss(1460);
    }

    private static Segment third(final Segment synAck, final int port) {
        return Segment.of(port, PORT, TcpFlags.ACK, ISN + 1, synAck.seq() + 1);
    }

    @Test
    void shouldResendTheSynAckThreeTimesAndForgetWhenNobodyAnswers() {
        listen(16);
        rig.send(syn(4001));
        final int iss = expect("first", SYN_ACK, MILLI).seq();
        for (final int seconds : new int[] {1, 2, 4}) {
            silence(seconds * SECOND - 20 * MILLI);
            assertEquals(iss, expect("after " + seconds, SYN_ACK, 40 * MILLI).seq());
        }
        silence(30 * SECOND);
        assertEquals(0, connections());
        assertEquals(1, count("sc_stale"));
    }

    @Test
    void shouldAnswerAlikeWhenTheSynIsRepeated() {
        listen(16);
        rig.send(syn(4001));
        final Segment first = expect("first", SYN_ACK, MILLI);
        rig.send(syn(4001));
        final Segment second = expect("second", SYN_ACK, MILLI);
        assertEquals(first.seq(), second.seq());
        assertEquals(1, connections());
    }

    @Test
    void shouldOfferOnlyWhatThePeerOffered() {
        listen(16);
        rig.send(syn(4001));
        assertArrayEquals(
                new byte[] {2, 4, 5, (byte) 0xb4},
                expect("answer", SYN_ACK, MILLI).options());
    }

    @Test
    void shouldForgetWhenAnExactResetArrives() {
        listen(16);
        rig.send(syn(4001));
        final Segment synAck = expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN + 1, 0));
        assertEquals(0, connections());
        rig.send(third(synAck, 4001));
        assertEquals(synAck.seq() + 1, expect("stray ACK", TcpFlags.RST, MILLI).seq());
    }

    @Test
    void shouldChallengeWhenAResetIsOnlyInTheWindow() {
        listen(16);
        rig.send(syn(4001));
        expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN + 100, 0));
        assertEquals(1, connections());
        expect("challenge", TcpFlags.ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN - 100, 0));
        assertEquals(1, connections());
        assertNull(next(MILLI));
    }

    @Test
    void shouldResetWhenTheWrongNumberIsAcknowledged() {
        final MemoryEndpoint listener = listen(16);
        rig.send(syn(4001));
        final Segment synAck = expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN + 1, synAck.seq() + 2));
        assertEquals(synAck.seq() + 2, expect("refusal", TcpFlags.RST, MILLI).seq());
        assertNull(listener.accept());
        rig.send(third(synAck, 4001));
        assertEquals("ESTABLISHED", state(accept(listener)));
    }

    @Test
    void shouldResetWhenNobodyListens() {
        rig.send(syn(4001));
        final Segment refusal = expect("to a SYN", TcpFlags.RST | TcpFlags.ACK, MILLI);
        assertEquals(0, refusal.seq());
        assertEquals(ISN + 1, refusal.ack());
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN, 777));
        assertEquals(777, expect("to an ACK", TcpFlags.RST, MILLI).seq());
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN, 777));
        silence(SECOND);
        assertEquals(3, dropped("tcp_port"));
    }

    @Test
    void shouldLimitResetsWhenAPortScanRuns() {
        for (int i = 0; i < 500; i++) {
            rig.send(syn(10_000 + i));
        }
        int resets = 0;
        while (next(0) != null) {
            resets++;
        }
        assertTrue(resets >= 184 && resets <= 216, resets + " resets");
    }

    @Test
    void shouldConnectByCookieWhenOnlyCookiesAreUsed() {
        final MemoryEndpoint listener = listen(16);
        tunables().syncookiesOnly = 1;
        final PeerConnection peer = rig.connect(PEER_PORT, PORT, true, true);
        final MemoryEndpoint server = accept(listener);
        peer.data(new byte[1000]);
        assertEquals(1000, read(server));
        assertEquals(1, count("sc_recvcookie"));
        assertEquals(0, count("sc_added"));
    }

    @Test
    void shouldConnectByCookieWhenTheSyncacheIsFull() {
        final MemoryEndpoint listener = listen(16);
        tunables().syncacheCacheLimit = 3;
        for (int i = 0; i < 10; i++) {
            rig.send(syn(5000 + i));
        }
        assertEquals(3, connections());
        drain();
        final PeerConnection peer = rig.connect(PEER_PORT, PORT, true, true);
        final MemoryEndpoint server = accept(listener);
        peer.data(new byte[1000]);
        assertEquals(1000, read(server));
        assertEquals(1, count("sc_recvcookie"));
    }

    @Test
    void shouldAnswerByCookieForAWhileAndTwiceAsLongWhenTheSyncacheOverflowsAgain() {
        listen(16);
        tunables().syncacheCacheLimit = 3;
        for (int i = 0; i < 4; i++) {
            rig.send(syn(5000 + i));
        }
        assertEquals(1, count("sc_sendcookie"));
        tunables().syncacheCacheLimit = 100;
        rig.pass(14_900 * MILLI);
        rig.send(syn(5100));
        assertEquals(2, count("sc_sendcookie"), "the pause lasts 15 s though there is room");
        rig.pass(200 * MILLI);
        rig.send(syn(5101));
        assertEquals(2, count("sc_sendcookie"));
        tunables().syncacheCacheLimit = 1;
        rig.send(syn(5102));
        assertEquals(3, count("sc_sendcookie"));
        tunables().syncacheCacheLimit = 100;
        rig.pass(29_900 * MILLI);
        rig.send(syn(5103));
        assertEquals(4, count("sc_sendcookie"), "the next pause is of 30 s");
        rig.pass(200 * MILLI);
        rig.send(syn(5104));
        assertEquals(4, count("sc_sendcookie"));
    }

    @Test
    void shouldHoldNoMoreHalfOpenConnectionsThanItsLimitWithoutCookies() {
        listen(16);
        tunables().syncookies = 0;
        tunables().syncacheCacheLimit = 20;
        for (int i = 0; i < 2000; i++) {
            rig.send(syn(5000 + i));
        }
        assertTrue(connections() <= 20, () -> connections() + " half open");
        assertTrue(dropped("tcp_syncache_full") >= 1980);
    }

    @Test
    void shouldRefuseAForgedCookieWhenTheSyncacheOverflowed() {
        final MemoryEndpoint listener = listen(16);
        tunables().syncookiesOnly = 1;
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, ISN, 123456789));
        expect("refusal", TcpFlags.RST, MILLI);
        assertNull(listener.accept());
        assertEquals(1, count("sc_failcookie"));
    }

    @Test
    void shouldDropTheSynWhenTheAcceptQueueIsFull() {
        final MemoryEndpoint listener = listen(2);
        for (int i = 0; i < 2; i++) {
            rig.connect(PEER_PORT + i, PORT, true, true);
        }
        rig.send(syn(4100));
        silence(10 * MILLI);
        assertEquals(1, dropped("tcp_listen_queue"));
        accept(listener);
        rig.send(syn(4100));
        expect("room again", SYN_ACK, MILLI);
    }

    @Test
    void shouldDropSynFinOnlyWhenToldTo() {
        listen(16);
        final Segment synFin =
                Segment.of(4001, PORT, TcpFlags.SYN | TcpFlags.FIN, ISN, 0).mss(1460);
        tunables().dropSynFin = 1;
        rig.send(synFin);
        silence(10 * MILLI);
        tunables().dropSynFin = 0;
        rig.send(synFin);
        expect("accepted", SYN_ACK, MILLI);
    }

    @Test
    void shouldForgetHalfOpenConnectionsWhenTheListenerCloses() {
        final MemoryEndpoint listener = listen(16);
        rig.send(syn(4001));
        final Segment synAck = expect("answer", SYN_ACK, MILLI);
        listener.close();
        rig.settle();
        assertEquals(0, connections());
        rig.send(third(synAck, 4001));
        expect("nobody", TcpFlags.RST, MILLI);
        assertTrue(listener.isClosed());
    }

    @Test
    void shouldGiveEachConnectionAnotherNumberWhenTheSameTupleComesAgain() {
        listen(16);
        rig.send(syn(4001));
        final int first = expect("first", SYN_ACK, MILLI).seq();
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, ISN + 1, 0));
        rig.pass(20 * SECOND);
        rig.send(syn(4001));
        assertNotEquals(first, expect("second", SYN_ACK, MILLI).seq());
    }
}
