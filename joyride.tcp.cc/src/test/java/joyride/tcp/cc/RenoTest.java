package joyride.tcp.cc;

import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import org.junit.jupiter.api.Test;

/** NewReno's arithmetic (RFC 5681, RFC 3465, RFC 8511), which all others lean on. */
class RenoTest {
    private static AckClock clock() {
        // Without an ECN path, DCTCP is NewReno and nothing else.
        return new AckClock(new Dctcp(), 50);
    }

    @Test
    void shouldDrawASawToothWhoseMeanIsThreeQuartersOfItsPeak() {
        final AckClock clock = clock();
        clock.avoid(100);
        clock.loseOne();
        double sum = 0;
        int rounds = 0;
        for (int i = 0; i < 20; i++) {
            while (clock.segments() < 100) {
                sum += clock.segments();
                rounds++;
                clock.roundTrip(true);
            }
            clock.loseOne();
        }
        assertEquals(75, sum / rounds, 1.5);
        assertEquals(51, (double) rounds / 20, 2, "a segment a round trip");
    }

    @Test
    void shouldBackOffLessOnEcnWithAbeAndAsMuchWhenALossFollows() {
        final AckClock clock = clock();
        clock.avoid(100);
        Reno.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN, 50, 80);
        assertEquals(80, clock.segments());
        Reno.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS, 50, 80);
        assertEquals(80 * AckClock.MSS, clock.tcb.sndSsthresh);
        clock.tcb.clear(TcpControlBlock.RECOVERY);
        clock.tunables.ccAbeFrLossReduce = 1;
        clock.avoid(100);
        Reno.congestionSignal(clock.tcb, CongestionControl.SIGNAL_ECN, 50, 80);
        Reno.congestionSignal(clock.tcb, CongestionControl.SIGNAL_DUPACKS, 50, 80);
        assertEquals(50 * AckClock.MSS, clock.tcb.sndSsthresh);
    }

    @Test
    void shouldGrowByWhatIsAcknowledgedAndNotByHowOftenWhenAcknowledgementsAreDivided() {
        final AckClock clock = clock();
        final double before = clock.segments();
        for (int i = 0; i < 1000; i++) {
            clock.acknowledge(1, true);
        }
        assertEquals(before + 1, clock.segments(), "a thousand acknowledgements of a byte each");
        clock.acknowledge(50 * AckClock.MSS, true);
        assertEquals(before + 3, clock.segments(), "one of fifty segments: L = 2");
    }
}
