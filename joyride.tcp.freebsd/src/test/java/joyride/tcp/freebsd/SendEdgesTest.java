package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.MSS;
import static joyride.tcp.freebsd.Rig.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpTimer;
import org.junit.jupiter.api.Test;

/** What a sender does on an acknowledgement, a report or a window that changes little. */
class SendEdgesTest {
    /** RFC 3168 §6.1.2: the receiver is told of each reduction, on new data and once. */
    @Test
    void shouldTellOfTheReductionOnNewDataWhenALossReducedTheWindow() {
        final Rig rig = new Rig().plain().established();
        rig.tcb.set(TcpControlBlock.ECN_PERMIT);
        rig.tunables.rfc3042 = 0;
        rig.tcb.sndCwnd = 8 * MSS;
        rig.write(100 * MSS);
        rig.sent.clear();
        for (int i = 0; i < 3; i++) {
            rig.acknowledge(1);
        }
        assertFalse(rig.expect(ACK, at(0), 1, MSS).has(TcpFlags.CWR), "not on a retransmission");
        rig.nothing();
        rig.acknowledge(at(8));
        assertTrue(rig.next().has(TcpFlags.CWR));
        assertFalse(rig.next().has(TcpFlags.CWR), "once");
    }

    @Test
    void shouldTellOfTheReductionOnNewDataWhenATimeoutReducedTheWindow() {
        final Rig rig = new Rig().plain().established();
        rig.tcb.set(TcpControlBlock.ECN_PERMIT);
        rig.tcb.sndCwnd = 2 * MSS;
        rig.write(100 * MSS);
        rig.sent.clear();
        rig.pass(300);
        assertFalse(rig.expect(ACK, at(0), 1, MSS).has(TcpFlags.CWR), "not on a retransmission");
        rig.acknowledge(at(2));
        assertTrue(rig.expect(ACK | TcpFlags.CWR, at(2), 1, MSS).has(TcpFlags.CWR));
    }

    /** RFC 6582 §3.2 step 3. */
    @Test
    void shouldDeflateByWhatAPartialAcknowledgementTookAndAddASegment() {
        final Rig rig = new Rig().plain().sending(10);
        for (int i = 0; i < 5; i++) {
            rig.acknowledge(1);
        }
        final int cwnd = rig.tcb.sndCwnd;
        rig.acknowledge(at(3));
        assertEquals(cwnd - 3 * MSS + MSS, rig.tcb.sndCwnd);
    }

    @Test
    void shouldRestartTheTimeoutWhenItRetransmitsFast() {
        final Rig rig = new Rig().plain().sending(8);
        rig.pass(100);
        for (int i = 0; i < 3; i++) {
            rig.acknowledge(1);
        }
        assertEquals(rig.now + rig.tcb.rxtCur, rig.tcb.deadline(TcpTimer.REXMT));
    }

    /** RFC 9293 §3.8.6.2.1: half of the largest window that the peer ever offered, not of the first. */
    @Test
    void shouldSendASmallSegmentWhenItIsHalfOfTheLargestWindowThatThePeerOffered() {
        final Rig rig = new Rig().plain();
        rig.peerWindow = 1000;
        rig.established();
        rig.write(100);
        rig.expect(ACK, 1, 1, 100);
        rig.write(500);
        rig.expect(ACK, 101, 1, 500);
        rig.peerWindow = 2000;
        rig.acknowledge(601);
        rig.write(100);
        rig.expect(ACK, 601, 1, 100);
        rig.write(999);
        rig.nothing();
        rig.write(1);
        rig.expect(ACK, 701, 1, 1000);
    }

    @Test
    void shouldGoOnWithNewDataWhenATimeoutWasSpurious() {
        final Rig rig = new Rig().established();
        rig.write(40 * 1448);
        final int echo = (int) rig.now + rig.tcb.tsOffset;
        final int sent = rig.sent.size();
        rig.sent.clear();
        rig.pass(250);
        rig.sent.clear();
        rig.segment(ACK, 1, 1 + 2 * 1448, 0);
        rig.segment.tsEcr = echo;
        rig.arrive();
        assertEquals(1 + sent * 1448, rig.next().seq());
        assertEquals(rig.tcb.sndMax, rig.tcb.sndNxt);
    }

    @Test
    void shouldLeaveRecoveryWhenTheTimeoutStrikes() {
        final Rig rig = new Rig().plain().sending(8);
        for (int i = 0; i < 3; i++) {
            rig.acknowledge(1);
        }
        assertTrue(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        rig.pass(1000);
        assertFalse(rig.tcb.is(TcpControlBlock.FASTRECOVERY));
        assertFalse(rig.tcb.is(TcpControlBlock.CONGRECOVERY));
    }

    /** Where the FIN went with the last data it goes with it again. */
    @Test
    void shouldRepeatTheFinWithTheLastDataWhenThatIsRescued() {
        final Rig rig = new Rig().sackOnly().established();
        rig.tcb.sndCwnd = 10 * MSS;
        rig.send.grow(8 * MSS);
        rig.close();
        assertTrue(rig.sent.peekLast().has(TcpFlags.FIN));
        rig.sent.clear();
        rig.acknowledge(1, at(1), at(6));
        rig.expect(ACK, at(0), 1, MSS);
        rig.acknowledge(at(6));
        final Rig.Sent rescue = rig.next();
        assertEquals(at(7), rescue.seq());
        assertTrue(rescue.has(TcpFlags.FIN), () -> "no FIN: " + rescue);
    }

    @Test
    void shouldGoOnWhenOnlyTheWindowChanges() {
        final Rig rig = new Rig().plain();
        rig.peerWindow = 1000;
        rig.established();
        rig.write(3000);
        rig.expect(ACK, 1, 1, 1000);
        rig.peerWindow = 0;
        rig.acknowledge(1001);
        rig.nothing();
        rig.peerWindow = 1460;
        rig.acknowledge(1001);
        rig.expect(ACK, 1001, 1, 1460);
        assertEquals(1, rig.counter(TcpCounter.RCVWINUPD));
    }

    /** Reports of what was never sent, and of what is acknowledged, report nothing. */
    @Test
    void shouldHeedNoReportOfWhatCannotBe() {
        final Rig rig = new Rig().sackOnly().sending(5);
        rig.tunables.rfc3042 = 0;
        rig.acknowledge(1, at(1), at(50));
        rig.acknowledge(1, at(3), at(2));
        assertNull(rig.tcb.sack);
        rig.nothing();
        rig.acknowledge(at(2));
        rig.sent.clear();
        rig.acknowledge(at(2), at(1), at(4));
        assertNull(rig.tcb.sack);
        rig.nothing();
    }

    /** Who reads no more has no use for what comes out of order, and no memory for it. */
    @Test
    void shouldKeepNothingOutOfOrderWhenReadingIsShutDown() {
        final Rig rig = new Rig().sackOnly().established();
        rig.tcb.receiveClosed = true;
        rig.deliver(ACK, 1001, 1, 100);
        assertEquals(0, rig.expect(ACK, 1, 1, 0).blocks().length);
        assertNull(rig.tcb.reassembly);
        assertEquals(1, rig.counter(TcpCounter.RCVREASSFULL));
    }

    /** RFC 5681 §2: what tells of a window, or ends the stream, says nothing of a loss. */
    @Test
    void shouldCountNoDuplicateThatTellsOfAWindowOrAnEnd() {
        final Rig rig = new Rig().plain();
        rig.peerWindow = 20_000;
        rig.established();
        rig.tunables.rfc3042 = 0;
        rig.tcb.sndCwnd = 8 * MSS;
        rig.write(8 * MSS);
        rig.sent.clear();
        for (int i = 1; i <= 6; i++) {
            rig.peerWindow += 1000;
            rig.acknowledge(1);
        }
        assertEquals(0, rig.counter(TcpCounter.RCVDUPACK));
        rig.acknowledge(1);
        rig.acknowledge(1);
        rig.deliver(ACK | Rig.FIN, 1, 1, 0);
        assertEquals(2, rig.counter(TcpCounter.RCVDUPACK));
        assertEquals(0, rig.counter(TcpCounter.FASTREXMIT));
    }

    /** RFC 2883 §4: the first block is a duplicate where it is acknowledged already, or within the second. */
    @Test
    void shouldCountReportsOfDuplicates() {
        final Rig rig = new Rig().sackOnly().sending(8);
        rig.tunables.rfc3042 = 0;
        rig.acknowledge(at(2), at(0), at(1));
        assertEquals(1, rig.counter(TcpCounter.DSACK_RECVD));
        assertNull(rig.tcb.sack);
        rig.acknowledge(at(2), at(4), at(5), at(3), at(6));
        assertEquals(2, rig.counter(TcpCounter.DSACK_RECVD));
        assertEquals(3 * MSS, rig.tcb.sack.sackedBytes);
        rig.acknowledge(at(2), at(6), at(7), at(3), at(6));
        assertEquals(2, rig.counter(TcpCounter.DSACK_RECVD));
    }

    /** Without timestamps only the time tells: no answer to a retransmission comes within half a round trip. */
    @Test
    void shouldTakeATimeoutForSpuriousWithoutTimestampsWhenTheAnswerComesWithinHalfARoundTrip() {
        for (final int late : new int[] {20, 80}) {
            final Rig rig = new Rig().plain().established();
            int sent = 1;
            for (int i = 0; i < 40; i++) {
                rig.write(100);
                rig.pass(100);
                sent += 100;
                rig.acknowledge(sent);
            }
            rig.sent.clear();
            rig.write(100);
            final int shift = rig.tcb.rxtShift;
            while (rig.tcb.rxtShift == shift) {
                rig.pass(1);
            }
            rig.pass(late);
            rig.acknowledge(sent + 100);
            assertEquals(late < 50 ? 1 : 0, rig.counter(TcpCounter.BADREXMIT), late + " ms");
        }
    }
}
