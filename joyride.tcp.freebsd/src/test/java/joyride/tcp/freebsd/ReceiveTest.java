package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import org.junit.jupiter.api.Test;

/** Delayed acknowledgements, windows, out-of-order data, SACK blocks. */
class ReceiveTest {
    private final Rig rig = new Rig().sackOnly().established();

    @Test
    void shouldWaitFortyMillisecondsWithTheAcknowledgementOfOneSegment() {
        rig.deliver(ACK, 1, 1, MSS);
        rig.nothing();
        rig.pass(39);
        rig.nothing();
        rig.pass(1);
        rig.expect(ACK, 1, 1 + MSS, 0);
    }

    @Test
    void shouldAcknowledgeEverySecondSegmentAtOnce() {
        rig.deliver(ACK, 1, 1, MSS);
        rig.deliver(ACK, 1 + MSS, 1, MSS);
        rig.expect(ACK, 1, 1 + 2 * MSS, 0);
        rig.pass(100);
        rig.nothing();
    }

    @Test
    void shouldSendTheAcknowledgementWithDataWhenTheProgramAnswers() {
        rig.deliver(ACK, 1, 1, 100);
        rig.write(50);
        rig.expect(ACK, 1, 101, 50);
        rig.pass(100);
        rig.nothing();
    }

    @Test
    void shouldAcknowledgeAtOnceWhenToldTo() {
        rig.tcb.set(TcpControlBlock.QUICKACK);
        rig.deliver(ACK, 1, 1, 10);
        rig.expect(ACK, 1, 11, 0);
    }

    @Test
    void shouldAcknowledgeALargeSegmentAtOnceWhenBothEndsAreInThisService() {
        rig.tcb.set(TcpControlBlock.LOCAL);
        rig.tcb.maxSeg = 65_000;
        rig.deliver(ACK, 1, 1, 2000);
        rig.nothing();
        rig.pass(40);
        rig.sent.clear();
        rig.deliver(ACK, 2001, 1, 4096);
        rig.expect(ACK, 1, 6097, 0);
    }

    @Test
    void shouldReportTheNewestBlockFirstWhenDataIsOutOfOrder() {
        rig.deliver(ACK, 1001, 1, 100);
        assertArrayEquals(new int[] {1001, 1101}, rig.expect(ACK, 1, 1, 0).blocks());
        rig.deliver(ACK, 3001, 1, 100);
        assertArrayEquals(new int[] {3001, 3101, 1001, 1101}, rig.next().blocks());
        rig.deliver(ACK, 1101, 1, 100);
        assertArrayEquals(new int[] {1001, 1201, 3001, 3101}, rig.next().blocks());
        rig.deliver(ACK, 1, 1, 1000);
        final Rig.Sent filled = rig.expect(ACK, 1, 1201, 0);
        assertArrayEquals(new int[] {3001, 3101}, filled.blocks());
        assertEquals(1200, rig.receive.produced());
    }

    @Test
    void shouldReportADuplicateOnce() {
        rig.deliver(ACK, 1, 1, 100);
        rig.deliver(ACK, 1, 1, 100);
        assertArrayEquals(new int[] {1, 101}, rig.expect(ACK, 1, 101, 0).blocks());
        rig.deliver(ACK, 101, 1, 100);
        rig.pass(40);
        assertEquals(0, rig.expect(ACK, 1, 201, 0).blocks().length);
    }

    @Test
    void shouldReportADuplicateBeforeTheBlockThatHoldsIt() {
        rig.deliver(ACK, 1001, 1, 200);
        rig.sent.clear();
        rig.deliver(ACK, 1101, 1, 100);
        assertArrayEquals(new int[] {1101, 1201, 1001, 1201}, rig.next().blocks());
    }

    /** RFC 2883 §4.1: what fills the gap may have with it what is there behind the gap. */
    @Test
    void shouldReportADuplicateWhenWhatFillsTheGapReachesBehindIt() {
        rig.deliver(ACK, 1001, 1, 1000);
        rig.sent.clear();
        rig.deliver(ACK, 1, 1, 1400);
        assertArrayEquals(new int[] {1001, 1401}, rig.expect(ACK, 1, 2001, 0).blocks());
        assertEquals(2000, rig.receive.produced());
    }

    @Test
    void shouldTakeWhatIsNewOfASegmentThatOverlaps() {
        rig.deliver(ACK, 1, 1, 100);
        rig.deliver(ACK, 51, 1, 100);
        assertEquals(150, rig.receive.produced());
        assertEquals(1, rig.counter(TcpCounter.RCVPARTDUPPACK));
    }

    @Test
    void shouldDeliverTheStreamWhenSegmentsArriveInAnyOrder() {
        for (long seed = 1; seed <= 200; seed++) {
            final Rig one = new Rig().sackOnly().established();
            final Random random = new Random(seed);
            final int total = 1 + random.nextInt(20_000);
            boolean[] have = new boolean[total];
            int steps = 0;
            while (one.receive.produced() < total) {
                final int from = steps++ > 500 ? (int) one.receive.produced() : random.nextInt(total);
                final int length = Math.min(total - from, 1 + random.nextInt(1460));
                one.deliver(ACK, 1 + from, 1, length);
                java.util.Arrays.fill(have, from, from + length, true);
                int run = 0;
                while (run < total && have[run]) {
                    run++;
                }
                assertEquals(run, one.receive.produced(), "seed " + seed);
            }
            assertNull(one.tcb.reassembly, "seed " + seed);
            assertEquals(0, one.tcb.rcvSackCount, "seed " + seed);
        }
    }

    @Test
    void shouldKeepAHundredRangesWhenThatIsTheLimit() {
        rig.tunables.reassMaxQueueLen = 100;
        for (int i = 0; i < 120; i++) {
            rig.deliver(ACK, 101 + 200 * i, 1, 100);
        }
        assertEquals(100, rig.tcb.reassembly.count);
        assertEquals(20, rig.counter(TcpCounter.RCVREASSFULL));
        rig.deliver(ACK, 1, 1, 100);
        assertEquals(200, rig.receive.produced());
    }

    @Test
    void shouldTellOfAWindowThatOpensByEnough() {
        // The buffer is 65700: 45 segments.
        for (int i = 0; i < 44; i++) {
            rig.deliver(ACK, 1 + i * MSS, 1, MSS);
        }
        rig.pass(50);
        rig.sent.clear();
        rig.read(MSS);
        rig.nothing();
        rig.read(MSS);
        // Little is free, so two segments are worth a word; later it takes a quarter of the buffer.
        assertEquals(3 * MSS, rig.expect(ACK, 1, 1 + 44 * MSS, 0).window());
        rig.read(10 * MSS);
        rig.nothing();
        rig.read(2 * MSS);
        assertEquals(15 * MSS, rig.expect(ACK, 1, 1 + 44 * MSS, 0).window());
        assertEquals(2, rig.counter(TcpCounter.SNDWINUP));
    }

    @Test
    void shouldOfferNothingRatherThanASillyWindow() {
        for (int i = 0; i < 44; i++) {
            rig.deliver(ACK, 1 + i * MSS, 1, MSS);
        }
        rig.deliver(ACK, 1 + 44 * MSS, 1, MSS);
        rig.pass(50);
        rig.sent.clear();
        assertTrue(rig.tcb.is(TcpControlBlock.RXWIN0SENT));
        rig.read(500);
        rig.nothing();
        // There is room for a probe's byte, but none that is offered.
        rig.deliver(ACK, 1 + 45 * MSS, 1, 1);
        assertEquals(0, rig.expect(ACK, 1, 2 + 45 * MSS, 0).window());
    }

    @Test
    void shouldOfferWhatMemoryThereIsWhenItIsLessThanASegment() {
        rig.tcb.rcvHiwat = 131_072;
        rig.tcb.maxSeg = 65_000;
        rig.tcb.rcvAdv = rig.tcb.rcvNxt + 32_768;
        rig.memory = 32_768;
        rig.deliver(ACK, 1, 1, 30_000);
        rig.deliver(ACK, 30_001, 1, 2_768);
        rig.pass(50);
        rig.sent.clear();
        rig.read(16_000);
        rig.nothing();
        rig.read(384);
        assertEquals(16_384, rig.expect(ACK, 1, 32_769, 0).window());
    }

    @Test
    void shouldNeverTakeBackWhatItOffered() {
        rig.tcb.rcvHiwat = 3 * MSS;
        rig.deliver(ACK, 1, 1, MSS);
        rig.deliver(ACK, 1 + MSS, 1, MSS);
        assertEquals(65535 - 2 * MSS, rig.next().window());
    }

    @Test
    void shouldCutWhatIsBeyondTheWindow() {
        for (int i = 0; i < 44; i++) {
            rig.deliver(ACK, 1 + i * MSS, 1, MSS);
        }
        rig.deliver(ACK, 1 + 44 * MSS, 1, 2 * MSS);
        assertEquals(45 * MSS, rig.receive.produced());
        assertEquals(1, rig.counter(TcpCounter.RCVPACKAFTERWIN));
    }

    @Test
    void shouldThrowDataAwayButAcknowledgeItWhenReadingIsShutDown() {
        rig.tcb.receiveClosed = true;
        rig.deliver(ACK, 1, 1, 100);
        rig.deliver(ACK, 101, 1, 100);
        rig.expect(ACK, 1, 201, 0);
        assertEquals(0, rig.receive.produced());
        assertFalse(rig.over);
    }
}
