package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import org.junit.jupiter.api.Test;

/** Where loss recovery must just about do something, and where it must not yet. */
class LossEdgesTest {
    private static final int SMALL = 100;
    private static final int SLOP = 200;

    private static Rig withRoundTrip(final int millis) {
        final Rig rig = new Rig().plain().established();
        int sent = 1;
        for (int i = 0; i < 40; i++) {
            rig.write(SMALL);
            rig.pass(millis);
            sent += SMALL;
            rig.acknowledge(sent);
        }
        rig.sent.clear();
        return rig;
    }

    /** After the fourth timeout the estimate is given up, but what it said of the timeout stays until there is another. */
    @Test
    void shouldDoubleFromTimeoutToTimeoutAlsoWhenTheEstimateIsGivenUp() {
        final Rig rig = withRoundTrip(100);
        rig.write(SMALL);
        final long first = rig.next().time();
        rig.pass(300_000);
        final List<Long> times = rig.sent.stream().map(Rig.Sent::time).toList();
        final long base = times.get(0) - first - SLOP;
        assertTrue(base >= 100 && base < 140, "srtt + 4 rttvar: " + base);
        for (int i = 1; i < 9; i++) {
            final long waited = times.get(i) - times.get(i - 1);
            assertEquals(Math.min((base << i + 1) / 2 + SLOP, 64_000), waited, waited / 20, "timeout " + (i + 1));
        }
    }

    @Test
    void shouldMeasureAnewWhenTheEstimateWasGivenUp() {
        final Rig rig = withRoundTrip(100);
        rig.write(SMALL);
        rig.pass(20_000);
        rig.acknowledge(1 + 41 * SMALL);
        rig.write(SMALL);
        rig.pass(10);
        rig.acknowledge(1 + 42 * SMALL);
        assertEquals(11 << 5, rig.tcb.srtt, "the first sample counts alone");
    }

    @Test
    void shouldNotUndoWhenAnAcknowledgementEchoesNothing() {
        for (final int echo : new int[] {0, 1_000_000}) {
            final Rig rig = new Rig().established();
            rig.write(20 * 1448);
            rig.pass(250);
            rig.segment(ACK, 1, 1 + 2 * 1448, 0);
            rig.segment.tsEcr = echo == 0 ? 0 : rig.segment.tsEcr + echo;
            rig.arrive();
            assertEquals(0, rig.counter(TcpCounter.BADREXMIT), "echo " + echo);
        }
    }

    /** RFC 6675 §4, IsLost: three parts above a hole are enough, however small. */
    @Test
    void shouldTakeAHoleForLostWhenThreePartsAboveItArrived() {
        final Rig rig = new Rig().sackOnly().established();
        rig.tunables.rfc3042 = 0;
        rig.tcb.set(TcpControlBlock.NODELAY);
        rig.tcb.sndCwnd = 12 * SMALL;
        for (int i = 0; i < 60; i++) {
            rig.write(SMALL);
        }
        assertEquals(12, rig.sent.size());
        rig.sent.clear();
        for (int i = 1; i <= 5; i += 2) {
            rig.nothing();
            rig.acknowledge(1, 1 + i * SMALL, 1 + (i + 1) * SMALL);
        }
        rig.expect(ACK, 1, 1, SMALL);
        rig.nothing();
        rig.acknowledge(1, 1 + 7 * SMALL, 1 + 8 * SMALL);
        rig.expect(ACK, 1 + 2 * SMALL, 1, SMALL);
    }

    /** Without timestamps and SACK: a round trip over a repair is none (RFC 6298 §3), also that of new data sent meanwhile. */
    @Test
    void shouldMeasureNothingThatWasUnderWayWhenAPartialAcknowledgementCame() {
        final int mss = 1460;
        final Rig rig = new Rig().plain().established();
        rig.tcb.sndCwnd = 8 * mss;
        rig.write(100 * mss);
        for (int i = 0; i < 9; i++) {
            rig.acknowledge(1);
        }
        final long samples = rig.counter(TcpCounter.RTTUPDATED);
        assertTrue(rig.sent.stream().anyMatch(s -> s.seq() == 1 + 10 * mss), "new data in recovery");
        rig.pass(50);
        rig.acknowledge(1 + 2 * mss);
        rig.acknowledge(1 + 11 * mss);
        assertEquals(samples, rig.counter(TcpCounter.RTTUPDATED));
    }
}
