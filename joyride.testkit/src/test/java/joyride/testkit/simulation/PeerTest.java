package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a host answers to a peer that is scripted segment by segment, and to one that misbehaves. */
class PeerTest {
    private static final int PORT = 80;
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;

    private final PeerRig rig = new PeerRig(1, 1500);
    private final ProgramTransport programs = rig.host().programs();
    private ListenerProgram listener;
    private Held held;

    /** A server that does what the test tells it. */
    private static final class Held extends Program {
        final MemoryEndpoint endpoint;

        Held(final MemoryEndpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        protected void act(final long now) {
            // the test acts
        }

        void read() {
            final int length = endpoint.receiveRing().available();
            endpoint.receiveRing().consume(length);
            endpoint.socket().consumed();
        }

        int write(final int length) {
            final int room = endpoint.sendRing().room(length);
            endpoint.sendRing().produce(room);
            endpoint.socket().written();
            return room;
        }
    }

    @BeforeEach
    void listen() {
        listener = new ListenerProgram(programs, PORT, 16, Integer.MAX_VALUE, endpoint -> {
            held = new Held(endpoint);
            return held;
        });
        programs.start(listener);
        rig.settle();
    }

    @AfterEach
    void close() {
        assertFalse(programs.instance().ended(), "the instance ended");
        assertNull(programs.thrown());
        rig.close();
    }

    private PeerConnection connect() {
        final PeerConnection connection = rig.connect(4000, PORT, true, true);
        assertNotNull(held, "no connection was accepted");
        return connection;
    }

    private long dropped(final String reason) {
        long sum = 0;
        for (final Map<String, Long> group : rig.host().counters().snapshot().values()) {
            sum += group.getOrDefault("drop." + reason, 0L);
        }
        return sum;
    }

    @Test
    void shouldOfferWhatFreeBsdOffersWhenASynArrives() {
        final PeerConnection connection = connect();
        final Segment synAck = connection.synAck();
        assertEquals(65535, synAck.window());
        assertEquals(1460, connection.hostMss());
        assertEquals(20, synAck.options().length);
        assertEquals(6, synAck.options()[synAck.find(3) + 2]);
    }

    @Test
    void shouldAcknowledgeAfter40MillisecondsWhenOneSegmentArrives() {
        final PeerConnection connection = connect();
        connection.data(new byte[100]);
        assertNull(connection.receive(35 * MILLI));
        final Segment ack = connection.receive(10 * MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
        assertEquals(100, held.endpoint.receiveRing().available());
    }

    @Test
    void shouldAcknowledgeABurstOnceWhenItComesInOneTurn() {
        final PeerConnection connection = connect();
        final int segments = 9;
        for (int i = 0; i < segments; i++) {
            rig.peer().send(connection.segment(TcpFlags.ACK).payload(new byte[1448]));
            connection.seq += 1448;
        }
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
        assertNull(connection.receive(SECOND), "one is enough");
        assertEquals(segments * 1448, held.endpoint.receiveRing().available());
    }

    @Test
    void shouldAcknowledgeAtOnceWhenASecondFullSegmentArrives() {
        final PeerConnection connection = connect();
        connection.data(new byte[1448]);
        connection.data(new byte[1448]);
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
    }

    @Test
    void shouldDropAndCountWhenASegmentIsCorrupted() {
        final PeerConnection connection = connect();
        final byte[] frame = rig.peer().frame(connection.segment(TcpFlags.ACK).payload(new byte[100]));
        for (int at = 34; at < frame.length; at += 7) {
            final byte[] corrupted = frame.clone();
            corrupted[at] ^= 0x10;
            final long before = dropped("tcp_checksum");
            rig.peer().sendFrame(corrupted);
            rig.settle();
            assertEquals(before + 1, dropped("tcp_checksum"), "byte " + at);
        }
        assertNull(connection.receive(SECOND));
        assertEquals(0, held.endpoint.receiveRing().produced());
        rig.peer().sendFrame(frame);
        rig.settle();
        assertEquals(100, held.endpoint.receiveRing().produced());
    }

    @Test
    void shouldSendSackAndDuplicateAckAtOnceWhenASegmentIsMissing() {
        final PeerConnection connection = connect();
        final int begin = connection.seq;
        connection.seq += 1000;
        connection.data(new byte[500]);
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(begin, ack.ack());
        assertEquals(2, ack.sackEdges().length);
        assertEquals(begin + 1000, ack.sackEdges()[0]);
        assertEquals(begin + 1500, ack.sackEdges()[1]);
        connection.seq = begin;
        connection.data(new byte[1000]);
        final Segment filled = connection.receive(MILLI);
        assertNotNull(filled);
        assertEquals(begin + 1500, filled.ack());
        assertEquals(0, filled.sackEdges().length);
        assertEquals(1500, held.endpoint.receiveRing().available());
    }

    @Test
    void shouldReportTheDuplicateWhenASegmentArrivesTwice() {
        final PeerConnection connection = connect();
        connection.data(new byte[500]);
        connection.receive(50 * MILLI);
        connection.seq -= 500;
        connection.data(new byte[500]);
        final Segment ack = connection.receive(MILLI);
        assertNotNull(ack);
        assertEquals(connection.seq, ack.ack());
        assertEquals(2, ack.sackEdges().length);
        assertEquals(connection.seq - 500, ack.sackEdges()[0]);
        assertEquals(500, held.endpoint.receiveRing().available());
    }

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

    @Test
    void shouldProbeAndGoOnWhenTheWindowWasZeroForLong() {
        final PeerConnection connection = connect();
        connection.data(new byte[1]);
        connection.window = 0;
        connection.data(new byte[1]);
        connection.receive(50 * MILLI);
        held.write(5000);
        rig.settle();
        int probes = 0;
        final long until = rig.clock().nanoTime() + 600 * SECOND;
        while (rig.clock().nanoTime() < until) {
            final Segment probe = connection.receive(100 * SECOND);
            if (probe == null) {
                break;
            }
            assertTrue(probe.payload().length <= 1, "not a probe: " + probe);
            connection.ack -= probe.payload().length;
            connection.acknowledge();
            probes++;
        }
        assertTrue(probes >= 10, "probes: " + probes);
        assertEquals(0, held.endpoint.errno());
        connection.window = 65535;
        connection.acknowledge();
        int got = 0;
        Segment segment;
        while (got < 5000 && (segment = connection.receive(70 * SECOND)) != null) {
            got = connection.ack - connection.hostIsn - 1;
            connection.acknowledge();
        }
        assertEquals(5000, got);
    }

    /** A peer whose window is closed takes nothing but the very number that it expects. */
    private PeerConnection refusedProbe() {
        final PeerConnection connection = connect();
        connection.data(new byte[1]);
        connection.window = 0;
        connection.data(new byte[1]);
        connection.receive(50 * MILLI);
        held.write(5000);
        final Segment probe = connection.receive(10 * SECOND);
        assertEquals(1, probe.payload().length);
        connection.ack -= 1;
        connection.acknowledge();
        return connection;
    }

    @Test
    void shouldResetWhereThePeerExpectsWhenItsWindowIsClosed() {
        final PeerConnection connection = refusedProbe();
        held.endpoint.abort();
        final Segment reset = connection.receive(MILLI);
        assertTrue(reset.has(TcpFlags.RST));
        assertEquals(connection.ack, reset.seq());
    }

    @Test
    void shouldAcknowledgeWhereThePeerExpectsWhenItsWindowIsClosed() {
        final PeerConnection connection = refusedProbe();
        connection.data(new byte[100]);
        final Segment answer = connection.receive(50 * MILLI);
        assertEquals(0, answer.payload().length);
        assertEquals(connection.seq, answer.ack());
        assertEquals(connection.ack, answer.seq());
    }

    @Test
    void shouldAdvertiseZeroAndReopenWhenTheProgramDoesNotRead() {
        final PeerConnection connection = connect();
        Segment last = connection.synAck();
        int sent = 0;
        for (int i = 0; i < 4000; i++) {
            final int room = Math.min(
                    1448, last == connection.synAck() ? 65535 : connection.windowOf(last) - unacked(connection, last));
            if (room <= 0) {
                break;
            }
            connection.data(new byte[room]);
            sent += room;
            final Segment ack = connection.receive(50 * MILLI);
            last = ack == null ? last : ack;
        }
        assertEquals(0, connection.windowOf(last));
        assertTrue(sent > 65_000);
        assertEquals(sent, held.endpoint.receiveRing().available());
        connection.data(new byte[1000]);
        final Segment refused = connection.receive(50 * MILLI);
        assertNotNull(refused);
        assertTrue(connection.seq - refused.ack() > 900, "took what it had no room for: " + refused);
        connection.seq = refused.ack();
        held.read();
        final Segment update = connection.receive(50 * MILLI);
        assertNotNull(update, "no window update");
        assertTrue(connection.windowOf(update) > 32_000);
    }

    private static int unacked(final PeerConnection connection, final Segment last) {
        return connection.seq - last.ack();
    }

    @Test
    void shouldGrowCwndByBytesWhenAPeerDividesItsAcks() {
        final PeerConnection connection = connect();
        held.write(32_000);
        rig.settle();
        int outstanding = 0;
        Segment segment;
        while ((segment = rig.receive(0)) != null) {
            outstanding += segment.payload().length;
        }
        assertEquals(10 * 1448, outstanding);
        // 1448 acknowledgements of one byte each acknowledge one segment: cwnd may grow by one segment at most
        for (int i = 0; i < 1448; i++) {
            connection.ack += 1;
            connection.acknowledge();
        }
        int more = 0;
        while ((segment = rig.receive(0)) != null) {
            more += segment.payload().length;
        }
        assertTrue(more <= 3 * 1448, "sent " + more + " bytes for 1448 acknowledged");
    }

    @Test
    void shouldRetransmitWithBackoffWhenThePeerFallsSilent() {
        final PeerConnection connection = connect();
        held.write(100);
        final Segment first = connection.receive(MILLI);
        assertNotNull(first);
        long before = rig.clock().nanoTime();
        long gap = 0;
        for (int i = 0; i < 6; i++) {
            final Segment again = rig.receive(200 * SECOND);
            assertNotNull(again);
            assertEquals(first.seq(), again.seq());
            final long now = rig.clock().nanoTime();
            assertTrue(now - before > gap, "no backoff at " + i + ": " + (now - before) + " after " + gap);
            gap = now - before;
            before = now;
        }
        while (rig.receive(200 * SECOND) != null) {
            // until it gives up
        }
        assertEquals(Errno.ETIMEDOUT, held.endpoint.errno());
    }

    @Test
    void shouldRetransmitFastWhenThreeDuplicateAcksArrive() {
        final PeerConnection connection = connect();
        held.write(10_000);
        rig.settle();
        final Segment first = rig.receive(0);
        assertNotNull(first);
        int end = first.seq() + first.payload().length;
        Segment segment;
        while ((segment = rig.receive(0)) != null) {
            end = segment.seq() + segment.payload().length;
        }
        for (int i = 1; i <= 3; i++) {
            rig.send(connection.segment(TcpFlags.ACK).sack(first.seq() + 1448, first.seq() + 1448 * (1 + i)));
        }
        final Segment again = rig.receive(0);
        assertNotNull(again, "no fast retransmission");
        assertEquals(first.seq(), again.seq());
        connection.ack = end;
        connection.acknowledge();
        assertEquals(10_000, held.endpoint.sendRing().released());
    }

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

    @Test
    void shouldProbeAndDropWhenAnIdlePeerIsGone() {
        connect();
        int probes = 0;
        Segment segment;
        while ((segment = rig.receive(7300 * SECOND)) != null) {
            probes += segment.has(TcpFlags.RST) ? 0 : 1;
        }
        assertEquals(8, probes);
        assertEquals(Errno.ETIMEDOUT, held.endpoint.errno());
    }

    @Test
    void shouldDropByPawsWhenAnOldTimestampArrives() {
        final PeerConnection connection = connect();
        connection.data(new byte[10]);
        connection.receive(50 * MILLI);
        rig.pass(5 * SECOND);
        final Segment right = connection.segment(TcpFlags.ACK);
        final Segment old = Segment.of(4000, PORT, TcpFlags.ACK, connection.seq, connection.ack)
                .timestamp(1, 0)
                .payload(new byte[10]);
        rig.send(old);
        assertEquals(10, held.endpoint.receiveRing().produced());
        assertEquals(1, dropped("tcp_paws"));
        rig.send(right.payload(new byte[10]));
        assertEquals(20, held.endpoint.receiveRing().produced());
    }
}
