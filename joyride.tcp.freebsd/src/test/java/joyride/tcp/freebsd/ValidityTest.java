package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.ACK;
import static joyride.tcp.freebsd.Rig.RST;
import static joyride.tcp.freebsd.Rig.SYN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpCounter;
import org.junit.jupiter.api.Test;

/** RFC 5961, PAWS, and segments that nobody honest sends. */
class ValidityTest {
    private final Rig rig = new Rig().established();

    @Test
    void shouldEndOnlyWhenAResetHasTheExactNumber() {
        rig.deliver(RST, 100, 1, 0);
        rig.expect(ACK, 1, 1, 0);
        rig.deliver(RST, -5, 1, 0);
        rig.deliver(RST, 70_000_000, 1, 0);
        rig.nothing();
        assertFalse(rig.over);
        rig.deliver(RST, 1, 1, 0);
        assertEquals(Errno.ECONNRESET, rig.closedWith);
    }

    @Test
    void shouldEndOnAnyResetInTheWindowWhenToldTo() {
        rig.tunables.insecureRst = 1;
        rig.deliver(RST, 100, 1, 0);
        assertEquals(Errno.ECONNRESET, rig.closedWith);
    }

    @Test
    void shouldChallengeASynWhateverItsNumber() {
        rig.deliver(SYN, 1, 0, 0);
        rig.expect(ACK, 1, 1, 0);
        rig.deliver(SYN, -70_000, 0, 0);
        rig.expect(ACK, 1, 1, 0);
        assertFalse(rig.over);
    }

    @Test
    void shouldDropOnASynInTheWindowWhenToldTo() {
        rig.tunables.insecureSyn = 1;
        rig.deliver(SYN, 1, 0, 0);
        assertEquals(Errno.ECONNRESET, rig.droppedWith);
    }

    @Test
    void shouldChallengeAnAcknowledgementOfWhatWasNotSentOrLongAgo() {
        rig.deliver(ACK, 1, 2, 0);
        rig.expect(ACK, 1, 1, 0);
        rig.deliver(ACK, 1, -70_000, 10);
        rig.expect(ACK, 1, 1, 0);
        assertEquals(0, rig.receive.produced());
        assertEquals(1, rig.counter(TcpCounter.RCVACKTOOMUCH));
    }

    @Test
    void shouldChallengeFiveTimesASecondAtMost() {
        for (int i = 0; i < 20; i++) {
            rig.deliver(SYN, 1, 0, 0);
        }
        assertEquals(5, rig.sent.size());
        rig.pass(1000);
        rig.deliver(SYN, 1, 0, 0);
        assertEquals(6, rig.sent.size());
    }

    @Test
    void shouldDropAnOldTimestampButAcknowledgeItsData() {
        rig.peerClock += 10;
        rig.deliver(ACK, 1, 1, 100);
        rig.pass(50);
        rig.sent.clear();
        rig.peerClock -= 11;
        rig.deliver(ACK, 101, 1, 100);
        assertEquals(100, rig.receive.produced());
        rig.expect(ACK, 1, 101, 0);
        assertEquals(1, rig.counter(TcpCounter.PAWSDROP));
    }

    @Test
    void shouldEchoTheTimestampOfTheSegmentThatFilledTheGap() {
        rig.peerClock = 1000;
        rig.deliver(ACK, 101, 1, 100);
        assertEquals(777, rig.next().tsEcr());
        rig.peerClock = 1005;
        rig.deliver(ACK, 1, 1, 100);
        assertEquals(1005, rig.next().tsEcr());
    }

    @Test
    void shouldTakeASegmentWithoutTimestampUnlessForbidden() {
        rig.segment(ACK, 1, 1, 10);
        rig.segment.hasTimestamp = false;
        rig.arrive();
        assertEquals(10, rig.receive.produced());
        rig.tunables.tolerateMissingTs = 0;
        rig.segment(ACK, 11, 1, 10);
        rig.segment.hasTimestamp = false;
        rig.arrive();
        assertEquals(10, rig.receive.produced());
    }

    @Test
    void shouldAnswerASegmentOutsideTheWindow() {
        rig.deliver(ACK, 10_000_000, 1, 100);
        rig.expect(ACK, 1, 1, 0);
        assertEquals(0, rig.receive.produced());
    }

    @Test
    void shouldIgnoreASegmentWithoutAck() {
        rig.deliver(0, 1, 1, 100);
        assertEquals(0, rig.receive.produced());
        rig.nothing();
    }
}
