package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static joyride.tcp.freebsd.Rig.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import org.junit.jupiter.api.Test;

/** Timeouts, fast retransmit, recovery with and without SACK. */
class LossTest {
    @Test
    void shouldBackOffByFreeBsdsTableAndGiveUpWhenNothingIsAcknowledged() {
        final Rig rig = new Rig().plain().established();
        rig.write(100);
        rig.pass(3_600_000);
        long before = rig.next().time();
        // RTT of 2 ms: srtt 2, rttvar 1, so 6, below the least of 30.
        for (int i = 0; i < 12; i++) {
            final Rig.Sent again = rig.expect(ACK, 1, 1, 100);
            if (i == 0) {
                assertEquals(206, again.time() - before, 30);
            } else if (i < 3) {
                assertEquals(200 + (30L << i), again.time() - before);
            }
            before = again.time();
        }
        assertEquals(Errno.ETIMEDOUT, rig.droppedWith);
        assertEquals(1, rig.counter(TcpCounter.TIMEOUTDROP));
    }

    @Test
    void shouldSendOneSegmentAndSlowStartWhenTheTimeoutStrikes() {
        final Rig rig = new Rig().plain().sending(8);
        rig.pass(300);
        rig.expect(ACK, at(0), 1, MSS);
        rig.nothing();
        rig.acknowledge(at(1));
        rig.expect(ACK, at(1), 1, MSS);
        rig.expect(ACK, at(2), 1, MSS);
        rig.nothing();
        rig.acknowledge(at(8));
        assertEquals(at(8), rig.next().seq());
    }

    @Test
    void shouldSendANewSegmentForEachOfTheFirstTwoDuplicates() {
        final Rig rig = new Rig().plain().sending(5);
        rig.acknowledge(1);
        rig.expect(ACK, at(5), 1, MSS);
        rig.acknowledge(1);
        rig.expect(ACK, at(6), 1, MSS);
        rig.nothing();
        assertEquals(5 * MSS, rig.tcb.sndCwnd);
        assertEquals(2, rig.counter(TcpCounter.LIMITED_TRANSMIT));
    }

    @Test
    void shouldRetransmitOnTheThirdDuplicateAndInflateWhenThereIsNoSack() {
        final Rig rig = new Rig().plain().sending(10);
        rig.tunables.rfc3042 = 0;
        rig.acknowledge(1);
        rig.acknowledge(1);
        rig.nothing();
        rig.acknowledge(1);
        rig.expect(ACK, at(0), 1, MSS);
        rig.nothing();
        assertEquals(8 * MSS, rig.tcb.sndCwnd);
        for (int i = 0; i < 3; i++) {
            rig.acknowledge(1);
        }
        assertEquals(at(10), rig.next().seq());
        rig.nothing();
    }

    @Test
    void shouldRetransmitTheNextHoleOnAPartialAcknowledgementWhenThereIsNoSack() {
        final Rig rig = new Rig().plain().sending(10);
        for (int i = 0; i < 3; i++) {
            rig.acknowledge(1);
        }
        rig.sent.clear();
        rig.acknowledge(at(4));
        assertEquals(at(4), rig.next().seq());
        assertTrue(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        rig.acknowledge(at(12));
        assertFalse(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        assertTrue(rig.tcb.sndCwnd <= 5 * MSS);
    }

    @Test
    void shouldNotRecoverTwiceFromOneLoss() {
        final Rig rig = new Rig().plain().sending(10);
        rig.pass(300);
        rig.sent.clear();
        for (int i = 0; i < 4; i++) {
            rig.acknowledge(1);
        }
        assertEquals(0, rig.counter(TcpCounter.FASTREXMIT));
    }

    @Test
    void shouldRetransmitTheHolesAloneWhenThePeerSacks() {
        final Rig rig = new Rig().sackOnly().sending(10);
        rig.tunables.rfc3042 = 0;
        // 0 and 2 are lost.
        rig.acknowledge(1, at(1), at(2));
        rig.acknowledge(1, at(3), at(4), at(1), at(2));
        rig.nothing();
        rig.acknowledge(1, at(3), at(5), at(1), at(2));
        rig.expect(ACK, at(0), 1, MSS);
        final int ssthresh = rig.tcb.sndSsthresh;
        assertEquals(5 * MSS, ssthresh);
        rig.acknowledge(1, at(3), at(6), at(1), at(2));
        rig.acknowledge(1, at(3), at(7), at(1), at(2));
        rig.acknowledge(1, at(3), at(8), at(1), at(2));
        rig.acknowledge(1, at(3), at(9), at(1), at(2));
        rig.acknowledge(1, at(3), at(10), at(1), at(2));
        assertEquals(at(2), rig.next().seq(), "the second hole");
        rig.sent.forEach(s -> assertTrue(s.seq() >= at(10), "only new data after it: " + s));
        final int outBefore = rig.sent.size();
        assertTrue(outBefore <= 3, "rate halved, but " + outBefore + " segments of new data");
        rig.acknowledge(at(2), at(3), at(10));
        rig.acknowledge(at(10));
        assertFalse(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        assertTrue(rig.tcb.sndCwnd <= ssthresh + MSS, "cwnd " + rig.tcb.sndCwnd);
        assertEquals(2, rig.counter(TcpCounter.SACK_REXMITS));
    }

    @Test
    void shouldEnterRecoveryOnOneAcknowledgementWhenItSacksEnough() {
        final Rig rig = new Rig().sackOnly().sending(10);
        rig.acknowledge(1, at(1), at(4));
        rig.expect(ACK, at(0), 1, MSS);
        assertEquals(1, rig.counter(TcpCounter.SACK_RECOVERY_EPISODE));
    }

    @Test
    void shouldRetransmitAgainWhenTheRetransmissionIsLostToo() {
        final Rig rig = new Rig().sackOnly().sending(10);
        rig.acknowledge(1, at(1), at(4));
        rig.expect(ACK, at(0), 1, MSS);
        int sacked = 4;
        while (rig.counter(TcpCounter.SACK_LOSTREXMT) == 0 && sacked < 40) {
            rig.acknowledge(1, at(1), at(++sacked));
        }
        assertTrue(rig.sent.stream().anyMatch(s -> s.seq() == at(0)), "first segment again");
        assertTrue(sacked <= 14, "noticed after " + sacked);
    }

    @Test
    void shouldHalveTheRateOverARoundWhenOneSegmentIsLost() {
        // RFC 6937: about every second acknowledgement lets a segment out.
        final Rig rig = new Rig().sackOnly().sending(20);
        rig.tunables.rfc3042 = 0;
        for (int i = 2; i <= 20; i++) {
            rig.acknowledge(1, at(1), at(i));
        }
        final long fresh = rig.sent.stream().filter(s -> s.seq() >= at(20)).count();
        assertEquals(9, fresh, 2);
        rig.acknowledge(at(20));
        assertEquals(10 * MSS, rig.tcb.sndCwnd, 2 * MSS);
    }

    @Test
    void shouldRescueTheTailWhenNothingElseCanBeSent() {
        final Rig rig = new Rig().sackOnly().established();
        rig.tcb.sndCwnd = 10 * MSS;
        rig.write(8 * MSS);
        rig.sent.clear();
        // 0, 6 and 7 are lost.
        rig.acknowledge(1, at(1), at(6));
        rig.expect(ACK, at(0), 1, MSS);
        rig.acknowledge(at(6));
        final Rig.Sent rescue = rig.next();
        assertEquals(at(7), rescue.seq());
        rig.acknowledge(at(6), at(7), at(8));
        assertEquals(at(6), rig.next().seq());
        rig.acknowledge(at(8));
        assertFalse(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
    }

    @Test
    void shouldForgetTheScoreboardAndSkipWhatIsSackedAnewWhenTheTimeoutStrikes() {
        final Rig rig = new Rig().sackOnly().sending(6);
        rig.tunables.rfc3042 = 0;
        rig.acknowledge(1, at(2), at(3));
        rig.pass(300);
        rig.expect(ACK, at(0), 1, MSS);
        rig.acknowledge(at(1), at(2), at(6));
        rig.expect(ACK, at(1), 1, MSS);
        rig.nothing();
        rig.acknowledge(at(6));
        assertEquals(at(6), rig.next().seq());
    }

    @Test
    void shouldUndoWhenTheTimestampShowsThatTheTimeoutWasSpurious() {
        final Rig rig = new Rig().established();
        rig.write(20 * 1448);
        final int cwnd = rig.tcb.sndCwnd;
        final int echo = (int) rig.now + rig.tcb.tsOffset;
        rig.sent.clear();
        rig.pass(250);
        assertEquals(1, rig.counter(TcpCounter.REXMTTIMEO));
        rig.segment(ACK, 1, 1 + 2 * 1448, 0);
        rig.segment.tsEcr = echo;
        rig.arrive();
        assertEquals(1, rig.counter(TcpCounter.BADREXMIT));
        assertTrue(rig.tcb.sndCwnd >= cwnd);
    }

    @Test
    void shouldNotUndoWhenTheTimestampEchoesTheRetransmission() {
        final Rig rig = new Rig().established();
        rig.write(20 * 1448);
        rig.pass(250);
        rig.pass(1);
        rig.segment(ACK, 1, 1 + 2 * 1448, 0);
        rig.segment.tsEcr = (int) rig.now + rig.tcb.tsOffset;
        rig.arrive();
        assertEquals(0, rig.counter(TcpCounter.BADREXMIT));
    }

    @Test
    void shouldMeasureByTimingWhenThereAreNoTimestampsAndNeverARetransmission() {
        final Rig rig = new Rig().plain().established();
        final long samples = rig.counter(TcpCounter.RTTUPDATED);
        rig.write(100);
        rig.pass(50);
        rig.acknowledge(101);
        assertEquals(samples + 1, rig.counter(TcpCounter.RTTUPDATED));
        rig.write(100);
        rig.pass(1000);
        rig.acknowledge(201);
        assertEquals(samples + 1, rig.counter(TcpCounter.RTTUPDATED));
    }

    @Test
    void shouldTryAgainSoonWhenThereIsNoFrame() {
        final Rig rig = new Rig().plain().established();
        rig.transmitError = Errno.ENOBUFS;
        rig.write(100);
        rig.nothing();
        rig.transmitError = 0;
        rig.pass(2);
        rig.expect(ACK, 1, 1, 100);
    }

    @Test
    void shouldSendSmallerSegmentsWhenThePathHasBecomeNarrow() {
        final Rig rig = new Rig().plain().sending(3);
        final int cwnd = rig.tcb.sndCwnd;
        rig.mtu = 1000;
        rig.tcp.mtuChanged(rig.tcb, 1000);
        rig.expect(ACK, 1, 1, 960);
        assertEquals(cwnd, rig.tcb.sndCwnd);
        rig.expect(ACK, 961, 1, 960);
    }
}
