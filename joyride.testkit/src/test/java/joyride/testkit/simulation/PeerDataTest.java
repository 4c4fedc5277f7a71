package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** What a host answers to data that comes segment by segment: in order, with gaps, twice, damaged, too old, and when nobody reads it. */
class PeerDataTest extends PeerCase {
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
