package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** One port, several sockets: who may share it, and who gets the connections. */
class SharedPortTest extends TcpCase {
    private MemoryEndpoint socket(final SocketOption... options) {
        final MemoryEndpoint endpoint = programs.open(new Idle());
        for (final SocketOption option : options) {
            assertEquals(0, endpoint.socket().setOption(option, 1));
        }
        return endpoint;
    }

    private int takenBy(final MemoryEndpoint listener) {
        int taken = 0;
        for (MemoryEndpoint one; (one = listener.accept()) != null; taken++) {
            one.socket().accepted();
        }
        return taken;
    }

    private void connectMany(final int count) {
        for (int i = 0; i < count; i++) {
            rig.connect(20_000 + i, PORT, true, true);
        }
        drain();
    }

    @Test
    void shouldRefuseTheSecondListenerWhenTheyDoNotShare() {
        listen(16);
        assertEquals(Errno.EADDRINUSE, socket().listen(PORT, 16));
        assertEquals(Errno.EADDRINUSE, socket(SocketOption.SO_REUSEADDR).listen(PORT, 16));
    }

    @Test
    void shouldRefuseWhenAnotherInstanceHoldsThePort() {
        listen(16);
        final ProgramTransport others = new ProgramTransport("other", rig.host().memory());
        rig.host().engine().attachTransport(others);
        assertEquals(Errno.EADDRINUSE, others.open(new Idle()).listen(PORT, 16));
        rig.host().engine().detachTransport(others);
    }

    @Test
    void shouldSpreadConnectionsOverAllListenersWhenTheyShare() {
        final MemoryEndpoint[] group = new MemoryEndpoint[4];
        for (int i = 0; i < group.length; i++) {
            group[i] = socket(SocketOption.SO_REUSEPORT);
            assertEquals(0, group[i].listen(PORT, 1000));
        }
        connectMany(400);
        for (final MemoryEndpoint listener : group) {
            final int taken = takenBy(listener);
            assertTrue(taken > 50 && taken < 150, taken + " of 400");
        }
    }

    @Test
    void shouldKeepServingWhenOneOfTheGroupCloses() {
        final MemoryEndpoint first = socket(SocketOption.SO_REUSEPORT);
        final MemoryEndpoint second = socket(SocketOption.SO_REUSEPORT);
        assertEquals(0, first.listen(PORT, 1000));
        assertEquals(0, second.listen(PORT, 1000));
        first.close();
        connectMany(50);
        assertEquals(50, takenBy(second));
    }

    @Test
    void shouldPreferTheExactAddressToTheWildcard() {
        final MemoryEndpoint exact = socket();
        assertEquals(0, exact.socket().setOption(SocketOption.SO_REUSEADDR, 1));
        assertEquals(0, exact.socket().bind(PeerRig.HOST, PORT, 0));
        final MemoryEndpoint wildcard = socket(SocketOption.SO_REUSEADDR);
        assertEquals(0, wildcard.socket().bind(IpAddress.ANY_V4, PORT, 0));
        assertEquals(0, exact.socket().listen(16));
        assertEquals(Errno.EADDRINUSE, wildcard.socket().listen(16));
        assertTrue(programs.instance().hasListener(PeerRig.HOST, PORT));
        assertFalse(programs.instance().hasListener(IpAddress.parse("10.0.0.99"), PORT));
    }

    @Test
    void shouldNeedReuseAddressToListenAgainWhileConnectionsLive() {
        final MemoryEndpoint first = listen(16);
        final PeerConnection peer = connect(first);
        final MemoryEndpoint server = accept(first);
        first.close();
        rig.settle();
        assertEquals(Errno.EADDRINUSE, socket().listen(PORT, 16));
        final MemoryEndpoint second = socket(SocketOption.SO_REUSEADDR);
        assertEquals(0, second.listen(PORT, 16));
        peer.data(new byte[100]);
        assertEquals(100, read(server), "the old connection goes on");
        rig.send(Segment.of(30_000, PORT, TcpFlags.SYN, 1, 0));
        rig.receive(MILLI, segment -> segment.flags() == (TcpFlags.SYN | TcpFlags.ACK));
    }

    @Test
    void shouldBeFreeAgainAtOnceWhenTheListenerCloses() {
        final MemoryEndpoint first = listen(16);
        first.close();
        rig.settle();
        assertEquals(0, socket().listen(PORT, 16));
    }

    @Test
    void shouldInheritItsListenersOptions() {
        final MemoryEndpoint listener = socket(SocketOption.TCP_NODELAY, SocketOption.SO_KEEPALIVE);
        listener.socket().setOption(SocketOption.TCP_KEEPIDLE, 11);
        assertEquals(0, listener.listen(PORT, 16));
        connect(listener);
        final MemoryEndpoint server = accept(listener);
        assertEquals(1, server.socket().getOption(SocketOption.TCP_NODELAY));
        assertEquals(1, server.socket().getOption(SocketOption.SO_KEEPALIVE));
        assertEquals(11, server.socket().getOption(SocketOption.TCP_KEEPIDLE));
    }
}
