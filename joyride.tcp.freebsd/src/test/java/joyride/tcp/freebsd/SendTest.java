package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static joyride.tcp.freebsd.Rig.PSH;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.ProgramTimes;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTimer;
import org.junit.jupiter.api.Test;

/** Nagle, persist, keepalive, idle restart. */
class SendTest {
    private final Rig rig = new Rig().plain().established();

    @Test
    void shouldHoldASmallSegmentWhileOneIsOut() {
        rig.write(10);
        rig.expect(ACK, 1, 1, 10);
        rig.write(10);
        rig.write(10);
        rig.nothing();
        rig.acknowledge(11);
        rig.expect(ACK, 11, 1, 20);
    }

    @Test
    void shouldHoldNothingWhenNagleIsOff() {
        rig.tcb.set(TcpControlBlock.NODELAY);
        rig.write(10);
        rig.write(10);
        rig.expect(ACK, 1, 1, 10);
        rig.expect(ACK, 11, 1, 10);
    }

    @Test
    void shouldHoldNothingWhenBothEndsAreInThisService() {
        rig.tcb.set(TcpControlBlock.LOCAL);
        rig.write(10);
        rig.write(10);
        assertEquals(2, rig.sent.size());
    }

    @Test
    void shouldSendWhatNagleHeldWhenItIsTurnedOff() {
        rig.write(10);
        rig.write(10);
        rig.sent.clear();
        rig.tcb.set(TcpControlBlock.NODELAY);
        rig.tcp.setOption(rig.tcb, SocketOption.TCP_NODELAY, 1);
        rig.expect(ACK, 11, 1, 10);
    }

    @Test
    void shouldSendOnlyFullSegmentsWhilePushIsOff() {
        rig.tcb.set(TcpControlBlock.NOPUSH);
        rig.write(MSS + 100);
        rig.expect(ACK, 1, 1, MSS);
        rig.nothing();
        rig.tcb.clear(TcpControlBlock.NOPUSH);
        rig.acknowledge(1 + MSS);
        rig.expect(ACK, 1 + MSS, 1, 100);
    }

    @Test
    void shouldPushTheLastSegmentOfWhatWasWritten() {
        rig.tcb.set(TcpControlBlock.NODELAY);
        rig.write(2 * MSS + 5);
        assertFalse(rig.next().has(PSH));
        assertFalse(rig.next().has(PSH));
        assertTrue(rig.next().has(PSH));
    }

    @Test
    void shouldStayWithinThePeersWindow() {
        rig.peerWindow = 2 * MSS + 700;
        rig.acknowledge(1);
        rig.deliver(ACK, 1, 1, 1);
        rig.write(10 * MSS);
        rig.expect(ACK, 1, 2, MSS);
        rig.expect(ACK, 1 + MSS, 2, MSS);
        rig.nothing();
    }

    @Test
    void shouldFillASmallWindowAtOnceWhenBothEndsAreInThisServiceAndNothingIsOut() {
        rig.tcb.set(TcpControlBlock.LOCAL);
        rig.tcb.maxSndWnd = 100_000;
        rig.peerWindow = 700;
        rig.acknowledge(1);
        rig.deliver(ACK, 1, 1, 1);
        rig.pass(50);
        rig.sent.clear();
        rig.write(10 * MSS);
        rig.expect(ACK, 1, 2, 700);
        rig.nothing();
    }

    @Test
    void shouldProbeAClosedWindowEveryFiveSecondsAndMore() {
        rig.peerWindow = 0;
        rig.deliver(ACK, 1, 1, 1);
        rig.pass(50);
        rig.sent.clear();
        final long start = rig.now;
        rig.write(100);
        rig.nothing();
        rig.pass(40_000);
        final Rig.Sent first = rig.expect(ACK, 1, 2, 1);
        assertEquals(5000, first.time() - start);
        assertEquals(5000, rig.expect(ACK, 1, 2, 1).time() - first.time());
        assertTrue(rig.counter(TcpCounter.PERSISTTIMEO) >= 3);
        assertFalse(rig.over);
        rig.peerWindow = 65535;
        rig.sent.clear();
        rig.acknowledge(1);
        rig.expect(ACK, 1, 2, 100);
        assertFalse(rig.tcb.timerActive(TcpTimer.PERSIST));
        assertTrue(rig.tcb.timerActive(TcpTimer.REXMT));
    }

    @Test
    void shouldGoOnWhereTheProbeEndedWhenThePeerTookIt() {
        rig.peerWindow = 0;
        rig.deliver(ACK, 1, 1, 1);
        rig.write(100);
        rig.pass(6000);
        rig.sent.clear();
        rig.peerWindow = 65535;
        rig.acknowledge(2);
        rig.expect(ACK, 2, 2, 99);
    }

    @Test
    void shouldPersistWhenThePeerTakesItsWindowBack() {
        rig.write(1000);
        rig.sent.clear();
        rig.peerWindow = 0;
        rig.deliver(ACK, 1, 1, 1);
        rig.pass(10_000);
        assertTrue(rig.tcb.timerActive(TcpTimer.PERSIST));
        assertFalse(rig.tcb.timerActive(TcpTimer.REXMT));
        assertTrue(rig.sent.stream().anyMatch(s -> s.length() == 1));
    }

    @Test
    void shouldSendFromTheProbedByteOnWhenAnAnswerIsLost() {
        rig.peerWindow = 100;
        rig.deliver(ACK, 1, 1, 1);
        rig.tcb.maxSndWnd = 65535;
        rig.pass(50);
        rig.sent.clear();
        rig.write(1000);
        // Less than half of the largest window: silly window avoidance, until the timer forces it.
        rig.nothing();
        rig.pass(5100);
        rig.expect(ACK, 1, 2, 100);
    }

    @Test
    void shouldProbeAnIdlePeerAndDropItWhenItIsGone() {
        rig.pass(7_199_000);
        rig.nothing();
        rig.pass(1000);
        rig.expect(ACK, 0, 1, 0);
        rig.deliver(ACK, 1, 1, 0);
        rig.pass(7_200_000);
        rig.sent.clear();
        rig.pass(8 * 75_000 + 1000);
        assertEquals(Errno.ETIMEDOUT, rig.droppedWith);
        assertEquals(1, rig.counter(TcpCounter.KEEPDROPS));
    }

    @Test
    void shouldUseTheSocketsOwnKeepaliveTimes() {
        rig.tcb.times = new ProgramTimes();
        rig.tcb.times.keepIdle = 10_000;
        rig.tcb.times.keepInterval = 1000;
        rig.tcb.times.keepCount = 3;
        rig.tcp.setOption(rig.tcb, SocketOption.TCP_KEEPIDLE, 10);
        rig.pass(14_000);
        assertEquals(Errno.ETIMEDOUT, rig.droppedWith);
        assertEquals(3, rig.sent.size());
    }

    @Test
    void shouldRestartFromTheInitialWindowAfterIdleness() {
        rig.tcb.sndCwnd = 60_000;
        rig.pass(3000);
        rig.write(60_000);
        assertEquals(10, rig.sent.size());
    }

    @Test
    void shouldDropAfterTheUnacknowledgedTimeWhenItIsSet() {
        rig.tcb.times = new ProgramTimes();
        rig.tcb.times.maxUnackTime = 2000;
        rig.write(100);
        rig.pass(1500);
        assertFalse(rig.over);
        rig.pass(10_000);
        assertEquals(Errno.ETIMEDOUT, rig.droppedWith);
    }
}
