package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import joyride.api.tcp.TcpFlags;
import joyride.core.tcp.NewReno;
import joyride.core.transport.HandOver;
import joyride.tcp.cc.Cubic;
import joyride.testkit.packetdrill.PlayOptions;
import joyride.testkit.packetdrill.ScriptPlayer;
import joyride.testkit.packetdrill.Verdict;
import joyride.testkit.packetdrill.script.Script;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections pass from one variant, or congestion control, to another in every state; also with none in between. */
@ParameterizedClass
@CsvSource({"freebsd, freebsd", "freebsd, rack", "rack, freebsd", "rack, rack"})
class HandOverTest extends TcpCase {
    private final String from;
    private final String to;
    private boolean moved;
    private PeerConnection peer;
    private MemoryEndpoint server;

    HandOverTest(final String from, final String to) {
        super(from);
        this.from = from;
        this.to = to;
    }

    @BeforeEach
    void connected() {
        final MemoryEndpoint listener = listen(16);
        peer = connect(listener);
        server = accept(listener);
        drain();
    }

    /** To the other variant; the next time back again. */
    private void swap() {
        moved = !moved;
        SimulatedTcp.swap(rig.host().engine(), moved ? to : from);
        rig.settle();
    }

    private void withoutVariant() {
        stage().variant(from, null);
        final HandOver progress = new HandOver();
        while (stage().handOver(progress, 10) > 0) {
            // all let go
        }
    }

    @Test
    void shouldKeepOpeningWhenSwappedInSynSent() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        swap();
        drain();
        final Segment again = expect("SYN again", TcpFlags.SYN, 2 * SECOND);
        assertEquals(syn.seq(), again.seq());
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.SYN | TcpFlags.ACK, 1, syn.seq() + 1)
                .mss(1460));
        assertTrue(client.isConnected());
    }

    @Test
    void shouldAcknowledgeInTimeWhenSwappedWithAnAcknowledgementDelayed() {
        peer.data(new byte[100]);
        swap();
        final Segment ack = next(45 * MILLI);
        assertNotNull(ack);
        assertEquals(peer.seq, ack.ack());
    }

    @Test
    void shouldKeepWhatIsOutOfOrderWhenSwapped() {
        final int begin = peer.seq;
        peer.seq += 1000;
        peer.data(new byte[500]);
        drain();
        swap();
        drain();
        peer.seq = begin;
        peer.data(new byte[1000]);
        peer.seq += 500;
        assertEquals(1500, read(server));
        assertEquals(begin + 1500, next(SECOND).ack());
    }

    @Test
    void shouldRetransmitWhenSwappedBetweenTimeouts() {
        write(server, 1000);
        final Segment first = next(0);
        expect("first timeout", TcpFlags.ACK, SECOND);
        swap();
        final Segment again = expect("second timeout", TcpFlags.ACK, 3 * SECOND);
        assertEquals(first.seq(), again.seq());
        assertEquals(1000, again.payload().length);
        peer.ack = again.seq() + 1000;
        peer.acknowledge();
        assertEquals(1000, server.sendRing().released());
    }

    @Test
    void shouldProbeWhenSwappedWithAClosedWindow() {
        peer.data(new byte[1]);
        peer.window = 0;
        peer.data(new byte[1]); // a window may only close with a newer number
        write(server, 1000);
        drain();
        swap();
        final Segment probe = next(7 * SECOND);
        assertNotNull(probe);
        assertEquals(1, probe.payload().length);
        peer.window = 65535;
        peer.acknowledge();
        assertEquals(1000, sentBytes());
    }

    /** Answers until nothing more comes; the highest stream position seen. */
    private int sentBytes() {
        Segment segment;
        int highest = 0;
        while ((segment = peer.receive(SECOND)) != null) {
            final int end = segment.seq() + segment.payload().length;
            highest = Math.max(highest, end - peer.hostIsn - 1);
            peer.ack = peer.hostIsn + 1 + highest;
            peer.acknowledge();
        }
        return highest;
    }

    @Test
    void shouldKeepClosingWhenSwappedInFinWait1AndClosing() {
        server.close();
        final Segment fin = next(MILLI);
        swap();
        assertEquals("FIN_WAIT_1", state(server));
        peer.fin();
        assertEquals("CLOSING", state(server));
        swap();
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        assertTrue(server.isClosed());
    }

    @Test
    void shouldRecoverAllHolesWhenSwappedInRecovery() {
        peer.acknowledge();
        write(server, 20_000);
        drain();
        final int base = peer.hostIsn + 1;
        peer.ack = base;
        for (int i = 1; i <= 4; i++) {
            rig.send(peer.segment(TcpFlags.ACK).sack(base + 1448, base + 1448 + 1448 * i));
        }
        assertNotNull(rig.receive(MILLI, each -> each.seq() == base), "the first hole");
        swap();
        assertEquals(20_000, sentBytes());
        assertEquals(20_000, server.sendRing().released());
    }

    @Test
    void shouldAnswerWhenSwappedInSynReceived() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.SYN, 100, 0).mss(1460));
        final Segment both = expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        assertEquals("SYN_RCVD", state(client));
        swap();
        rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.ACK, 101, both.seq() + 1));
        assertTrue(client.isConnected());
        assertEquals(500, write(client, 500));
        assertEquals(500, expect("data", TcpFlags.ACK, MILLI).payload().length);
    }

    @Test
    void shouldSendEveryByteOnceWhenSwappedInSlowStart() {
        write(server, 200_000);
        int highest = 0;
        for (int i = 0; highest < 200_000; i++) {
            final Segment segment = peer.receive(SECOND);
            assertNotNull(segment, "after " + highest);
            final int begin = segment.seq() - peer.hostIsn - 1;
            assertEquals(highest, begin);
            highest = begin + segment.payload().length;
            if (i % 2 == 1 || highest == 200_000) {
                rig.pass(MILLI);
                peer.acknowledge();
            }
            if (i % 10 == 9) {
                swap();
            }
            write(server, 200_000 - (int) server.sendRing().produced());
        }
        assertEquals(200_000, server.sendRing().released());
        assertEquals(0, count("sndrexmitpack"));
    }

    @Test
    void shouldGoOnWhereTheTimeoutWasWhenSwappedAfterIt() {
        write(server, 10_000);
        drain();
        final int first = peer.hostIsn + 1;
        assertNotNull(rig.receive(4 * SECOND, each -> each.seq() == first), "the timeout");
        swap();
        assertEquals(10_000, sentBytes());
        assertEquals(10_000, server.sendRing().released());
    }

    @Test
    void shouldRepairWhatItLostWhenSwappedThereAndBackInRecovery() {
        peer.acknowledge();
        write(server, 30_000);
        drain();
        final int base = peer.hostIsn + 1;
        peer.ack = base;
        rig.send(peer.segment(TcpFlags.ACK).sack(base + 1448, base + 2 * 1448, base + 3 * 1448, base + 6 * 1448));
        swap();
        drain();
        swap();
        drain();
        rig.send(peer.segment(TcpFlags.ACK).sack(base + 1448, base + 2 * 1448, base + 3 * 1448, base + 9 * 1448));
        assertEquals(30_000, sentBytes());
        assertEquals(30_000, server.sendRing().released());
        assertEquals(0, server.errno());
    }

    /** A pointer that came before its byte, a byte not read yet, one of ours not acknowledged, behind a closed window. */
    @Test
    void shouldKeepUrgentMarksWhenSwappedAfterEveryEvent() throws IOException {
        final Script script = Script.read(Path.of("src", "test", "resources", "packetdrill", "urgent.pkt"));
        final Verdict verdict =
                ScriptPlayer.play(script, PlayOptions.STANDARD.withVariant(from).withSwaps(1, to));
        assertTrue(verdict.passed(), verdict.message());
    }

    @Test
    void shouldSendTheFinOnceMoreWhenSwappedInLastAck() {
        peer.fin();
        drain();
        server.close();
        final Segment fin = next(MILLI);
        assertEquals("LAST_ACK", state(server));
        swap();
        final Segment again = next(3 * SECOND);
        assertEquals(fin.seq(), again.seq());
        assertTrue(again.has(TcpFlags.FIN));
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        assertTrue(server.isClosed());
    }

    @Test
    void shouldDropAndCountWhileThereIsNoVariantAndGoOnWithTheNext() {
        withoutVariant();
        peer.data(new byte[100]);
        write(server, 500);
        silence(10 * SECOND);
        assertEquals(1, dropped("tcp_no_variant"));
        assertEquals(0, server.receiveRing().available());
        swap();
        assertEquals(
                500, expect("what was written meanwhile", TcpFlags.ACK, SECOND).payload().length);
        peer.seq -= 100;
        peer.data(new byte[100]);
        assertEquals(100, read(server));
        assertEquals(0, server.errno());
    }

    @Test
    void shouldStartAsSoonAsThereIsAVariantWhenConnectedWithoutOne() {
        withoutVariant();
        final MemoryEndpoint client = open();
        silence(SECOND);
        swap();
        expect("SYN", TcpFlags.SYN, MILLI);
        assertEquals("SYN_SENT", state(client));
    }

    @Test
    void shouldKeepItsWindowWhenTheCongestionControlIsSwitched() {
        assertEquals(Cubic.ALGORITHM, server.socket().congestionControl());
        assertEquals(0, server.socket().congestionControl(NewReno.ALGORITHM));
        assertEquals(NewReno.ALGORITHM, server.socket().congestionControl());
        assertEquals(joyride.api.socket.Errno.ENOENT, server.socket().congestionControl("nonsense"));
        write(server, 5000);
        assertEquals(5000, sentBytes());
    }

    @Test
    void shouldFallBackToNewRenoAndReturnWhenTheServiceGoesAndComes() {
        stage().congestionControl(Cubic.ALGORITHM, null);
        final HandOver progress = new HandOver();
        while (stage().handOver(progress, 10) > 0) {
            // step by step
        }
        assertEquals(NewReno.ALGORITHM, server.socket().congestionControl());
        final Cubic next = new Cubic();
        stage().congestionControl(Cubic.ALGORITHM, next);
        while (stage().handOver(progress, 10) > 0) {
            // step by step
        }
        assertEquals(Cubic.ALGORITHM, server.socket().congestionControl());
        assertEquals(1, stage().users(next));
        assertNull(progress.failure());
    }
}
