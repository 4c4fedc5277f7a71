package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Sysctls that change what is on the wire. */
class SettingsTest extends TcpCase {
    @Test
    void shouldStaySilentAtClosedPortsWhenBlackholed() {
        rig.host().engine().tunables().blackhole = 1;
        rig.send(Segment.of(4001, 81, TcpFlags.SYN, 1, 0));
        silence(10 * MILLI);
        rig.send(Segment.of(4001, 81, TcpFlags.ACK, 1, 5));
        expect("not for a SYN alone", TcpFlags.RST, MILLI);
        rig.host().engine().tunables().blackhole = 2;
        rig.send(Segment.of(4001, 81, TcpFlags.ACK, 1, 5));
        silence(10 * MILLI);
    }

    @Test
    void shouldCountPortsUpWhenTheyAreNotRandom() {
        tunables().portRandomized = 0;
        tunables().portFirst = 30_000;
        final List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final MemoryEndpoint client = programs.open(new Idle());
            assertEquals(0, client.socket().connect(PeerRig.PEER, 9000));
            rig.settle();
            ports.add(expect("SYN", TcpFlags.SYN, MILLI).sourcePort());
        }
        assertEquals(List.of(30_000, 30_001, 30_002, 30_003), ports);
    }

    @Test
    void shouldTrySmallerSegmentsAndReturnWhenABlackHoleIsLookedFor() {
        tunables().pmtudBlackholeDetection = 1;
        final MemoryEndpoint listener = listen(4);
        connect(listener);
        final MemoryEndpoint server = accept(listener);
        write(server, 1448);
        final List<Integer> sizes = new ArrayList<>();
        for (Segment segment; sizes.size() < 9 && (segment = next(64 * SECOND)) != null; ) {
            sizes.add(segment.payload().length);
        }
        // The first and two timeouts; 1200 less options from the second on, 536 from the fourth, the old size from the
        // sixth.
        assertEquals(List.of(1448, 1448, 1188, 1188, 524, 524, 1448, 1448, 1448), sizes);
    }

    @Test
    void shouldOfferNothingOfRfc7323WhenItIsOff() {
        tunables().rfc1323 = 0;
        tunables().sackEnable = 0;
        open();
        assertEquals(4, expect("SYN", TcpFlags.SYN, MILLI).options().length);
        listen(4);
        final PeerConnection peer = connect(null);
        assertEquals(4, peer.synAck().options().length);
    }

    @Test
    void shouldLeaveTimeWaitAfterTwiceTheSegmentLifetimeThatIsSet() {
        tunables().msl = 500;
        final MemoryEndpoint listener = listen(4);
        final PeerConnection peer = connect(listener);
        accept(listener).close();
        peer.receive(MILLI);
        peer.acknowledge();
        peer.fin();
        rig.pass(990 * MILLI);
        assertEquals(1, connections());
        rig.pass(20 * MILLI);
        assertEquals(0, connections());
    }

    @Test
    void shouldWaitForTheInitialTimeoutThatIsSet() {
        tunables().rexmitInitial = 300;
        open();
        expect("SYN", TcpFlags.SYN, MILLI);
        silence(290 * MILLI);
        expect("again", TcpFlags.SYN, 20 * MILLI);
    }
}
