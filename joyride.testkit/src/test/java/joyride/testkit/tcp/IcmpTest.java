package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** What ICMP errors do to connections, and what forged ones do not (RFC 1191, RFC 5461, RFC 5927). */
class IcmpTest extends TcpCase {
    private static final int UNREACHABLE = 3;
    private static final int HOST = 1;
    private static final int PORT_CODE = 3;
    private static final int TOO_BIG = 4;

    /** An ICMP error of the peer about {@code quoted}, which the host sent. */
    private void icmp(final int code, final int mtu, final Segment quoted) {
        final byte[] template = rig.peer().frame(Segment.of(1, 1, 0, 0, 0));
        final ByteBuffer frame = ByteBuffer.allocate(14 + 20 + 8 + 20 + 8);
        frame.put(template, 0, 34);
        frame.putShort(16, (short) (frame.capacity() - 14));
        frame.put(23, (byte) 1);
        frame.putShort(24, (short) 0);
        frame.position(34);
        frame.put((byte) UNREACHABLE)
                .put((byte) code)
                .putShort((short) 0)
                .putShort((short) 0)
                .putShort((short) mtu);
        frame.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) 40)
                .putInt(0x4000)
                .put((byte) 64)
                .put((byte) 6);
        frame.putShort((short) 0);
        frame.put(template, 30, 4).put(template, 26, 4);
        frame.putShort((short) quoted.sourcePort())
                .putShort((short) quoted.destinationPort())
                .putInt(quoted.seq());
        frame.putShort(24, (short) ~Octets.sum(frame.array(), 14, 20, 0));
        frame.putShort(36, (short) ~Octets.sum(frame.array(), 34, frame.capacity() - 34, 0));
        rig.peer().sendFrame(frame.array());
        rig.settle();
    }

    @Test
    void shouldRefuseTheOpenWhenThePortIsUnreachable() {
        final MemoryEndpoint client = open();
        icmp(PORT_CODE, 0, expect("SYN", TcpFlags.SYN, MILLI));
        assertEquals(Errno.ECONNREFUSED, client.errno());
        assertEquals(0, connections());
    }

    @Test
    void shouldSayAtTheTimeoutThatThePortIsUnreachableWhereIcmpMayNotEndAnOpen() {
        tunables().set("net.inet.tcp.icmp_may_rst", "0");
        final MemoryEndpoint client = open();
        icmp(PORT_CODE, 0, expect("SYN", TcpFlags.SYN, MILLI));
        assertEquals(0, client.errno());
        assertEquals("SYN_SENT", state(client));
        rig.pass(80 * SECOND);
        assertEquals(Errno.ECONNREFUSED, client.errno());
    }

    @Test
    void shouldOnlyRememberWhenAHostIsUnreachableAndSayItAtTheTimeout() {
        final MemoryEndpoint client = open();
        icmp(HOST, 0, expect("SYN", TcpFlags.SYN, MILLI));
        assertEquals(0, client.errno());
        assertEquals("SYN_SENT", state(client));
        rig.pass(80 * SECOND);
        assertEquals(Errno.EHOSTUNREACH, client.errno());
    }

    @Test
    void shouldIgnoreAnErrorWhenItQuotesWhatIsNotInFlight() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        icmp(PORT_CODE, 0, Segment.of(syn.sourcePort(), 9000, TcpFlags.SYN, syn.seq() + 1000, 0));
        icmp(PORT_CODE, 0, Segment.of(syn.sourcePort() ^ 1, 9000, TcpFlags.SYN, syn.seq(), 0));
        assertEquals(2, dropped("icmp_stale"));
        assertEquals(0, client.errno());
        assertEquals("SYN_SENT", state(client));
    }

    @Test
    void shouldNotEndAnEstablishedConnectionWhenThePortIsUnreachable() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        write(server, 1000);
        icmp(PORT_CODE, 0, peer.receive(MILLI));
        assertOpen(server);
        assertEquals("ESTABLISHED", state(server));
    }

    @Test
    void shouldSendSmallerSegmentsAtOnceWhenThePathsMtuIsLower() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        drain();
        write(server, 5000);
        final Segment first = next(MILLI);
        assertEquals(1448, first.payload().length);
        drain();
        icmp(TOO_BIG, 1000, first);
        final Segment again = next(0);
        assertEquals(first.seq(), again.seq());
        assertEquals(1000 - 40 - 12, again.payload().length);
        assertEquals(1, count("mtu_lowered"));
        int highest = 0;
        for (Segment segment = again; segment != null; segment = peer.receive(SECOND)) {
            assertTrue(segment.payload().length <= 948);
            highest = Math.max(highest, segment.seq() + segment.payload().length - peer.hostIsn - 1);
            peer.ack = peer.hostIsn + 1 + highest;
            peer.acknowledge();
        }
        assertEquals(5000, highest);
    }

    @Test
    void shouldKeepItsSegmentsWhenTheReportIsForged() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        write(server, 1000);
        final Segment data = peer.receive(SECOND);
        icmp(TOO_BIG, 600, Segment.of(data.sourcePort(), data.destinationPort(), 0, data.seq() + 100_000, 0));
        assertEquals(0, count("mtu_lowered"));
        icmp(TOO_BIG, 68, data);
        assertEquals(1, count("mtu_lowered"));
        assertTrue(next(0).payload().length >= 216, "an MTU below 296 is not believed");
    }

    @Test
    void shouldOfferLessToAHostOfWhichThePathIsKnownToBeNarrow() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        write(accept(listener), 1448);
        icmp(TOO_BIG, 1000, peer.receive(MILLI));
        assertEquals(960, rig.connect(PEER_PORT + 1, PORT, true, true).hostMss());
        open();
        final Segment syn = expect("SYN", TcpFlags.SYN, SECOND);
        assertEquals(960, (syn.options()[2] & 0xff) << 8 | syn.options()[3] & 0xff);
        rig.host().engine().tunables().set("net.inet.tcp.hostcache.purgenow", "1");
        assertEquals(1460, rig.connect(PEER_PORT + 2, PORT, true, true).hostMss());
    }

    @Test
    void shouldNotRememberThatAPathIsNarrowWhereTheHostcacheIsOff() {
        tunables().set("net.inet.tcp.hostcache.enable", "0");
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        write(accept(listener), 1448);
        final Segment first = peer.receive(MILLI);
        icmp(TOO_BIG, 1000, first);
        assertEquals(1000 - 40 - 12, next(0).payload().length, "the connection itself heeds it");
        assertEquals(1460, rig.connect(PEER_PORT + 1, PORT, true, true).hostMss());
    }
}
