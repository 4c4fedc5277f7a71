package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.TreeSet;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.core.share.ClaimSink;
import joyride.core.share.Claims;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** TCP on an address that the kernel has too: what is claimed while, what is answered, which ports are taken. */
class SharedAddressTest extends TcpCase {
    private static final int FIRST = 50_000;
    private static final int LAST = 50_003;

    /** One that a socket of the kernel has. */
    private static final int KERNELS = 50_002;

    private final Set<String> claimed = new TreeSet<>();
    private final Claims claims = rig.host().engine().claims();

    private void share(final IpAddress address) {
        final long[] range = new long[1024];
        for (int port = FIRST; port <= LAST; port++) {
            range[port >> 6] |= port == KERNELS ? 0 : 1L << port;
        }
        claims.range(FIRST, LAST);
        claims.add(address.high(), address.low(), range, new ClaimSink() {
            @Override
            public void claim(final long high, final long low, final int protocol, final int port) {
                assertTrue(claimed.add(protocol + "/" + port), "claimed twice");
            }

            @Override
            public void unclaim(final long high, final long low, final int protocol, final int port) {
                assertTrue(claimed.remove(protocol + "/" + port), "not claimed");
            }
        });
    }

    @Test
    void shouldClaimAPortFromListenToTheEndOfTheLastTimeWait() {
        share(PeerRig.HOST);
        final MemoryEndpoint listener = listen(16);
        assertEquals(Set.of("6/80"), claimed);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        listener.close();
        assertEquals(Set.of("6/80"), claimed, "a connection is left");
        server.close();
        peer.receive(MILLI);
        peer.acknowledge();
        peer.fin();
        assertTrue(server.isClosed());
        assertEquals(1, connections(), "TIME_WAIT");
        rig.pass(59 * SECOND);
        assertEquals(Set.of("6/80"), claimed);
        rig.pass(2 * SECOND);
        assertEquals(0, connections());
        assertEquals(Set.of(), claimed);
    }

    @Test
    void shouldClaimConnectionsThatWereThereBeforeTheAddressWasShared() {
        final MemoryEndpoint listener = listen(16);
        final PeerConnection peer = connect(listener);
        accept(listener);
        listener.close();
        assertEquals(Set.of(), claimed);
        share(PeerRig.HOST);
        assertEquals(Set.of("6/80"), claimed);
        peer.data(new byte[100]);
        assertEquals(100, accepted.getFirst().receiveRing().available());
    }

    @Test
    void shouldAnswerNothingForAPortThatIsTheKernels() {
        share(PeerRig.HOST);
        rig.send(Segment.of(PEER_PORT, PORT, TcpFlags.SYN, 1, 0));
        silence(SECOND);
        assertEquals(1, dropped("shared_unclaimed"));
        rig.send(Segment.of(PEER_PORT, FIRST, TcpFlags.SYN, 1, 0));
        expect("RST for a closed port that is ours", TcpFlags.RST | TcpFlags.ACK, SECOND);
    }

    @Test
    void shouldConnectFromPortsThatTheKernelLeavesUsAndFromNoOther() {
        share(PeerRig.HOST);
        final Set<Integer> ports = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            final MemoryEndpoint client = programs.open(new Idle());
            assertEquals(0, client.socket().connect(PeerRig.PEER, 9000));
            ports.add(client.socket().localPort());
        }
        assertEquals(Set.of(50_000, 50_001, 50_003), ports);
        assertEquals(Set.of(), claimed, "a connect costs no claim");
        assertEquals(
                Errno.EADDRNOTAVAIL, programs.open(new Idle()).socket().connect(PeerRig.PEER, 9000), "all are taken");
        assertEquals(0, programs.open(new Idle()).socket().connect(PeerRig.PEER, 9001), "to another port");
    }

    @Test
    void shouldClaimWhatAProgramBindsItself() {
        share(PeerRig.HOST);
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().bind(PeerRig.HOST, 7000, 0));
        assertEquals(Set.of("6/7000"), claimed);
        assertEquals(0, client.socket().connect(PeerRig.PEER, 9000));
        client.close();
        rig.settle();
        assertEquals(Set.of(), claimed);
    }

    @Test
    void shouldGoOnWhenTheAddressGoesAndComesBack() {
        share(PeerRig.HOST);
        final MemoryEndpoint listener = listen(16);
        final PeerConnection peer = connect(listener);
        accept(listener);
        claims.remove(PeerRig.HOST.high(), PeerRig.HOST.low());
        assertEquals(Set.of(), claimed);
        share(PeerRig.HOST);
        peer.data(new byte[100]);
        assertEquals(100, accepted.getFirst().receiveRing().available());
        assertEquals(Set.of("6/80"), claimed);
    }

    @Test
    void shouldSendSmallerSegmentsWhenTheMtuShrinksUnderAConnection() {
        final MemoryEndpoint listener = listen(16);
        final PeerConnection peer = connect(listener);
        final MemoryEndpoint server = accept(listener);
        rig.host().engine().network().mtu(rig.host().ethernet(), 1000);
        final int length = write(server, 5000);
        int received = 0;
        while (received < length) {
            final Segment segment = peer.receive(5 * SECOND);
            assertTrue(segment != null, "stalled after " + received + " of " + length);
            assertTrue(segment.payload().length <= 1000 - 40, segment.toString());
            received += segment.payload().length;
            peer.acknowledge();
        }
    }
}
