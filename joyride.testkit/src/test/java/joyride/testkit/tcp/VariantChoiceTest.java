package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpFlags;
import joyride.core.transport.HandOver;
import joyride.tcp.freebsd.FreeBsdTcp;
import joyride.tcp.rack.RackTcp;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.SimulatedTcp;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One socket's own TCP variant: TCP_FUNCTION_BLK and {@code swap tcp NAME LOCAL REMOTE}. */
class VariantChoiceTest extends TcpCase {
    @BeforeEach
    void bothAreThere() {
        stage().variant(RackTcp.VARIANT, new RackTcp());
    }

    private String served(final int peerPort) {
        return stage().socketViews().stream()
                .filter(view -> view.remote().equals(PeerRig.PEER + ":" + peerPort))
                .map(SocketView::variant)
                .findFirst()
                .orElseThrow();
    }

    private static String connection(final int peerPort) {
        return PeerRig.HOST + ":" + PORT + " " + PeerRig.PEER + ":" + peerPort;
    }

    @Test
    void shouldServeTheOneSocketThatChoseAndLeaveTheOthers() {
        final MemoryEndpoint listener = listen(4);
        final PeerConnection first = rig.connect(4001, PORT, true, true);
        rig.connect(4002, PORT, true, true);
        final MemoryEndpoint server = accept(listener);
        assertEquals(0, server.socket().variant("rack"));
        assertEquals("rack", served(4001));
        assertEquals("freebsd", served(4002));
        assertEquals("rack", server.socket().variant());
        assertEquals(0, server.socket().variant("rack"), "as it is");
        assertEquals(Errno.ENOENT, server.socket().variant("nonsense"));
        write(server, 1000);
        assertEquals(1000, first.receive(MILLI).payload().length);
        first.acknowledge();
        assertEquals(1, count("switched"));
    }

    @Test
    void shouldBeginWithWhatWasChosenBeforeConnect() {
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().variant("rack"));
        assertEquals(0, client.socket().connect(PeerRig.PEER, 9000));
        rig.settle();
        expect("SYN", TcpFlags.SYN, MILLI);
        assertEquals("rack", served(9000));
        assertEquals(0, count("switched"));
    }

    @Test
    void shouldInheritTheListenersChoiceUnlessToldNotTo() {
        final MemoryEndpoint listener = listen(4);
        assertEquals(0, listener.socket().variant("rack"));
        rig.connect(4001, PORT, true, true);
        assertEquals("rack", served(4001));
        tunables().functionsInherit = 0;
        rig.connect(4002, PORT, true, true);
        assertEquals("freebsd", served(4002));
    }

    @Test
    void shouldKeepWhatItHasWhenTheNewcomerDoesNotTakeIt() {
        final MemoryEndpoint listener = listen(4);
        rig.connect(4001, PORT, true, false);
        final MemoryEndpoint server = accept(listener);
        tunables().set("net.inet.tcp.rack.misc.no_sack_needed", "0");
        assertTrue(server.socket().variant("rack") > 0);
        assertEquals("freebsd", served(4001));
        final String refused = assertThrows(
                        IllegalStateException.class, () -> stage().variant(0, connection(4001), "rack"))
                .getMessage();
        assertTrue(refused.contains("rack does not take the connection in ESTABLISHED"), refused);
    }

    @Test
    void shouldChooseForOneConnectionFromTheConsole() {
        final MemoryEndpoint listener = listen(4);
        rig.connect(4001, PORT, true, true);
        rig.connect(4002, PORT, true, true);
        accept(listener);
        assertEquals("freebsd", stage().variant(0, connection(4001), "rack"));
        assertEquals("rack", served(4001));
        assertEquals("freebsd", served(4002));
        assertNull(stage().variant(0, connection(4003), "rack"));
        assertNull(stage().variant(99, connection(4001), "freebsd"));
    }

    @Test
    void shouldGoToTheInstancesVariantWhenTheChosenOneLeavesAndStayWhenOthersSwap() {
        final MemoryEndpoint listener = listen(4);
        rig.connect(4001, PORT, true, true);
        final MemoryEndpoint server = accept(listener);
        assertEquals(0, server.socket().variant("freebsd"));
        SimulatedTcp.swap(rig.host().engine(), "rack");
        assertEquals("freebsd", served(4001), "it chose");
        stage().variant(FreeBsdTcp.VARIANT, null);
        final HandOver progress = new HandOver();
        while (stage().handOver(progress, 10) > 0) {
            rig.settle();
        }
        assertEquals("rack", served(4001));
    }
}
