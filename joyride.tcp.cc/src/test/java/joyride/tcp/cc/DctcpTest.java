package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpFlags;
import org.junit.jupiter.api.Test;

/** DCTCP against RFC 8257's formulas, in 1/1024. */
class DctcpTest {
    private static AckClock clock(final int segments) {
        final AckClock clock = new AckClock(new Dctcp(), 1);
        clock.tcb.set(TcpControlBlock.ECN_PERMIT);
        clock.avoid(segments);
        return clock;
    }

    private static int alpha(final AckClock clock) {
        return Dctcp.state(clock.tcb).alpha;
    }

    @Test
    void shouldAverageAsTheFormulaSaysWhenAWindowEnds() {
        assertEquals(1024, Dctcp.average(1024, 1000, 1000, 4));
        assertEquals(960, Dctcp.average(1024, 0, 1000, 4));
        assertEquals(64, Dctcp.average(0, 1000, 1000, 4));
        assertEquals(976, Dctcp.average(1024, 250, 1000, 4));
        assertEquals(512, Dctcp.average(1024, 0, 1000, 1));
        assertEquals(256, Dctcp.average(256, 250, 1000, 4));
        assertEquals(0, Dctcp.average(1, 0, 1000, 4), "rounding does not keep it above 0");
        assertEquals(0, Dctcp.average(0, 0, 1, 10));
    }

    @Test
    void shouldDecayByAFifteenthEachWindowWhenNothingIsMarked() {
        final AckClock clock = clock(100);
        clock.roundTrip(true);
        double expected = 1024;
        for (int i = 0; i < 40; i++) {
            final int before = alpha(clock);
            clock.roundTrip(true);
            expected = before - Math.max(before >> 4, 1);
            assertEquals(expected, alpha(clock), "round " + i);
        }
        assertTrue(expected < 1024 * Math.pow(15 / 16.0, 38) + 8);
    }

    @Test
    void shouldHalveEachRoundTripWhenAllIsMarked() {
        final AckClock clock = clock(128);
        clock.roundTrip(true, 1);
        assertEquals(64, clock.segments(), 1);
        assertEquals(1024, alpha(clock));
        clock.roundTrip(true, 1);
        clock.roundTrip(true, 1);
        assertTrue(clock.segments() <= 33, clock.segments() + " segments");
        assertEquals(1024, alpha(clock));
    }

    @Test
    void shouldTendToAQuarterWhenEachFourthIsMarked() {
        final AckClock clock = clock(400);
        for (int i = 0; i < 60; i++) {
            clock.avoid(400);
            clock.roundTrip(true, 4);
        }
        assertEquals(256, alpha(clock), 26);
        clock.tcb.clear(TcpControlBlock.CONGRECOVERY);
        clock.avoid(400);
        final int share = alpha(clock);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        assertEquals(400.0 * (1 - share / 2048.0), clock.segments(), 0.01);
    }

    @Test
    void shouldReduceOnceAWindowWhenEchoesGoOn() {
        final AckClock clock = clock(100);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        assertEquals(50, clock.segments());
    }

    @Test
    void shouldHalveOnLossWhateverTheShare() {
        final AckClock clock = clock(100);
        Dctcp.state(clock.tcb).alpha = 10;
        clock.loseOne();
        assertEquals(50, clock.segments(), 0.01);
        assertEquals(10, alpha(clock));
    }

    @Test
    void shouldHalveAtTheEndOfSlowStartWhenToldTo() {
        final AckClock clock = clock(100);
        Dctcp.state(clock.tcb).alpha = 0;
        clock.tunables.dctcpSlowStart = 1;
        clock.tcb.sndSsthresh = 1 << 30;
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
        assertEquals(50, clock.segments());
    }

    @Test
    void shouldEchoEachMarkAndAcknowledgeAtOnceWhenThatChanges() {
        final AckClock clock = clock(10);
        clock.arrives(false, 0);
        assertFalse(clock.tcb.is(TcpControlBlock.ACKNOW | TcpControlBlock.ECN_SND_ECE));
        clock.arrives(true, 0);
        assertTrue(clock.tcb.is(TcpControlBlock.ACKNOW));
        assertTrue(clock.tcb.is(TcpControlBlock.ECN_SND_ECE));
        clock.tcb.clear(TcpControlBlock.ACKNOW);
        clock.arrives(true, TcpFlags.CWR);
        assertFalse(clock.tcb.is(TcpControlBlock.ACKNOW), "nothing changed");
        assertTrue(clock.tcb.is(TcpControlBlock.ECN_SND_ECE), "CWR does not end the echo of what is marked");
        clock.arrives(false, 0);
        assertTrue(clock.tcb.is(TcpControlBlock.ACKNOW));
        assertFalse(clock.tcb.is(TcpControlBlock.ECN_SND_ECE));
    }

    @Test
    void shouldLeaveTheEchoAsItIsWhenABareAcknowledgementComesBetween() {
        final AckClock clock = clock(10);
        clock.arrives(true, 0);
        clock.tcb.clear(TcpControlBlock.ACKNOW);
        clock.tcb.ccFlags &= ~(TcpControlBlock.CC_DATA | TcpControlBlock.CC_IPHDR_CE);
        clock.control.ecnPacket(clock.tcb);
        assertTrue(clock.tcb.is(TcpControlBlock.ECN_SND_ECE));
        assertFalse(clock.tcb.is(TcpControlBlock.ACKNOW));
    }

    @Test
    void shouldGrowAsRenoWhenEcnWasNotAgreedUpon() {
        final AckClock clock = clock(50);
        clock.tcb.clear(TcpControlBlock.ECN_PERMIT);
        clock.roundTrip(true);
        for (int i = 0; i < 10; i++) {
            clock.roundTrip(true);
        }
        assertEquals(60, clock.segments(), 1);
        assertEquals(1024, alpha(clock));
    }

    @Test
    void shouldMarkWithTheOtherCodePointWhenToldTo() {
        final AckClock clock = clock(10);
        assertEquals(0, clock.tcb.ccFlags & TcpControlBlock.CC_ECT1);
        clock.tunables.dctcpEct1 = 1;
        clock.control.init(clock.tcb);
        assertEquals(TcpControlBlock.CC_ECT1, clock.tcb.ccFlags & TcpControlBlock.CC_ECT1);
        clock.control.destroy(clock.tcb);
        assertEquals(0, clock.tcb.ccFlags & TcpControlBlock.CC_ECT1);
    }
}
