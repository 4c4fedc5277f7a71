package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.FIN;
import static joyride.tcp.freebsd.Rig.RST;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpState;
import org.junit.jupiter.api.Test;

class CloseTest {
    private final Rig rig = new Rig().plain().established();

    @Test
    void shouldPassThroughFinWaitWhenThePeerClosesLater() {
        rig.closeSending();
        rig.expect(ACK | FIN, 1, 1, 0);
        rig.deliver(ACK, 1, 2, 0);
        assertEquals(TcpState.FIN_WAIT_2, rig.tcb.state);
        rig.deliver(ACK, 1, 2, 100);
        rig.deliver(ACK | FIN, 101, 2, 0);
        assertTrue(rig.endOfStream);
        assertEquals(true, rig.timeWait);
    }

    @Test
    void shouldEnterTimeWaitWhenFinAndAcknowledgementComeTogether() {
        rig.closeSending();
        rig.sent.clear();
        rig.deliver(ACK | FIN, 1, 2, 0);
        assertEquals(true, rig.timeWait);
    }

    @Test
    void shouldPassThroughClosingWhenBothFinsCross() {
        rig.closeSending();
        rig.sent.clear();
        rig.deliver(ACK | FIN, 1, 1, 0);
        assertEquals(TcpState.CLOSING, rig.tcb.state);
        // FreeBSD's acknowledgement here has its FIN again.
        rig.expect(ACK | FIN, 1, 2, 0);
        rig.deliver(ACK, 2, 2, 0);
        assertEquals(false, rig.timeWait);
    }

    @Test
    void shouldEndAtOnceWhenThePeerClosedFirst() {
        rig.deliver(ACK | FIN, 1, 1, 0);
        assertEquals(TcpState.CLOSE_WAIT, rig.tcb.state);
        rig.expect(ACK, 1, 2, 0);
        rig.write(50);
        rig.expect(ACK, 1, 2, 50);
        rig.close();
        rig.expect(ACK | FIN, 51, 2, 0);
        assertEquals(TcpState.LAST_ACK, rig.tcb.state);
        rig.deliver(ACK, 2, 52, 0);
        assertEquals(0, rig.closedWith);
    }

    @Test
    void shouldSendFinWithTheLastData() {
        rig.send.grow(3000);
        rig.closeSending();
        rig.expect(ACK, 1, 1, 1460);
        rig.expect(ACK, 1461, 1, 1460);
        rig.expect(ACK | FIN, 2921, 1, 80);
        rig.nothing();
    }

    @Test
    void shouldRetransmitAFinThatWasLost() {
        rig.closeSending();
        rig.sent.clear();
        rig.pass(1300);
        rig.expect(ACK | FIN, 1, 1, 0);
        rig.deliver(ACK, 1, 2, 0);
        assertEquals(TcpState.FIN_WAIT_2, rig.tcb.state);
    }

    @Test
    void shouldKeepTheFinUntilTheGapIsFilled() {
        rig.deliver(ACK | FIN, 101, 1, 50);
        assertFalse(rig.endOfStream);
        rig.expect(ACK, 1, 1, 0);
        rig.deliver(ACK, 1, 1, 100);
        assertTrue(rig.endOfStream);
        assertEquals(150, rig.receive.produced());
        rig.expect(ACK, 1, 152, 0);
    }

    @Test
    void shouldKeepABareFinUntilTheGapIsFilled() {
        rig.deliver(ACK | FIN, 101, 1, 0);
        rig.deliver(ACK, 1, 1, 100);
        assertTrue(rig.endOfStream);
        assertEquals(TcpState.CLOSE_WAIT, rig.tcb.state);
    }

    @Test
    void shouldResetWhenDataArrivesAfterTheProgramClosed() {
        rig.close();
        rig.deliver(ACK, 1, 1, 10);
        assertEquals(1, rig.resets);
        assertEquals(0, rig.closedWith);
    }

    @Test
    void shouldTakeDataWhenOnlySendingWasClosed() {
        rig.closeSending();
        rig.deliver(ACK, 1, 1, 10);
        assertEquals(10, rig.receive.produced());
        assertEquals(0, rig.resets);
    }

    @Test
    void shouldEndAnOrphanInFinWait2AfterTenMinutes() {
        rig.close();
        rig.deliver(ACK, 1, 2, 0);
        rig.pass(599_000);
        assertFalse(rig.over);
        rig.pass(80_000);
        assertEquals(0, rig.closedWith);
    }

    @Test
    void shouldEndAnOrphanInFinWait2AfterAMinuteWhenRecyclingIsFast() {
        rig.tunables.fastFinWait2Recycle = 1;
        rig.close();
        rig.deliver(ACK, 1, 2, 0);
        rig.pass(59_000);
        assertFalse(rig.over);
        rig.pass(2000);
        assertEquals(0, rig.closedWith);
    }

    @Test
    void shouldTellTheProgramWhenThePeerResets() {
        rig.deliver(RST, 1, 1, 0);
        assertEquals(Errno.ECONNRESET, rig.closedWith);
    }

    @Test
    void shouldTellTheProgramWhenThePeerResetsInLastAck() {
        rig.deliver(ACK | FIN, 1, 1, 0);
        rig.close();
        rig.deliver(RST, 2, 1, 0);
        assertEquals(Errno.ECONNRESET, rig.closedWith);
    }
}
