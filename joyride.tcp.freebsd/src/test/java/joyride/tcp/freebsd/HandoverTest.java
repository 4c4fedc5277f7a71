package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Consumer;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A newcomer goes on where the old variant stopped, even when nobody armed a timer meanwhile. */
class HandoverTest {

    enum Situation {
        SYN_SENT(rig -> rig.connect(), TcpTimer.KEEP, TcpTimer.REXMT),
        SYN_RECEIVED(Rig::passive, TcpTimer.KEEP, TcpTimer.REXMT),
        SENDING(rig -> rig.established().write(3 * MSS), TcpTimer.KEEP, TcpTimer.REXMT),
        DELAYING(rig -> rig.established().deliver(ACK, 1, 1, 10), TcpTimer.KEEP, TcpTimer.DELACK),
        PERSISTING(Situation::persist, TcpTimer.KEEP, TcpTimer.PERSIST),
        RECOVERING(Situation::recover, TcpTimer.KEEP, TcpTimer.REXMT),
        BACKING_OFF(Situation::backOff, TcpTimer.KEEP, TcpTimer.REXMT),
        FIN_WAIT_1(rig -> rig.established().closeSending(), TcpTimer.KEEP, TcpTimer.REXMT),
        FIN_WAIT_2(Situation::finWait2, TcpTimer.KEEP, TcpTimer.MSL2);

        private final Consumer<Rig> reach;
        private final int[] timers;

        Situation(final Consumer<Rig> reach, final int... timers) {
            this.reach = reach;
            this.timers = timers;
        }

        private static void persist(final Rig rig) {
            rig.plain().established();
            rig.peerWindow = 0;
            rig.deliver(ACK, 1, 1, 1);
            rig.pass(50);
            rig.write(10);
        }

        private static void recover(final Rig rig) {
            rig.sackOnly().established().write(8 * MSS);
            rig.acknowledge(1, 1 + MSS, 1 + 5 * MSS);
            assertTrue(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        }

        private static void backOff(final Rig rig) {
            rig.established().write(MSS);
            rig.pass(1000);
        }

        private static void finWait2(final Rig rig) {
            rig.plain().established().close();
            rig.deliver(ACK, 1, 2, 0);
        }
    }

    @ParameterizedTest
    @EnumSource(Situation.class)
    void shouldArmTheTimersThatTheSituationNeedsWhenNoneRuns(final Situation situation) {
        final Rig rig = new Rig();
        situation.reach.accept(rig);
        final int shift = rig.tcb.rxtShift;
        final int rto = rig.tcb.rxtCur;
        for (int timer = 0; timer < TcpTimer.COUNT; timer++) {
            rig.tcb.stopTimer(timer);
        }
        final FreeBsdTcp newcomer = new FreeBsdTcp();
        assertEquals(0, newcomer.handoffOk(rig.tcb));
        final int sent = rig.sent.size();
        assertEquals(0, newcomer.init(rig.tcb));
        rig.tcp.fini(rig.tcb, false);
        assertEquals(sent, rig.sent.size(), "init sends nothing");
        for (final int timer : situation.timers) {
            assertTrue(rig.tcb.timerActive(timer), TcpTimer.name(timer));
        }
        assertEquals(rto, rig.tcb.rxtCur);
        assertTrue(rig.tcb.rxtShift >= shift);
    }

    @Test
    void shouldKeepDeadlinesThatRun() {
        final Rig rig = new Rig().established();
        rig.write(100);
        final int before = rig.tcb.deadline(TcpTimer.REXMT);
        rig.pass(10);
        new FreeBsdTcp().init(rig.tcb);
        assertEquals(before, rig.tcb.deadline(TcpTimer.REXMT));
    }

    @Test
    void shouldConvertTheRoundTripTimeOfAVariantThatCountsMicroseconds() {
        final Rig rig = new Rig().established();
        rig.tcb.rttUnit = TcpControlBlock.UNIT_MICROS;
        rig.tcb.srtt = 50_000 << 5;
        rig.tcb.rttvar = 10_000 << 4;
        new FreeBsdTcp().init(rig.tcb);
        assertEquals(50 << 5, rig.tcb.srtt);
        assertEquals(10 << 4, rig.tcb.rttvar);
        assertEquals(TcpControlBlock.UNIT_MILLIS, rig.tcb.rttUnit);
    }

    @Test
    void shouldRefuseWhatIsNoConnection() {
        final Rig rig = new Rig();
        rig.tcb.state = TcpState.TIME_WAIT;
        assertFalse(new FreeBsdTcp().handoffOk(rig.tcb) == 0);
    }
}
