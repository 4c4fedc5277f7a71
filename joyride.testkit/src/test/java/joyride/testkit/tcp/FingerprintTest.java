package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What tells FreeBSD from others at a glance on the wire, with all settings as they come: headers bit by bit, and what happens by itself. */
class FingerprintTest extends TcpCase {
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;

    private int packets;
    private byte[] last;

    /** IPv4 without options, no traffic class, identification 0, DF alone, TTL 64. */
    private void watch() {
        rig.peer().watch(packet -> {
            if (packet[0] >>> 4 == 4) {
                packets++;
                last = packet;
                assertEquals("4500", hex(packet, 0, 2));
                assertEquals("00004000" + "4006", hex(packet, 4, 10));
            }
        });
    }

    private static String hex(final byte[] bytes, final int from, final int to) {
        return HexFormat.of().formatHex(Arrays.copyOfRange(bytes, from, to));
    }

    @Test
    void shouldOpenAsFreeBsd() {
        watch();
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        assertEquals(60, last.length);
        assertEquals("a002" + "ffff", hex(last, 32, 36));
        assertEquals("0000", hex(last, 38, 40), "no urgent pointer");
        assertEquals("020405b4" + "01030306" + "0402" + "080a", hex(last, 40, 52));
        assertEquals("00000000", hex(last, 56, 60), "nothing to echo");
        assertTrue(syn.sourcePort() >= 10_000, () -> "port " + syn.sourcePort());
        final MemoryEndpoint second = open();
        final Segment other = expect("SYN", TcpFlags.SYN, MILLI);
        assertNotEquals(syn.sourcePort(), other.sourcePort());
        assertNotEquals(syn.timestampValue(), other.timestampValue(), "an offset each");
        assertTrue(Math.abs(syn.seq() - other.seq()) > 4096);
        final Segment again = rig.receive(2 * SECOND, s -> s.sourcePort() == syn.sourcePort());
        assertEquals(syn.seq(), again.seq());
        assertEquals(1000, again.timestampValue() - syn.timestampValue(), 2, "a clock of milliseconds");
        client.abort();
        second.abort();
    }

    @Test
    void shouldAnswerAsFreeBsd() {
        watch();
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 5000, 0).mss(1460).sackPermitted());
        expect("plain", SYN_ACK, MILLI);
        assertEquals("7012" + "ffff", hex(last, 32, 36));
        assertEquals("020405b4" + "0402" + "0000", hex(last, 40, 48), "two times EOL");
        // ECN is agreed to, but not asked for.
        rig.send(Segment.of(4002, PORT, TcpFlags.SYN | TcpFlags.ECE | TcpFlags.CWR, 5000, 0)
                .mss(1460));
        expect("with ECN", SYN_ACK | TcpFlags.ECE, MILLI);
    }

    @Test
    void shouldResetAsFreeBsd() {
        watch();
        rig.send(Segment.of(4001, 9, TcpFlags.ACK, 5000, 777));
        expect("to an ACK", TcpFlags.RST, MILLI);
        assertEquals("00000309" + "00000000" + "5004" + "0000", hex(last, 24, 36));
        assertEquals(40, last.length);
        rig.send(Segment.of(4001, 9, TcpFlags.SYN | TcpFlags.FIN, 5000, 0).payload(new byte[3]));
        expect("to a SYN with data and FIN", TcpFlags.RST | TcpFlags.ACK, MILLI);
        assertEquals("00000000" + "0000138d" + "5014" + "0000", hex(last, 24, 36));
        assertEquals(2, packets);
    }

    @Test
    void shouldTalkAsFreeBsd() {
        watch();
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        assertEquals(45 * 1460, server.socket().getOption(SocketOption.SO_RCVBUF), "65536 rounded up to full segments");
        for (int i = 0; i < 3; i++) {
            peer.data(new byte[100]);
            silence(39 * MILLI);
            expect("no acknowledgement is quick, not even the first", TcpFlags.ACK, 2 * MILLI);
            assertEquals("8010", hex(last, 32, 34));
            assertEquals("0101080a", hex(last, 40, 44));
        }
        write(server, 100);
        assertTrue(peer.receive(MILLI).has(TcpFlags.PSH));
        peer.acknowledge();
        rig.pass(7199 * SECOND);
        silence(0);
        final Segment probe = peer.receive(2 * SECOND);
        assertEquals(peer.ack - 1, probe.seq(), "keepalive by itself");
        peer.acknowledge();
        read(server);
        server.close();
        final Segment fin = rig.receive(SECOND, s -> s.has(TcpFlags.FIN));
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
        peer.fin();
        rig.pass(59 * SECOND);
        assertEquals(1, connections());
        rig.pass(2 * SECOND);
        assertEquals(0, connections());
        assertFalse(packets == 0);
    }
}
