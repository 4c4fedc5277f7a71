package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import org.junit.jupiter.api.Test;

/** HD and CHD: the probability of a back-off by queueing delay, and what they do about losses. */
class HamiltonTest {
    private static final int ROUNDS = 4000;

    private static double probability(final double queueing) {
        return QueueDelay.probability((int) (queueing * 1000), 60_000, 5, 20, 50);
    }

    @Test
    void shouldRiseFromQminToTheThresholdAndFallToTheLongestQueueSeen() {
        assertEquals(0, probability(0));
        assertEquals(0, probability(5));
        assertEquals(0.25, probability(12.5), 1e-9);
        assertEquals(0.5, probability(20), 1e-9);
        assertEquals(0.25, probability(40), 1e-9);
        assertEquals(0, probability(60), 1e-9);
        assertEquals(0, probability(90), 1e-9);
    }

    /** Back-offs a round trip, with the queueing delay held at 12.5 of 40 ms. */
    private static double rate(final CongestionControl control, final int segments) {
        final AckClock clock = new AckClock(control, 50);
        clock.avoid(segments);
        clock.roundTrip(true);
        clock.path(window -> 90);
        clock.roundTrip(true);
        clock.path(window -> 62.5);
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        clock.avoid(segments);
        clock.roundTrip(true);
        int backOffs = 0;
        for (int i = 0; i < ROUNDS; i++) {
            clock.avoid(segments);
            clock.tcb.clear(TcpControlBlock.RECOVERY);
            clock.roundTrip(true);
            backOffs += clock.tcb.sndCwnd < segments * AckClock.MSS ? 1 : 0;
        }
        return (double) backOffs / ROUNDS;
    }

    @Test
    void shouldBackOffOnceARoundTripWithHalfOfPmaxWhenChd() {
        assertEquals(0.25, rate(new CaiaHamilton(), 20), 0.03);
        assertEquals(0.25, rate(new CaiaHamilton(), 100), 0.03, "whatever the window");
    }

    @Test
    void shouldBackOffForEachAcknowledgementWithHalfOfPmaxWhenHd() {
        // 1 - (1 - 0.025)^n for n acknowledgements
        assertEquals(1 - Math.pow(0.975, 20), rate(new HamiltonDelay(), 20), 0.03);
        assertEquals(1 - Math.pow(0.975, 60), rate(new HamiltonDelay(), 60), 0.03);
    }

    @Test
    void shouldHalveAndRestForARoundTripWhenTheQueueIsLong() {
        final AckClock clock = new AckClock(new HamiltonDelay(), 50);
        clock.tunables.hdPmax = 100;
        clock.avoid(100);
        clock.roundTrip(true);
        clock.path(window -> 70);
        clock.avoid(100);
        clock.roundTrip(true);
        assertTrue(clock.segments() >= 50 && clock.segments() <= 51, clock.segments() + " segments");
    }

    @Test
    void shouldKeepTheQueueNearTheThresholdWhenAlone() {
        for (final CongestionControl control : new CongestionControl[] {new CaiaHamilton(), new HamiltonDelay()}) {
            final AckClock clock = new AckClock(control, 50).bottleneck(2000); // 100 in flight
            clock.avoid(50);
            clock.tcb.sndSsthresh--;
            double most = 0;
            double sum = 0;
            for (int i = 0; i < 2000; i++) {
                clock.roundTrip(true);
                most = Math.max(most, clock.segments());
                sum += clock.segments();
            }
            assertTrue(most < 100 + 2 * 40 + 60, control.name() + " most " + most);
            assertTrue(sum / 2000 > 50, control.name() + " mean " + sum / 2000);
        }
    }

    @Test
    void shouldNotShrinkWhenALossComesWhileTheQueueIsShortAndChd() {
        final AckClock clock = new AckClock(new CaiaHamilton(), 50);
        clock.avoid(100);
        clock.roundTrip(true);
        clock.loseOne();
        assertEquals(100, clock.segments(), 1.1);
    }

    @Test
    void shouldHalveWhenALossComesWhileTheQueueIsLongAndChd() {
        final AckClock clock = new AckClock(new CaiaHamilton(), 50);
        clock.tunables.chdPmax = 1;
        clock.tunables.chdQueueThreshold = 10_000;
        clock.avoid(100);
        clock.roundTrip(true);
        clock.path(window -> 100);
        clock.roundTrip(true);
        clock.tunables.chdQueueThreshold = 20;
        clock.avoid(100);
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        clock.loseOne();
        assertEquals(50, clock.segments(), 0.01);
    }

    @Test
    void shouldTakeUpTheShadowWindowWhenALossIsCongestionAndChd() {
        final AckClock clock = new AckClock(new CaiaHamilton(), 50);
        clock.tunables.chdPmax = 100;
        clock.avoid(100);
        clock.roundTrip(true);
        clock.path(window -> 70);
        clock.avoid(100);
        clock.roundTrip(true);
        clock.roundTrip(true);
        final CaiaHamilton.State state = (CaiaHamilton.State) clock.tcb.ccPrivate;
        assertTrue(state.shadow >= 100 * AckClock.MSS, "shadow " + state.shadow);
        assertTrue(clock.segments() < 60);
        clock.tunables.chdPmax = 1;
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        for (int i = 0; i < 2; i++) {
            clock.control.rttSample(clock.tcb, 75_000);
            clock.acknowledge(AckClock.MSS, true);
        }
        final int shadow = state.shadow;
        clock.control.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS);
        assertEquals(shadow / 2, clock.tcb.sndSsthresh, 1);
    }
}
