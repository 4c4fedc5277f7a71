package joyride.tcp.freebsd;

import static joyride.tcp.freebsd.Rig.MSS;
import static joyride.tcp.freebsd.Rig.at;
import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.tcp.Reno;
import org.junit.jupiter.api.Test;

/**
 * The two examples of RFC 6937 §3.1: twenty segments in flight, ssthresh ten, one or fifteen of them lost. {@code N} is a new segment sent on an
 * acknowledgement, {@code R} a retransmission.
 */
class PrrTest {
    private static final int FLIGHT = 20;

    private static Rig flight() {
        final Rig rig = new Rig().sackOnly().established();
        rig.tcb.sndCwnd = FLIGHT * MSS;
        rig.write(100 * MSS);
        assertEquals(FLIGHT, rig.sent.size());
        rig.sent.clear();
        return rig;
    }

    private static String sent(final Rig rig, final int highest) {
        final StringBuilder text = new StringBuilder();
        while (!rig.sent.isEmpty()) {
            text.append(rig.next().seq() < at(highest) ? 'R' : 'N');
        }
        return text.isEmpty() ? "-" : text.toString();
    }

    @Test
    void shouldSpreadTheReductionOverTheRoundTripWhenOneSegmentIsLost() {
        final Rig rig = flight();
        final StringBuilder trace = new StringBuilder();
        for (int ack = 1; ack < FLIGHT; ack++) {
            rig.acknowledge(at(0), at(1), at(ack + 1));
            trace.append(sent(rig, FLIGHT)).append(' ');
        }
        // The RFC's picture counts segments, its algorithm bytes: a segment goes once its last byte may. And RecoverFS
        // is 22 segments, two went
        // out by limited transmit. So the first comes three acknowledgements later than in the picture; then it is
        // every second one.
        assertEquals("N N R - - - - N - N - N - N - - N N N ", trace.toString());
        assertEquals(10 * MSS, rig.tcb.sndSsthresh);
        assertEquals(10.5 * MSS, Reno.pipe(rig.tcb), 1.5 * MSS);
    }

    @Test
    void shouldSendOneForOneWhenFifteenSegmentsAreLostAndNothingIsAcknowledgedInOrder() {
        final Rig rig = flight();
        final StringBuilder trace = new StringBuilder();
        for (int ack = 15; ack < FLIGHT; ack++) {
            rig.acknowledge(at(0), at(15), at(ack + 1));
            trace.append(sent(rig, FLIGHT)).append(' ');
        }
        // The conservative bound (PRR-CRB), as long as sndUna stands still.
        assertEquals("N N R R R ", trace.toString());
    }

    @Test
    void shouldSlowStartTowardsSsthreshWhenRetransmissionsAreAcknowledgedInOrder() {
        final Rig rig = flight();
        for (int ack = 15; ack < FLIGHT; ack++) {
            rig.acknowledge(at(0), at(15), at(ack + 1));
        }
        rig.sent.clear();
        // The two new segments, then the retransmissions one by one: two for each (PRR-SSRB).
        rig.acknowledge(at(0), at(15), at(21));
        rig.acknowledge(at(0), at(15), at(22));
        rig.sent.clear();
        for (int ack = 1; ack <= 3; ack++) {
            rig.acknowledge(at(ack), at(15), at(22));
            assertEquals("RR", sent(rig, FLIGHT), "on the retransmission of " + (ack - 1));
        }
    }
}
