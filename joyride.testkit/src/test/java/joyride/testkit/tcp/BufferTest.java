package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Socket buffers: their limits, their growth, and the window that follows from them. */
class BufferTest extends TcpCase {
    private static final int MSS = 1448;

    private MemoryEndpoint listener;
    private PeerConnection peer;
    private MemoryEndpoint server;

    private void connected() {
        if (listener == null) {
            listener = listen(16);
        }
        peer = connect(listener);
        server = accept(listener);
        drain();
    }

    private long option(final SocketOption option) {
        return server.socket().getOption(option);
    }

    @Test
    void shouldRoundTheReceiveBufferUpToFullSegmentsWhenEstablished() {
        connected();
        assertEquals(65700, option(SocketOption.SO_RCVBUF));
        assertEquals(33580, option(SocketOption.SO_SNDBUF));
    }

    @Test
    void shouldCountEveryByteAsSentOnceWhenARetransmissionGoesOnWithNewOnes() {
        connected();
        final long sent = count("sndbyte");
        write(server, 500);
        assertEquals(500, next(0).payload().length);
        // Held back by Nagle until the retransmission takes them along.
        write(server, 500);
        final Segment again = next(2 * SECOND);
        assertEquals(1000, again.payload().length);
        assertEquals(1000, count("sndbyte") - sent);
        assertEquals(500, count("sndrexmitbyte"));
    }

    @Test
    void shouldKeepTheExactSizeWhenTheProgramSetIt() {
        connected();
        assertEquals(0, server.socket().setOption(SocketOption.SO_RCVBUF, 10_000));
        assertEquals(10_000, option(SocketOption.SO_RCVBUF));
    }

    @Test
    void shouldAdvertiseNoMoreThanTheBufferAndOpenAgainWhenRead() {
        listener = listen(16);
        listener.socket().setOption(SocketOption.SO_RCVBUF, 4 * 1460);
        connected();
        for (int i = 0; i < 4; i++) {
            peer.data(new byte[MSS]);
        }
        Segment last = null;
        for (Segment segment; (segment = peer.receive(50 * MILLI)) != null; ) {
            last = segment;
        }
        assertEquals(peer.seq, last.ack());
        assertTrue(peer.windowOf(last) < 64, "window " + peer.windowOf(last));
        peer.data(new byte[1000]);
        assertTrue(server.receiveRing().available() < 4 * 1460 + 64, "nothing beyond the window");
        drain();
        read(server);
        final Segment update = expect("window update", TcpFlags.ACK, MILLI);
        assertTrue(peer.windowOf(update) >= 4 * 1460 - 64);
    }

    @Test
    void shouldGrowTheReceiveBufferWhenARoundTripFillsIt() {
        connected();
        tunables().recvBufMax = 400_000;
        fullRounds();
        assertEquals(400_000, option(SocketOption.SO_RCVBUF));
    }

    @Test
    void shouldLeaveTheReceiveBufferAsItIsWhenItIsNotToGrow() {
        connected();
        tunables().set("net.inet.tcp.recvbuf_auto", "0");
        fullRounds();
        assertEquals(65700, option(SocketOption.SO_RCVBUF));
        tunables().set("net.inet.tcp.recvbuf_auto", "1");
        fullRounds();
        assertTrue(option(SocketOption.SO_RCVBUF) > 65700, "from the next round on");
    }

    /** Round trips of 10 ms in which everything that the window allows is sent, and something answered. */
    private void fullRounds() {
        for (int round = 0; round < 40; round++) {
            final int window = (int) option(SocketOption.SO_RCVBUF) - 2 * MSS;
            for (int sent = 0; sent < window; sent += MSS) {
                peer.data(new byte[MSS]);
                read(server);
            }
            write(server, 10);
            rig.pass(10 * MILLI);
            for (Segment segment; (segment = peer.receive(0)) != null; ) {
                assertTrue(segment.has(TcpFlags.ACK));
            }
            peer.acknowledge();
        }
    }

    @Test
    void shouldNotGrowTheReceiveBufferWhenLittleArrives() {
        connected();
        for (int round = 0; round < 40; round++) {
            peer.data(new byte[MSS]);
            read(server);
            write(server, 10);
            rig.pass(10 * MILLI);
            for (Segment segment; (segment = peer.receive(0)) != null; ) {
                assertTrue(segment.has(TcpFlags.ACK));
            }
            peer.acknowledge();
        }
        assertEquals(65700, option(SocketOption.SO_RCVBUF));
    }

    @Test
    void shouldGrowTheSendBufferWhenItLimits() {
        connected();
        tunables().sendBufMax = 60_000;
        for (int round = 0; round < 60; round++) {
            write(server, 1 << 20);
            rig.pass(MILLI);
            for (Segment segment; (segment = peer.receive(0)) != null; ) {
                peer.acknowledge();
            }
        }
        assertEquals(60_000, option(SocketOption.SO_SNDBUF));
        assertEquals(60_000, server.sendRing().limit());
    }

    @Test
    void shouldNotGrowTheSendBufferWhenTheProgramSetIt() {
        connected();
        server.socket().setOption(SocketOption.SO_SNDBUF, 20_000);
        for (int round = 0; round < 60; round++) {
            write(server, 1 << 20);
            rig.pass(MILLI);
            for (Segment segment; (segment = peer.receive(0)) != null; ) {
                peer.acknowledge();
            }
        }
        assertEquals(20_000, option(SocketOption.SO_SNDBUF));
    }

    @Test
    void shouldThrowAwayWhatArrivesWhenReceivingIsShut() {
        connected();
        server.socket().shutdownReceive();
        for (int i = 0; i < 100; i++) {
            peer.data(new byte[MSS]);
        }
        Segment last = null;
        for (Segment segment; (segment = peer.receive(50 * MILLI)) != null; ) {
            last = segment;
        }
        assertEquals(peer.seq, last.ack());
        assertEquals(0, server.receiveRing().produced());
        assertEquals(0, server.errno());
    }
}
