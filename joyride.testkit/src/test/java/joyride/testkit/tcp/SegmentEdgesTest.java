package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What is answered, and by which number, at the edges of what a connection takes; and which ports opens begin from. */
class SegmentEdgesTest extends TcpCase {
    private static final int MSS = 1448;
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;
    private static final int FIN_ACK = TcpFlags.FIN | TcpFlags.ACK;

    private PeerConnection peer;

    private MemoryEndpoint established() {
        final MemoryEndpoint listener = listen(8);
        peer = connect(listener);
        return accept(listener);
    }

    /** By data that is newer than the last segment, as a window that only shrinks is not heeded. */
    private MemoryEndpoint closedWindow() {
        final MemoryEndpoint server = established();
        peer.data(new byte[1]);
        peer.window = 0;
        peer.data(new byte[1]);
        read(server);
        rig.pass(SECOND);
        rig.peer().forget();
        return server;
    }

    private Segment old(final int length) {
        return Segment.of(PEER_PORT, PORT, TcpFlags.ACK, peer.seq, peer.ack)
                .payload(new byte[length])
                .timestamp(-1_000_000, 0);
    }

    /** RFC 7323 §5.3 R1: an old segment is acknowledged, but an acknowledgement is not, or two ends with wrong clocks talk for ever. */
    @Test
    void shouldAnswerAnOldTimestampOnlyWhenDataCameWithIt() {
        established();
        peer.data(new byte[1]);
        peer.data(new byte[2 * MSS]);
        rig.pass(SECOND);
        rig.peer().forget();
        rig.send(old(0));
        silence(SECOND);
        rig.send(old(10));
        expect("to data", TcpFlags.ACK, MILLI);
        assertEquals(2, dropped("tcp_paws"));
    }

    /** After a timeout what goes next is the number of a challenge, as FreeBSD's. */
    @Test
    void shouldChallengeByTheNumberThatGoesNext() {
        final MemoryEndpoint server = established();
        write(server, 4 * MSS);
        rig.pass(10 * MILLI);
        rig.peer().forget();
        final Segment again = expect("again", TcpFlags.ACK, 2 * SECOND);
        assertEquals(peer.hostIsn + 1, again.seq());
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq, 0));
        assertEquals(again.seq() + MSS, expect("challenge", TcpFlags.ACK, MILLI).seq());
    }

    /** Simultaneous open, where the SYN comes once more with data behind it. */
    @Test
    void shouldTakeAllDataOfASynThatIsRepeatedWithAnAcknowledgement() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.SYN, 70, 0).mss(1460));
        expect("answer", SYN_ACK, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), SYN_ACK, 70, syn.seq() + 1).payload(new byte[10]));
        assertEquals("ESTABLISHED", state(client));
        assertEquals(10, client.receiveRing().available());
        assertEquals(81, rig.receive(SECOND, s -> s.ack() == 81).ack());
    }

    /** Nobody waits for an orphan: with the window closed for a minute and the peer silent, it ends (FreeBSD's tcp_timer). */
    @Test
    void shouldEndAnOrphanWhosePeerIsSilentWithItsWindowClosedForAMinute() {
        final MemoryEndpoint server = closedWindow();
        write(server, 5000);
        server.close();
        rig.pass(55 * SECOND);
        assertEquals(1, connections());
        rig.pass(12 * SECOND);
        assertEquals(0, connections());
        assertEquals(1, count("persistdrop"));
        assertTrue(rig.receive(0, s -> s.has(TcpFlags.RST)).has(TcpFlags.ACK));
    }

    /** With a program it goes on as long as the peer answers. */
    @Test
    void shouldProbeForEverWhileThePeerAnswersThatItsWindowIsClosed() {
        final MemoryEndpoint server = closedWindow();
        write(server, 5000);
        server.close();
        rig.peer().forget();
        for (int i = 0; i < 100; i++) {
            final Segment probe = next(61 * SECOND);
            assertEquals(1, probe.payload().length, () -> "probe " + probe);
            peer.acknowledge();
        }
        assertEquals(1, connections());
    }

    private void closed(final MemoryEndpoint client, final boolean timeWait) {
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), SYN_ACK, 70, syn.seq() + 1)
                .mss(1460)
                .timestamp(1, syn.timestampValue()));
        if (timeWait) {
            client.close();
            final Segment fin = rig.receive(SECOND, s -> s.has(TcpFlags.FIN));
            rig.send(Segment.of(9000, syn.sourcePort(), FIN_ACK, 71, fin.seq() + 1)
                    .timestamp(2, fin.timestampValue()));
        } else {
            rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.RST, 71, 0));
            client.close();
        }
        assertTrue(client.isClosed());
        rig.settle();
        rig.peer().forget();
    }

    @Test
    void shouldLeaveATimeWaitAloneWhileThereIsAFreePort() {
        tunables().portRandomized = 0;
        tunables().portFirst = 20_000;
        tunables().portLast = 20_001;
        closed(open(), true);
        closed(open(), false);
        final MemoryEndpoint third = open();
        assertEquals(20_001, expect("third", TcpFlags.SYN, MILLI).sourcePort());
        assertEquals(0, count("tw_recycled"));
        final MemoryEndpoint fourth = open();
        assertEquals(20_000, expect("fourth", TcpFlags.SYN, MILLI).sourcePort());
        assertEquals(1, count("tw_recycled"), "none was free any more");
        third.abort();
        fourth.abort();
    }

    @Test
    void shouldNotConnectASocketToItself() {
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().bind(PeerRig.HOST, 5000, 0));
        assertEquals(Errno.EADDRNOTAVAIL, client.socket().connect(PeerRig.HOST, 5000));
        client.close();
    }

    /** Four samples and more say something of a path, one says nothing. */
    @Test
    void shouldRememberTheRoundTripOfAHostOnlyAfterFourSamples() {
        final MemoryEndpoint listener = listen(8);
        for (int samples = 0; samples < 5; samples++) {
            peer = rig.connect(PEER_PORT + samples, PORT, false, false);
            final MemoryEndpoint server = accept(listener);
            for (int i = 0; i < samples; i++) {
                write(server, 10);
                rig.pass(20 * MILLI);
                peer.ack += 10;
                peer.acknowledge();
            }
            assertEquals(0, count("cachedrtt"), samples + " samples");
            server.abort();
            rig.peer().forget();
        }
        peer = rig.connect(PEER_PORT + 9, PORT, false, false);
        accept(listener).abort();
        assertEquals(1, count("cachedrtt"));
    }

    /** What a RST for a closed socket carries is its listener's, as what the connection sent was. */
    @Test
    void shouldResetWithTheListenersTrafficClassAndTimeToLive() {
        final MemoryEndpoint listener = listen(8);
        listener.socket().setOption(SocketOption.IP_TOS, 0x28);
        listener.socket().setOption(SocketOption.IP_TTL, 77);
        final int[] seen = new int[2];
        rig.peer().watch(packet -> {
            seen[0] = packet[1];
            seen[1] = packet[8];
        });
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.ACK, 1, 1));
        expect("to a stray", TcpFlags.RST, MILLI);
        assertEquals(0x28, seen[0]);
        assertEquals(77, seen[1]);
        peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        server.close();
        expect("FIN", FIN_ACK, MILLI);
        peer.data(new byte[1]);
        expect("data after close", TcpFlags.RST, MILLI);
        assertEquals(0x28, seen[0]);
        assertEquals(77, seen[1]);
    }

    /** Data that came before, and behind it the end, which is new. */
    @Test
    void shouldTakeTheFinOfASegmentWhoseDataCameBefore() {
        final MemoryEndpoint server = established();
        peer.data(new byte[100]);
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.ACK | TcpFlags.FIN, peer.seq - 100, peer.ack)
                .payload(new byte[100]));
        assertEquals("CLOSE_WAIT", state(server));
        assertEquals(100, read(server));
        assertTrue(server.atEnd());
    }

    /** RFC 5961 §7 for whatever has no data: two ends that disagree would answer each other for ever. */
    @Test
    void shouldAnswerEmptySegmentsFromOutsideTheWindowOnlySoOften() {
        established();
        rig.peer().forget();
        for (int i = 0; i < 50; i++) {
            rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.ACK, peer.seq + 100_000, peer.ack));
        }
        for (int i = 0; i < 5; i++) {
            expect("answer " + i, TcpFlags.ACK, MILLI);
        }
        silence(900 * MILLI);
    }

    @Test
    void shouldAnswerAndCountProbesOfItsClosedWindow() {
        final MemoryEndpoint server = established();
        Segment told = null;
        while (told == null || told.window() > 0) {
            peer.data(new byte[1448]);
            told = rig.receive(SECOND);
        }
        rig.peer().forget();
        final int full = server.receiveRing().available();
        final long before = count("rcvwinprobe");
        for (int i = 1; i <= 3; i++) {
            rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.ACK, told.ack(), peer.ack)
                    .payload(new byte[1]));
            assertEquals(told.ack(), expect("probe " + i, TcpFlags.ACK, MILLI).ack());
        }
        assertEquals(full, server.receiveRing().available());
        assertEquals(before + 3, count("rcvwinprobe"));
    }
}
