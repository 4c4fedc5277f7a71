package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTunables;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Sysctls that steer windows, buffers, limits and answers. */
class KnobsTest extends TcpCase {
    private TcpTunables service() {
        return rig.host().engine().tunables();
    }

    private long cwnd() {
        return stage().socketViews().stream()
                .filter(view -> view.state().equals("ESTABLISHED"))
                .mapToLong(SocketView::cwnd)
                .sum();
    }

    @Test
    void shouldGrowTheWindowOnlyWhileHalfOfItIsInUseWhenValidated() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        final long initial = cwnd();
        tunables().newCwv = 1;
        write(server, 2 * 1448);
        peer.receive(MILLI);
        peer.receive(MILLI);
        peer.acknowledge();
        assertEquals(initial, cwnd(), "two segments of ten prove nothing");
        write(server, 8 * 1448);
        for (int i = 0; i < 8; i++) {
            peer.receive(MILLI);
        }
        peer.acknowledge();
        assertTrue(cwnd() > initial, "eight of ten do");
        final long validated = cwnd();
        tunables().newCwv = 0;
        write(server, 2 * 1448);
        peer.receive(MILLI);
        peer.receive(MILLI);
        peer.acknowledge();
        assertTrue(cwnd() > validated, "off, it grows with whatever is acknowledged");
    }

    @Test
    void shouldLeaveSackBlocksAsideWhenAllConnectionsTogetherHaveTooManyHoles() {
        tunables().sackGlobalMaxHoles = 2;
        final MemoryEndpoint listener = listen(4);
        final PeerConnection first = rig.connect(4001, PORT, true, true);
        final PeerConnection second = rig.connect(4002, PORT, true, true);
        final List<MemoryEndpoint> servers = List.of(accept(listener), accept(listener));
        for (final MemoryEndpoint server : servers) {
            write(server, 8 * 1448);
        }
        rig.settle();
        sack(first, 1, 2);
        sack(first, 3, 4);
        assertEquals(0, count("sack_sboverflow"));
        sack(second, 1, 2);
        assertEquals(1, count("sack_sboverflow"));
        // What is acknowledged frees the place.
        first.ack = first.hostIsn + 1 + 8 * 1448;
        first.acknowledge();
        sack(second, 1, 2);
        assertEquals(1, count("sack_sboverflow"));
    }

    private void sack(final PeerConnection peer, final int from, final int to) {
        final int base = peer.hostIsn + 1;
        rig.send(peer.segment(TcpFlags.ACK).sack(base + from * 1448, base + to * 1448));
    }

    @Test
    void shouldGrowTheSendBufferEarlierWhenItsLowWaterMarkCounts() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        final long before = server.socket().getOption(SocketOption.SO_SNDBUF);
        final int most = (int) (before / 8 * 7);
        write(server, most - 1000);
        rig.settle();
        assertEquals(before, server.socket().getOption(SocketOption.SO_SNDBUF));
        tunables().sendBufAutoLowat = 1;
        // Full windows let it decide again.
        for (int i = 0; i < 2; i++) {
            peer.receive(MILLI);
        }
        peer.acknowledge();
        write(server, 2 * 1448);
        assertTrue(server.socket().getOption(SocketOption.SO_SNDBUF) > before);
    }

    @Test
    void shouldStaySilentAtListenersTooWhenBlackholedAltogether() {
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 1, 5));
        expect("an ACK out of nowhere", TcpFlags.RST, MILLI);
        tunables().blackhole = 2;
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 1, 5));
        expect("2 is about closed ports", TcpFlags.RST, MILLI);
        tunables().blackhole = 3;
        rig.send(Segment.of(4001, PORT, TcpFlags.ACK, 1, 5));
        silence(10 * MILLI);
    }

    @Test
    void shouldResetSoManyASecondFromClosedPortsAndSoManyFromOpenOnes() {
        service().set("net.inet.icmp.icmplim", "5");
        service().set("net.inet.icmp.icmplim_jitter", "0");
        tunables().icmpLim = 3;
        listen(4);
        assertEquals(5, answers(81));
        assertEquals(3, answers(PORT));
        assertEquals(8, count("sndrst"));
        assertEquals(20 - 8, count("rst_limited"));
        service().icmpLim = 0;
        assertEquals(10, answers(81));
    }

    private int answers(final int port) {
        int answers = 0;
        for (int i = 0; i < 10; i++) {
            rig.send(Segment.of(4001 + i, port, TcpFlags.ACK, 1, 5));
        }
        while (next(MILLI) != null) {
            answers++;
        }
        return answers;
    }

    @Test
    void shouldLogSegmentsForClosedPortsWhenAsked() {
        final List<String> lines = new ArrayList<>();
        final Logger log = Logger.getLogger("joyride.core.tcp.VainLog");
        final Handler handler = new Handler() {
            @Override
            public void publish(final LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {
                // nothing is held
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        log.addHandler(handler);
        try {
            rig.send(Segment.of(4001, 81, TcpFlags.SYN, 1, 0));
            assertEquals(List.of(), lines);
            service().logInVain = 1;
            rig.send(Segment.of(4001, 81, TcpFlags.ACK, 1, 5));
            assertEquals(List.of(), lines);
            rig.send(Segment.of(4001, 81, TcpFlags.SYN, 1, 0));
            assertEquals(1, lines.size());
            assertTrue(lines.get(0).contains("[10.0.0.2]:4001 to [10.0.0.1]:81 tcpflags 0x2"), lines.get(0));
            service().logInVain = 2;
            for (int i = 0; i < 50; i++) {
                rig.send(Segment.of(4001, 81, TcpFlags.ACK, 1, 5));
            }
            assertEquals(10, lines.size(), "a scan does not fill the disk");
        } finally {
            log.removeHandler(handler);
        }
    }

    @Test
    void shouldHaveAHopLimitOfItsOwnForIpv6() {
        tunables().ipTtl = 33;
        tunables().ip6HopLimit = 44;
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(33, client.socket().getOption(SocketOption.IP_TTL));
        assertEquals(0, client.socket().bind(IpAddress.parse("::"), 5000, 0));
        assertEquals(44, client.socket().getOption(SocketOption.IP_TTL));
        client.socket().setOption(SocketOption.IP_TTL, 55);
        assertEquals(55, client.socket().getOption(SocketOption.IP_TTL));
    }
}
