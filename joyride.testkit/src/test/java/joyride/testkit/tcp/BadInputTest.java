package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What a peer should not send: each segment dropped has a reason, and answers are few (RFC 5961 §7). */
class BadInputTest extends TcpCase {
    private int answers() {
        int answers = 0;
        while (next(MILLI) != null) {
            answers++;
        }
        return answers;
    }

    @Test
    void shouldNameWhatDoesNotOpenAConnection() {
        open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        final int port = syn.sourcePort();
        rig.send(Segment.of(9000, port, TcpFlags.RST, 1, 0));
        assertEquals(1, dropped("tcp_reset"));
        rig.send(Segment.of(9000, port, TcpFlags.FIN, 1, 0));
        assertEquals(1, dropped("tcp_no_syn"));
        rig.send(Segment.of(9000, port, TcpFlags.ACK, 1, syn.seq()));
        assertEquals(1, dropped("tcp_ack"));
        expect("to an ACK of nothing", TcpFlags.RST, MILLI);
    }

    @Test
    void shouldChallengeAHalfOpenPeersResetsOnlySoOften() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 1000, 0).mss(1460));
        expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        for (int i = 0; i < 20; i++) {
            rig.send(Segment.of(4001, PORT, TcpFlags.RST, 1100 + i, 0));
        }
        assertEquals(5, answers());
        assertEquals(20, dropped("tcp_reset"));
        assertEquals(15, count("challengeack_limited"));
    }

    @Test
    void shouldAnswerAHalfOpenPeersStraySegmentsOnlySoOften() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 1000, 0).mss(1460));
        final Segment synAck = expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        for (int i = 0; i < 20; i++) {
            rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 900_000, synAck.seq() + 1));
        }
        assertEquals(5, answers());
        assertEquals(20, dropped("tcp_sequence"));
    }

    @Test
    void shouldAnswerInTimeWaitOnlySoOftenAndNameWhatItDrops() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        accept(listener).close();
        peer.receive(MILLI);
        peer.acknowledge();
        peer.fin();
        answers();
        for (int i = 0; i < 20; i++) {
            rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        }
        assertEquals(5, answers());
        assertEquals(20, dropped("tcp_time_wait"));
        rig.send(peer.segment(TcpFlags.RST));
        assertEquals(1, dropped("tcp_reset"));
        assertEquals(1, connections(), "RFC 1337");
        rig.pass(2 * SECOND);
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        assertEquals(1, answers(), "a second later it answers again");
    }

    @Test
    void shouldNameDataThatCameBeforeOrComesAfterTheEnd() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        accept(listener);
        peer.data(new byte[100]);
        peer.seq -= 100;
        peer.data(new byte[100]);
        assertEquals(1, dropped("tcp_duplicate"));
        peer.fin();
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        assertEquals(1, dropped("tcp_after_fin"));
        rig.send(peer.segment(TcpFlags.RST).window(0));
        assertEquals(0, dropped("tcp_reset"));
    }

    @Test
    void shouldNameAResetInTheWindowThatOnlyProvokesAChallenge() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        accept(listener);
        peer.seq += 10;
        rig.send(peer.segment(TcpFlags.RST));
        expect("challenge", TcpFlags.ACK, MILLI);
        assertEquals(1, dropped("tcp_reset"));
    }
}
