package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.core.tcp.PortTable;
import joyride.core.tcp.TcpStack;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import joyride.testkit.simulation.SimulatedTcp;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way to CLOSED gives everything back: connections, half-open ones, sockets, ports, timers, places in queues, ring memory. */
class LeftOversTest extends TcpCase {
    private static final int MSS = 1448;
    private static final int SYN_ACK = TcpFlags.SYN | TcpFlags.ACK;
    private static final int FIN_ACK = TcpFlags.FIN | TcpFlags.ACK;

    /** What happens to connections until nothing of them is left. */
    enum Way {
        REFUSED,
        NEVER_ANSWERED,
        CLOSED_WHILE_OPENING,
        ABORTED_WHILE_OPENING,
        CROSSED_THEN_RESET,
        HALF_OPEN_EXPIRES,
        HALF_OPEN_RESET,
        HALF_OPEN_LISTENER_CLOSES,
        REFUSED_FOR_MEMORY,
        FAST_OPEN_RESET,
        FAST_OPEN_NEVER_ACKNOWLEDGED,
        RESET_BUSY,
        ABORTED_BUSY,
        CLOSED_UNREAD,
        DATA_AFTER_CLOSE,
        CLOSED_FIRST,
        CLOSED_LAST,
        CLOSED_TOGETHER,
        FIN_WAIT_2_ORPHAN,
        RETRANSMITTED_IN_VAIN,
        WINDOW_CLOSED_FOR_EVER,
        KEPT_ALIVE_IN_VAIN,
        REOPENED_FROM_TIME_WAIT,
        TIME_WAITS_ENDED,
        CONNECTED_OVER_TIME_WAIT
    }

    private MemoryEndpoint listener;

    private static Stream<Arguments> ways() {
        return SimulatedTcp.VARIANTS.stream()
                .flatMap(variant -> Arrays.stream(Way.values()).map(way -> Arguments.of(variant, way)));
    }

    private int timers() {
        return rig.host().engine().context().timers().armed();
    }

    private PortTable ports() {
        return ((TcpStack) stage()).ports();
    }

    /** Twice, so that what a pool gives is used again. */
    @ParameterizedTest
    @MethodSource("ways")
    void shouldLeaveNothingBehind(final String variant, final Way way) {
        SimulatedTcp.use(rig.host().engine(), variant);
        tunables().hostcacheEnable = 0;
        tunables().fastOpenServerEnable = 1;
        programs.prepare(socket -> socket.setOption(SocketOption.TCP_FASTOPEN, 1));
        rig.pass(2000 * SECOND); // the interface's own are over
        final int before = timers();
        for (int time = 0; time < 2; time++) {
            accepted.clear();
            rig.peer().forget();
            listener = listen(2);
            go(way);
            accepted.forEach(MemoryEndpoint::close);
            listener.close();
            rig.pass(4000 * SECOND); // the neighbour is forgotten, too
            assertEquals(0, connections(), "connections");
            assertEquals(0, stage().socketViews().size(), () -> "sockets: " + stage().socketViews());
            assertEquals(0, rig.host().memory().used(), "chunks of ring memory");
            assertEquals(before, timers(), "timers");
            assertEquals(Long.MAX_VALUE, ((TcpStack) stage()).nextEvent(), "paced");
            for (int port = 1; port < 65536; port++) {
                final int held = port;
                assertEquals(0, ports().check(TcpStack.PROTOCOL, 0, 0, port, 0), () -> "port " + held);
            }
            assertEquals(0, rig.wire().framesHeld(), "frames");
        }
    }

    private MemoryEndpoint established() {
        peer = connect(listener);
        return accept(listener);
    }

    private PeerConnection peer;

    /** All at once: data unread, unacknowledged and unsent, gaps both ways, an acknowledgement owed. */
    private MemoryEndpoint busy() {
        final MemoryEndpoint server = established();
        write(server, 40 * MSS);
        rig.settle();
        final int una = peer.hostIsn + 1;
        for (int i = 1; i <= 4; i++) {
            rig.send(peer.segment(TcpFlags.ACK).sack(una + 2 * MSS, una + (2 + i) * MSS));
        }
        peer.data(new byte[100]);
        peer.seq += 500;
        peer.data(new byte[100]);
        peer.seq -= 600;
        rig.settle();
        rig.peer().forget();
        return server;
    }

    private void finWait2(final MemoryEndpoint server) {
        server.close();
        final Segment fin = expect("FIN", FIN_ACK, SECOND);
        peer.ack = fin.seq() + 1;
        peer.acknowledge();
    }

    private void timeWait(final MemoryEndpoint server) {
        finWait2(server);
        peer.fin();
        expect("last ACK", TcpFlags.ACK, MILLI);
    }

    private Segment fastOpen(final int port, final boolean data) {
        final Segment syn = Segment.of(port, PORT, TcpFlags.SYN, 5000, 0).mss(1460);
        rig.send(syn.option(34, 2, 1, 1));
        final Segment asked = expect("cookie", SYN_ACK, MILLI);
        rig.send(Segment.of(port, PORT, TcpFlags.RST, 5001, 0));
        final int[] cookie = new int[12];
        final int at = asked.find(34);
        for (int i = 0; i < 10; i++) {
            cookie[i] = asked.options()[at + i] & 0xff;
        }
        cookie[10] = 1;
        cookie[11] = 1;
        rig.send(syn.option(cookie).payload(new byte[data ? 100 : 0]));
        return expect("opened fast", SYN_ACK, MILLI);
    }

    private void go(final Way way) {
        switch (way) {
            case REFUSED -> {
                final MemoryEndpoint client = open();
                final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
                rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.RST | TcpFlags.ACK, 0, syn.seq() + 1));
                client.close();
            }
            case NEVER_ANSWERED -> {
                final MemoryEndpoint client = open();
                rig.pass(80 * SECOND);
                client.close();
            }
            case CLOSED_WHILE_OPENING -> open().close();
            case ABORTED_WHILE_OPENING -> open().abort();
            case CROSSED_THEN_RESET -> {
                final MemoryEndpoint client = open();
                final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
                rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.SYN, 70, 0)
                        .mss(1460)
                        .payload(new byte[10]));
                expect("answer", SYN_ACK, MILLI);
                assertEquals("SYN_RCVD", state(client));
                rig.send(Segment.of(9000, syn.sourcePort(), TcpFlags.RST, 71, 0));
                client.close();
            }
            case HALF_OPEN_EXPIRES -> {
                rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 5000, 0));
                rig.pass(60 * SECOND);
            }
            case HALF_OPEN_RESET -> {
                rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 5000, 0));
                rig.send(Segment.of(4001, PORT, TcpFlags.RST, 5001, 0));
            }
            case HALF_OPEN_LISTENER_CLOSES -> {
                rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 5000, 0));
                listener.close();
                assertEquals(0, connections());
            }
            case REFUSED_FOR_MEMORY -> {
                listener.refuseIncoming();
                for (int i = 0; i < 4; i++) {
                    rig.send(Segment.of(4001 + i, PORT, TcpFlags.SYN, 5000, 0));
                    final Segment synAck = expect("answer", SYN_ACK, MILLI);
                    rig.send(Segment.of(4001 + i, PORT, TcpFlags.ACK, 5001, synAck.seq() + 1));
                }
            }
            case FAST_OPEN_RESET -> {
                for (int i = 0; i < 5; i++) { // more than may be pending at a time
                    final Segment synAck = fastOpen(4001 + i, i % 2 == 0);
                    accept(listener);
                    rig.send(Segment.of(4001 + i, PORT, TcpFlags.RST, synAck.ack(), 0));
                }
            }
            case FAST_OPEN_NEVER_ACKNOWLEDGED -> {
                fastOpen(4001, true);
                write(accept(listener), 5000);
                rig.pass(100 * SECOND);
            }
            case RESET_BUSY -> {
                busy();
                rig.send(peer.segment(TcpFlags.RST));
                rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.RST, peer.seq + 100, 0));
            }
            case ABORTED_BUSY -> busy().abort();
            case CLOSED_UNREAD -> busy().close();
            case DATA_AFTER_CLOSE -> {
                final MemoryEndpoint server = established();
                server.close();
                peer.data(new byte[1]);
            }
            case CLOSED_FIRST -> timeWait(established());
            case CLOSED_LAST -> {
                final MemoryEndpoint server = established();
                peer.fin();
                server.close();
                rig.settle();
                peer.ack = rig.receive(SECOND, s -> s.has(TcpFlags.FIN)).seq() + 1;
                peer.acknowledge();
                assertEquals(0, connections());
            }
            case CLOSED_TOGETHER -> {
                final MemoryEndpoint server = established();
                server.close();
                final int fin = expect("FIN", FIN_ACK, MILLI).seq();
                peer.fin();
                peer.ack = fin + 1;
                peer.acknowledge();
                assertEquals(1, connections());
            }
            case FIN_WAIT_2_ORPHAN -> finWait2(established());
            case RETRANSMITTED_IN_VAIN -> {
                write(established(), 100);
                rig.pass(900 * SECOND);
            }
            case WINDOW_CLOSED_FOR_EVER -> {
                final MemoryEndpoint server = established();
                peer.data(new byte[1]);
                peer.window = 0;
                peer.data(new byte[1]);
                read(server);
                write(server, 5000);
                server.close();
                rig.pass(900 * SECOND);
            }
            case KEPT_ALIVE_IN_VAIN -> {
                established();
                rig.pass(8000 * SECOND);
            }
            case REOPENED_FROM_TIME_WAIT -> {
                timeWait(established());
                rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, peer.seq + 100, 0));
                rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.RST, peer.seq + 101, 0));
                assertEquals(0, connections());
            }
            case TIME_WAITS_ENDED -> {
                timeWait(established());
                assertEquals(1, ((TcpStack) stage()).endTimeWaits());
            }
            case CONNECTED_OVER_TIME_WAIT -> {
                tunables().portFirst = 20_000;
                tunables().portLast = 20_000;
                for (int i = 0; i < 3; i++) {
                    final MemoryEndpoint client = open();
                    final Segment syn = expect("SYN", TcpFlags.SYN, MILLI);
                    final Segment synAck = Segment.of(9000, syn.sourcePort(), SYN_ACK, 70, syn.seq() + 1)
                            .mss(1460)
                            .timestamp(1 + i, syn.timestampValue());
                    rig.send(synAck);
                    client.close();
                    final Segment fin = rig.receive(SECOND, s -> s.has(TcpFlags.FIN));
                    rig.send(Segment.of(9000, syn.sourcePort(), FIN_ACK, 71, fin.seq() + 1)
                            .timestamp(2 + i, fin.timestampValue()));
                    assertTrue(client.isClosed());
                    rig.settle();
                    rig.peer().forget();
                }
                assertEquals(1, connections());
            }
        }
    }
}
