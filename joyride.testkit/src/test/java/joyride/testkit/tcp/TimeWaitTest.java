package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection in TIME_WAIT answers, and what not (RFC 9293 §3.10.7.4, RFC 7323 §3.2, RFC 5961 §7). */
@ParameterizedClass
@ValueSource(strings = {"freebsd", "rack"})
class TimeWaitTest extends TcpCase {
    private static final int FIN_ACK = TcpFlags.FIN | TcpFlags.ACK;

    private MemoryEndpoint listener;
    private PeerConnection peer;

    TimeWaitTest(final String variant) {
        super(variant);
    }

    @BeforeEach
    void listening() {
        listener = listen(4);
    }

    /** Closed here first, up to the peer's acknowledgement of the FIN. */
    private void finSent(final int port) {
        peer = rig.connect(port, PORT, true, true);
        accept(listener).close();
        peer.ack = rig.receive(MILLI, each -> each.has(TcpFlags.FIN)).seq() + 1;
    }

    private void timeWait(final int port) {
        finSent(port);
        peer.acknowledge();
        peer.fin();
        expect("last ACK", TcpFlags.ACK, MILLI);
    }

    private void finAgain() {
        rig.send(peer.segment(FIN_ACK));
    }

    @Test
    void shouldEndInSilenceWhereTheLastAcknowledgementBringsNoFin() {
        finSent(PEER_PORT);
        peer.ack--;
        peer.fin();
        drain();
        peer.ack++;
        peer.acknowledge();
        silence(SECOND);
        assertEquals(1, connections());
    }

    /** What one answered to its peer is not held against the next. */
    @Test
    void shouldAnswerAtOnceThoughAnotherHasJustHadItsShare() {
        timeWait(PEER_PORT);
        peer.seq--;
        for (int i = 0; i < 20; i++) {
            finAgain();
        }
        drain();
        tunables().msl = 1;
        finAgain();
        rig.pass(10 * MILLI);
        assertEquals(0, connections());
        timeWait(PEER_PORT + 1);
        peer.seq--;
        finAgain();
        expect("answer", TcpFlags.ACK, MILLI);
    }

    @Test
    void shouldDropWhatHasNoTimestampWhereThatIsNotTolerated() {
        timeWait(PEER_PORT);
        final Segment bare = Segment.of(PEER_PORT, PORT, FIN_ACK, peer.seq - 1, peer.ack);
        rig.send(bare);
        expect("tolerated", TcpFlags.ACK, MILLI);
        tunables().tolerateMissingTs = 0;
        rig.pass(50 * SECOND);
        rig.send(bare);
        silence(MILLI);
        assertEquals(1, dropped("tcp_no_timestamp"));
        rig.pass(11 * SECOND);
        assertEquals(0, connections(), "nor does it wait anew");
    }

    /** Else anybody's SYN for a port without a listener would end the wait early. */
    @Test
    void shouldWaitOnWhereNobodyListensToANewerSyn() {
        timeWait(PEER_PORT);
        listener.close();
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq + 1000, 0));
        final Segment refusal = expect("refused", TcpFlags.RST | TcpFlags.ACK, MILLI);
        assertEquals(peer.seq + 1001, refusal.ack());
        assertEquals(1, connections());
        assertEquals(0, count("tw_reopened"));
        peer.seq--;
        finAgain();
        expect("again", TcpFlags.ACK, MILLI);
    }

    @Test
    void shouldTraceTheLastAcknowledgement() {
        finSent(PEER_PORT);
        peer.acknowledge();
        final String name = PeerRig.HOST + ":" + PORT + " " + PeerRig.PEER + ":" + PEER_PORT;
        assertTrue(stage().startTrace(name, 10));
        peer.fin();
        assertEquals(2, stage().stopTrace(name).size(), "the FIN and what answered it");
    }

    @Test
    void shouldCountWhatItSends() {
        finSent(PEER_PORT);
        peer.acknowledge();
        final long acks = count("sndacks");
        final long total = count("sndtotal");
        peer.fin();
        peer.seq--;
        finAgain();
        assertEquals(2, count("sndacks") - acks);
        assertEquals(2, count("sndtotal") - total);
    }
}
