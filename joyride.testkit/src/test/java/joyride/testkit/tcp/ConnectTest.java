package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Active opens (RFC 9293 §3.10.7.3). */
class ConnectTest extends TcpCase {
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;
    private static final int ISN = 7000;

    private static Segment answer(final Segment syn, final int flags, final int seq, final int ack) {
        return Segment.of(9000, syn.sourcePort(), flags, seq, ack);
    }

    @Test
    void shouldSendFreeBsdsSyn() {
        open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        assertEquals(65535, syn.window());
        final byte[] options = syn.options();
        assertEquals(20, options.length);
        assertEquals(2, options[0]);
        assertEquals(1, options[4]);
        assertEquals(3, options[5]);
        assertEquals(6, options[7]);
        assertEquals(4, options[8]);
        assertEquals(8, options[10]);
        assertTrue(syn.sourcePort() >= 10000);
    }

    @Test
    void shouldRepeatTheSynAsFreeBsdWhenNobodyAnswersAndGiveUpAfter75Seconds() {
        final MemoryEndpoint client = open();
        final List<Long> times = new ArrayList<>();
        final long begin = rig.clock().nanoTime();
        while (next(20 * SECOND) != null) {
            times.add((rig.clock().nanoTime() - begin + 50 * MILLI) / (100 * MILLI));
        }
        // rexmit_initial, then its doubles, each with the slop of 200 ms
        assertEquals(List.of(0L, 10L, 32L, 74L, 156L, 318L), times.subList(0, 6));
        rig.pass(60 * SECOND);
        assertEquals(Errno.ETIMEDOUT, client.errno());
        assertEquals("CLOSED", state(client));
        assertEquals(0, connections());
    }

    @Test
    void shouldEstablishAndSendWhenAnswered() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(answer(syn, SYN_ACK, ISN, syn.seq() + 1).mss(1460));
        final Segment ack = expect("ACK", TcpFlags.ACK, MILLI);
        assertEquals(ISN + 1, ack.ack());
        assertTrue(client.isConnected());
        assertEquals("ESTABLISHED", state(client));
        write(client, 100);
        assertEquals(100, expect("data", TcpFlags.ACK, MILLI).payload().length);
    }

    @Test
    void shouldFailWithConnectionRefusedWhenReset() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(answer(syn, TcpFlags.RST | TcpFlags.ACK, 0, syn.seq() + 1));
        assertEquals(Errno.ECONNREFUSED, client.errno());
        assertEquals(0, connections());
        assertEquals(0, client.socket().connect(PeerRig.PEER, 9000), "it may be tried again");
    }

    @Test
    void shouldIgnoreAResetWithoutOurNumber() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(answer(syn, TcpFlags.RST, 0, 0));
        rig.send(answer(syn, TcpFlags.RST | TcpFlags.ACK, 0, syn.seq() + 5));
        assertEquals(0, client.errno());
        assertEquals("SYN_SENT", state(client));
    }

    @Test
    void shouldResetWhenTheSynAckAcknowledgesSomethingElse() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(answer(syn, SYN_ACK, ISN, syn.seq() + 77));
        assertEquals(syn.seq() + 77, expect("refusal", TcpFlags.RST, MILLI).seq());
        assertEquals("SYN_SENT", state(client));
    }

    @Test
    void shouldEstablishWhenBothOpenAtOnce() {
        final MemoryEndpoint client = open();
        final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
        rig.send(answer(syn, TcpFlags.SYN, ISN, 0).mss(1460));
        final Segment synAck = expect("SYN-ACK", SYN_ACK, MILLI);
        assertEquals(syn.seq(), synAck.seq());
        assertEquals(ISN + 1, synAck.ack());
        assertEquals("SYN_RCVD", state(client));
        rig.send(answer(syn, TcpFlags.ACK, ISN + 1, syn.seq() + 1));
        assertEquals("ESTABLISHED", state(client));
        assertTrue(client.isConnected());
    }

    @Test
    void shouldLeaveNothingWhenClosedBeforeTheAnswer() {
        final MemoryEndpoint client = open();
        expect("SYN", TcpFlags.SYN, MILLI);
        client.close();
        assertEquals(0, connections());
        silence(10 * SECOND);
        assertTrue(client.isClosed());
    }

    @Test
    void shouldRefuseToBindWhenTheAddressIsNotOurs() {
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(Errno.EADDRNOTAVAIL, client.socket().bind(IpAddress.parse("10.9.9.9"), 0, 0));
        assertEquals(Errno.ENETUNREACH, client.socket().connect(IpAddress.parse("192.0.2.1"), 80));
    }

    @Test
    void shouldGiveEveryConnectionAPortOfItsOwn() {
        tunables().portFirst = 20000;
        tunables().portLast = 20009;
        final List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            open();
            ports.add(expect("SYN", TcpFlags.SYN, MILLI).sourcePort());
        }
        assertEquals(10, ports.stream().distinct().count());
        final MemoryEndpoint one = programs.open(new Idle());
        assertEquals(Errno.EADDRNOTAVAIL, one.socket().connect(PeerRig.PEER, 9000));
    }
}
