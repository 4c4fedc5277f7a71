package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;
import joyride.tcp.freebsd.FreeBsdTcp;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.ProgramTransport;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** An exception in a variant ends the instance whose connection it was about, and nothing else. */
class ContainmentTest extends TcpCase {
    /** FreeBSD's, but for connections to one port it throws where told. */
    private static final class Broken implements TcpVariant {
        private final FreeBsdTcp whole = new FreeBsdTcp();
        private boolean onInput;
        private boolean onOutput;
        private boolean onTimer;

        @Override
        public String name() {
            return "freebsd";
        }

        private static boolean aimed(final TcpControlBlock tcb) {
            return tcb.localPort == PORT;
        }

        private static void fail() {
            throw new IllegalStateException("broken on purpose");
        }

        @Override
        public int handoffOk(final TcpControlBlock tcb) {
            return 0;
        }

        @Override
        public int init(final TcpControlBlock tcb) {
            return whole.init(tcb);
        }

        @Override
        public void fini(final TcpControlBlock tcb, final boolean destroyed) {
            whole.fini(tcb, destroyed);
        }

        @Override
        public void segmentArrived(final TcpControlBlock tcb, final TcpSegment segment) {
            if (onInput && aimed(tcb)) {
                fail();
            }
            whole.segmentArrived(tcb, segment);
        }

        @Override
        public void output(final TcpControlBlock tcb) {
            if (onOutput && aimed(tcb)) {
                fail();
            }
            whole.output(tcb);
        }

        @Override
        public void timer(final TcpControlBlock tcb, final int which) {
            if (onTimer && aimed(tcb)) {
                fail();
            }
            whole.timer(tcb, which);
        }

        @Override
        public int setOption(final TcpControlBlock tcb, final SocketOption option, final long value) {
            return whole.setOption(tcb, option, value);
        }

        @Override
        public void mtuChanged(final TcpControlBlock tcb, final int mtu) {
            whole.mtuChanged(tcb, mtu);
        }
    }

    /** Takes no connection up. */
    private static final class BrokenControl implements CongestionControl {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public void init(final TcpControlBlock tcb) {
            throw new IllegalStateException("broken on purpose");
        }

        @Override
        public void destroy(final TcpControlBlock tcb) {}

        @Override
        public void connInit(final TcpControlBlock tcb) {}

        @Override
        public void ackReceived(final TcpControlBlock tcb, final int type) {}

        @Override
        public void congestionSignal(final TcpControlBlock tcb, final int signal) {}

        @Override
        public void postRecovery(final TcpControlBlock tcb) {}

        @Override
        public void afterIdle(final TcpControlBlock tcb) {}
    }

    private final Broken broken = new Broken();
    private final ProgramTransport others =
            new ProgramTransport("other", rig.host().memory());
    private MemoryEndpoint listener;
    private MemoryEndpoint server;
    private PeerConnection peer;
    private MemoryEndpoint otherServer;
    private PeerConnection otherPeer;

    private void connectBoth() {
        stage().variant(FreeBsdTcp.VARIANT, broken);
        rig.host().engine().attachTransport(others);
        listener = listen(16);
        peer = connect(listener);
        server = accept(listener);
        final MemoryEndpoint otherListener = others.open(new Idle());
        assertEquals(0, otherListener.listen(81, 16));
        otherPeer = rig.connect(PEER_PORT, 81, true, true);
        otherServer = otherListener.accept();
        otherServer.socket().accepted();
        drain();
    }

    private void assertOnlyTheFirstEnded() {
        expectEnd = true;
        final Segment reset = next(SECOND);
        assertEquals(TcpFlags.RST | TcpFlags.ACK, reset.flags());
        assertEquals(PORT, reset.sourcePort());
        assertEquals(Errno.ECONNRESET, server.errno());
        assertEquals(Errno.ECONNRESET, listener.errno());
        assertFalse(others.instance().ended());
        otherPeer.data(new byte[100]);
        assertEquals(100, read(otherServer));
        rig.send(Segment.of(5000, PORT, TcpFlags.SYN, 1, 0));
        while (next(0) instanceof Segment segment) {
            if (segment.destinationPort() == 5000) {
                assertTrue(segment.has(TcpFlags.RST), "the port is free again");
            }
        }
        server.close();
        listener.close();
        assertTrue(server.isClosed());
        assertTrue(listener.isClosed());
        rig.host().engine().detachTransport(others);
    }

    @Test
    void shouldEndOneInstanceWhenInputThrows() {
        connectBoth();
        broken.onInput = true;
        peer.data(new byte[10]);
        assertOnlyTheFirstEnded();
    }

    @Test
    void shouldEndOneInstanceWhenACongestionControlThrowsOnANewConnection() {
        connectBoth();
        stage().congestionControl(rig.host().engine().defaultCongestionControl(), new BrokenControl());
        rig.connect(PEER_PORT + 1, PORT, true, true);
        assertOnlyTheFirstEnded();
    }

    @Test
    void shouldEndOneInstanceWhenOutputThrows() {
        connectBoth();
        broken.onOutput = true;
        write(server, 10);
        assertOnlyTheFirstEnded();
    }

    @Test
    void shouldEndOneInstanceWhenATimerThrows() {
        connectBoth();
        broken.onTimer = true;
        peer.data(new byte[10]);
        rig.pass(45 * MILLI);
        assertOnlyTheFirstEnded();
    }
}
