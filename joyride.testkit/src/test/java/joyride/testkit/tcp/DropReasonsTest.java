package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.tcp.TcpFlags;
import joyride.core.instance.Instance;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Segments that TCP drops for reasons that no other test is about: each under its own name, once. */
class DropReasonsTest extends TcpCase {
    private static final int TUNNEL = 9899;

    private Instance instance() {
        return rig.host().engine().instances().get(0);
    }

    private PeerConnection connected() {
        final PeerConnection peer = connect(listen(4));
        drain();
        return peer;
    }

    @Test
    void shouldNameWhatAListenerHasNoUseFor() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.FIN, 1, 0));
        silence(MILLI);
        assertEquals(1, dropped("tcp_listen"));
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN | TcpFlags.ACK, 1, 5));
        assertEquals(2, dropped("tcp_listen"));
        assertEquals(1, count("badsyn"));
        rig.send(Segment.of(4001, PORT, TcpFlags.RST, 1, 0));
        assertEquals(3, dropped("tcp_listen"));
        tunables().dropSynFin = 1;
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN | TcpFlags.FIN, 1, 0));
        silence(MILLI);
        assertEquals(4, dropped("tcp_listen"));
        assertEquals(2, count("badsyn"));
        tunables().dropSynFin = 0;
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN | TcpFlags.FIN, 1, 0));
        expect("SYN and FIN", TcpFlags.SYN | TcpFlags.ACK, MILLI);
    }

    @Test
    void shouldNameASynOnAnOpenConnection() {
        final PeerConnection peer = connected();
        rig.send(peer.segment(TcpFlags.SYN));
        expect("challenge", TcpFlags.ACK, MILLI);
        assertEquals(1, dropped("tcp_syn"));
        assertEquals(1, count("badsyn"));
        assertEquals(1, count("challengeack"));
        tunables().dropSynFin = 1;
        rig.send(peer.segment(TcpFlags.SYN | TcpFlags.FIN));
        silence(MILLI);
        assertEquals(2, dropped("tcp_syn"));
    }

    @Test
    void shouldNameASegmentWithoutTheTimestampThatWasAgreedOn() {
        final PeerConnection peer = connected();
        final Segment bare = Segment.of(PEER_PORT, PORT, TcpFlags.ACK, peer.seq, peer.ack);
        rig.send(bare.payload(new byte[10]));
        assertEquals(0, dropped("tcp_no_timestamp"));
        assertEquals(10, count("rcvbyte"));
        tunables().tolerateMissingTs = 0;
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.ACK, peer.seq + 10, peer.ack)
                .payload(new byte[10]));
        assertEquals(1, dropped("tcp_no_timestamp"));
        assertEquals(10, count("rcvbyte"));
    }

    @Test
    void shouldNameASegmentWithoutAck() {
        final PeerConnection peer = connected();
        rig.send(peer.segment(TcpFlags.PSH).payload(new byte[10]));
        silence(MILLI);
        assertEquals(1, dropped("tcp_no_ack"));
        assertEquals(0, count("rcvbyte"));
    }

    @Test
    void shouldNameDataForAProgramThatHasClosed() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        accept(listener).close();
        peer.receive(MILLI);
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        expect("nobody will read it", TcpFlags.RST, MILLI);
        assertEquals(1, dropped("tcp_after_close"));
        assertEquals(1, count("rcvafterclose"));
        assertEquals(0, connections());
    }

    @Test
    void shouldNameWhatIsOutOfOrderBeyondTheLimit() {
        final PeerConnection peer = connected();
        tunables().reassMaxQueueLen = 1;
        ahead(peer, 100);
        assertEquals(0, dropped("tcp_reassembly"));
        ahead(peer, 300);
        assertEquals(1, dropped("tcp_reassembly"));
        assertEquals(1, count("rcvreassfull"));
        ahead(peer, 150);
        assertEquals(1, dropped("tcp_reassembly"), "it lengthens the range that there is");
        peer.data(new byte[100]);
        Segment last = null;
        for (Segment answer = next(0); answer != null; answer = next(0)) {
            last = answer;
        }
        assertEquals(peer.seq + 100, last.ack(), "what came, and what waited behind it");
    }

    private void ahead(final PeerConnection peer, final int bytes) {
        final int next = peer.seq;
        peer.seq += bytes;
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[50]));
        peer.seq = next;
    }

    @Test
    void shouldNameASegmentThatCameByAnotherWayThanItsConnections() {
        tunables().set("net.inet.tcp.udp_tunneling_port", Integer.toString(TUNNEL));
        final PeerConnection peer = connected();
        rig.peer().tunnel(TUNNEL, 7777);
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        assertEquals(TcpFlags.RST, rig.receive(MILLI).flags());
        assertEquals(1, dropped("tcp_tunnel"));
        assertEquals(1, count("tunneled_errs"));
        assertEquals(0, count("rcvbyte"));
    }

    @Test
    void shouldNameADigestThatNobodyExpects() {
        listen(4);
        final int[] digest = new int[18];
        digest[0] = 19;
        digest[1] = 18;
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 1, 0)
                .mss(1460)
                .option(digest)
                .option(1, 1));
        silence(MILLI);
        assertEquals(1, dropped("tcp_signature"));
        assertEquals(1, count("sig_err_sigopt"));
    }

    @Test
    void shouldNameAConnectionThatThereIsNoMemoryFor() {
        final MemoryEndpoint listener = listen(4);
        listener.refuseIncoming();
        final Segment syn = Segment.of(4001, PORT, TcpFlags.SYN, 1, 0).mss(1460);
        rig.send(syn);
        final Segment synAck = expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 2, synAck.seq() + 1));
        silence(MILLI);
        assertEquals(1, dropped("tcp_memory"));
        assertEquals(1, count("sc_aborted"));
        assertEquals(1, connections(), "it stays half open");
        tunables().syncacheRstOnSockFail = 1;
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 2, synAck.seq() + 1));
        expect("refused", TcpFlags.RST, MILLI);
        assertEquals(2, dropped("tcp_memory"));
        assertEquals(0, connections());
    }

    @Test
    void shouldNameWhatComesWhileNoTransportServesTheProgram() {
        final PeerConnection peer = connected();
        stage().pause(instance(), true);
        rig.send(peer.segment(TcpFlags.ACK).payload(new byte[10]));
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 1, 0).mss(1460));
        silence(MILLI);
        assertEquals(2, dropped("tcp_no_transport"));
        stage().pause(instance(), false);
        peer.data(new byte[10]);
        assertEquals(10, count("rcvbyte"));
    }
}
