package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** RFC 3168. */
class EcnTest {
    private static final int ECT0 = 2;
    private static final int CE = 3;
    private final Rig rig = new Rig().plain();

    private void established() {
        rig.established();
        rig.tcb.set(TcpControlBlock.ECN_PERMIT);
    }

    @Test
    void shouldAskInTheFirstTwoSynsWhenEnabled() {
        rig.tunables.ecnEnable = 1;
        rig.connect();
        rig.pass(4000);
        assertTrue(rig.next().has(TcpFlags.ECE));
        assertTrue(rig.next().has(TcpFlags.ECE));
        assertFalse(rig.next().has(TcpFlags.ECE));
    }

    @Test
    void shouldAgreeWhenTheSynAckEchoesAlone() {
        rig.tunables.ecnEnable = 1;
        rig.connect();
        rig.segment(Rig.SYN | ACK | TcpFlags.ECE, 0, 1, 0);
        rig.arrive();
        assertTrue(rig.tcb.is(TcpControlBlock.ECN_PERMIT));
    }

    @Test
    void shouldMarkNewDataAloneAsCapable() {
        established();
        rig.write(100);
        assertEquals(ECT0, rig.next().ecn());
        rig.pass(500);
        assertEquals(0, rig.next().ecn(), "retransmission");
        rig.sent.clear();
        rig.deliver(ACK, 1, 101, MSS);
        rig.deliver(ACK, 1 + MSS, 101, MSS);
        assertEquals(0, rig.next().ecn(), "acknowledgement");
    }

    @Test
    void shouldEchoUntilThePeerHasReduced() {
        established();
        rig.segment(ACK, 1, 1, MSS);
        rig.segment.ecn = CE;
        rig.arrive();
        rig.deliver(ACK, 1 + MSS, 1, MSS);
        assertTrue(rig.next().has(TcpFlags.ECE));
        rig.deliver(ACK | TcpFlags.CWR, 1 + 2 * MSS, 1, MSS);
        assertFalse(rig.next().has(TcpFlags.ECE));
    }

    @Test
    void shouldHalveOnceForARoundOfEchoes() {
        established();
        rig.tcb.sndCwnd = 20 * MSS;
        rig.write(40 * MSS);
        rig.sent.clear();
        rig.deliver(ACK | TcpFlags.ECE, 1, 1 + MSS, 0);
        final int reduced = rig.tcb.sndCwnd;
        assertEquals(10 * MSS, reduced);
        rig.deliver(ACK | TcpFlags.ECE, 1, 1 + 2 * MSS, 0);
        assertEquals(reduced, rig.tcb.sndCwnd);
        assertEquals(0, rig.counter(TcpCounter.SNDREXMITPACK));
        rig.deliver(ACK, 1, 1 + 15 * MSS, 0);
        assertTrue(rig.next().has(TcpFlags.CWR));
    }
}
