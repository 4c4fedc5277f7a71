package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.stream.Stream;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each congestion control's state: made once for a control block, and like new for its next connection. */
class StateTest {
    static Stream<CongestionControl> controls() {
        return Stream.of(
                new Cubic(),
                new Dctcp(),
                new Htcp(),
                new Vegas(),
                new DelayGradient(),
                new CaiaHamilton(),
                new HamiltonDelay());
    }

    @ParameterizedTest
    @MethodSource("controls")
    void shouldBeUsedAgainAndLookNewWhenTheControlBlockServesAnotherConnection(final CongestionControl control)
            throws ReflectiveOperationException {
        final AckClock clock = new AckClock(control, 50);
        final Object state = clock.tcb.ccPrivate;
        assertNotNull(state);
        for (int i = 0; i < 5; i++) {
            clock.roundTrip(true);
        }
        clock.loseOne();
        clock.path(window -> 80);
        clock.roundTrip(true);
        control.destroy(clock.tcb);
        clock.tcb.sndCwnd = 10 * AckClock.MSS;
        control.init(clock.tcb);
        assertSame(state, clock.tcb.ccPrivate);
        clock.tcb.ccPrivate = null;
        control.init(clock.tcb);
        final Object fresh = clock.tcb.ccPrivate;
        for (Class<?> type = state.getClass(); type != Object.class; type = type.getSuperclass()) {
            for (final Field field : type.getDeclaredFields()) {
                if (field.getType().isPrimitive() && !Modifier.isStatic(field.getModifiers())) {
                    field.setAccessible(true);
                    assertEquals(field.get(fresh), field.get(state), field.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("controls")
    void shouldServeAConnectionThatAnotherHad(final CongestionControl control) {
        for (final CongestionControl other : controls().toList()) {
            final AckClock clock = new AckClock(other, 50);
            clock.roundTrip(true);
            other.destroy(clock.tcb);
            control.init(clock.tcb);
            control.rttSample(clock.tcb, 50_000);
            clock.tcb.cc = control;
            control.ackReceived(clock.tcb, CongestionControl.ACK);
            control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_RTO);
            assertEquals(AckClock.MSS, clock.tcb.sndCwnd, other.name() + " to " + control.name());
        }
    }

    @ParameterizedTest
    @MethodSource("controls")
    void shouldKeepTwoSegmentsWhenLossesPileUpAndOneAfterATimeout(final CongestionControl control) {
        final AckClock clock = new AckClock(control, 50);
        clock.path(window -> 50 + window);
        for (int i = 0; i < 40; i++) {
            clock.roundTrip(true);
            clock.loseOne();
            clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN);
            clock.tcb.clear(TcpControlBlock.RECOVERY);
        }
        assertTrue(clock.tcb.sndSsthresh >= 2 * AckClock.MSS);
        control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_RTO);
        assertEquals(AckClock.MSS, clock.tcb.sndCwnd);
    }

    @Test
    void shouldSayWhichSettingIsInTheWayWhenTwoContradict() {
        final TcpTunables tunables = new TcpTunables();
        final String wrong = assertThrows(
                        IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.cc.vegas.alpha", "3"))
                .getMessage();
        assertEquals("net.inet.tcp.cc.vegas.alpha: 3 is not below net.inet.tcp.cc.vegas.beta, which is 3", wrong);
        tunables.set("net.inet.tcp.cc.vegas.beta", "9");
        tunables.set("net.inet.tcp.cc.vegas.alpha", "3");
        assertThrows(IllegalArgumentException.class, () -> tunables.set("net.inet.tcp.cc.hd.queue_threshold", "5"));
    }
}
