package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.core.transport.HandOver;
import joyride.tcp.rack.RackTcp;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** RACK-TLP by RFC 8985, its numbers exactly, over a path of 100 ms and segments of 1460 bytes. */
class RackTest extends RackCase {
    // ------------------------------------------------------------------ tail loss probes

    @Test
    void shouldProbeWithTheLastSegmentTwoRoundTripsAfterTheFlight() {
        measured();
        final long sent = rig.clock().nanoTime();
        flight(3, 0);
        expectAt("probe", sent, 2 * RTT, at(2));
        assertEquals(1, count("rack_tlp"));
        assertEquals(0, count("rexmttimeo"));
    }

    @Test
    void shouldAllowForADelayedAcknowledgementWhenTheFlightIsOneSegment() {
        measured();
        final long sent = rig.clock().nanoTime();
        flight(1, 0);
        expectAt("probe", sent, 2 * RTT + 40 * MILLI, at(0));
    }

    @Test
    void shouldProbeWithinASecondWhenThereIsNoRoundTripTimeYet() {
        established(true);
        final long sent = rig.clock().nanoTime();
        flight(2, 0);
        expectAt("probe", sent, SECOND, at(1));
        assertEquals(1, count("rack_tlp"));
    }

    @Test
    void shouldNotProbeEarlierThanTenMilliseconds() {
        measured(MILLI);
        final long sent = rig.clock().nanoTime();
        flight(2, 0);
        expectAt("probe", sent, 10 * MILLI, at(1));
    }

    @Test
    void shouldProbeWithNewDataBeyondTheWindowOfCongestionWhenThereIsSome() {
        measured();
        final long sent = rig.clock().nanoTime();
        write(server, 30 * MSS);
        int flight = 0;
        while (next(0) != null) {
            flight++;
        }
        assertTrue(flight >= 10 && flight < 30, "cwnd " + flight);
        expectAt("probe", sent, 2 * RTT, at(flight));
        assertEquals(1, count("rack_tlp_newdata"));
    }

    @Test
    void shouldWaitForTheTimeoutWhenTheProbeGetsNoAnswer() {
        measured();
        flight(3, 0);
        assertEquals(at(2), next(SECOND).seq());
        final long probed = rig.clock().nanoTime();
        final Segment timeout = next(SECOND);
        assertEquals(at(0), timeout.seq());
        assertEquals(1, count("rack_tlp"), "one probe, and no second one while it is unanswered");
        assertEquals(1, count("rexmttimeo"));
        // srtt 100, rttvar 50: 300 ms, and the slop of 200.
        assertTrue(rig.clock().nanoTime() - probed >= 490 * MILLI);
    }

    @Test
    void shouldRepairALostTailWithoutATimeout() {
        measured();
        flight(6, RTT);
        ack(at(3));
        final Segment probe = next(SECOND);
        assertEquals(at(5), probe.seq());
        rig.pass(RTT);
        ack(at(3), at(5), at(6));
        assertEquals(at(3), next(SECOND).seq());
        rig.pass(RTT);
        ack(at(4), at(5), at(6));
        assertEquals(at(4), next(SECOND).seq());
        rig.pass(RTT);
        ack(at(6));
        assertEquals(0, count("rexmttimeo"));
        assertEquals(1, count("sack_recovery_episode"));
        assertEquals(6L * MSS, server.sendRing().released() - MSS);
        silence(SECOND);
    }

    @Test
    void shouldReduceWhenTheProbeRepairedTheLossAndNotWhenBothCopiesCame() {
        measured();
        flight(3, RTT);
        ack(at(2));
        assertEquals(at(2), next(SECOND).seq());
        rig.pass(RTT);
        // The original and the probe came: the probe is reported as a duplicate.
        ack(at(3), at(2), at(3));
        assertEquals(0, count("rack_tlp_recovered"));
        base = at(3);
        flight(3, RTT);
        ack(at(2));
        assertEquals(at(2), next(SECOND).seq());
        rig.pass(RTT);
        // Only the probe came; that nothing else is outstanding tells it from a duplicate only by what follows.
        write(server, MSS);
        assertEquals(at(3), next(0).seq());
        rig.pass(RTT);
        ack(at(4));
        assertEquals(1, count("rack_tlp_recovered"));
    }

    // ------------------------------------------------------------------ loss by time

    @Test
    void shouldWaitAQuarterOfTheLeastRoundTripForWhatMayBeReordered() {
        measured();
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(2));
        // RTT 100 ms, min_RTT / 4, and 1 ms (pktdelay), from when it was sent.
        expectAt("first lost", sent, 126 * MILLI, at(0));
        assertTrue(count("rack_timeo") > 0);
        assertEquals(1, count("rack_lost"));
    }

    @Test
    void shouldNotWaitWhenThreeSegmentsHaveOvertaken() {
        measured();
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(3));
        ack(at(0), at(1), at(4));
        expectAt("first lost", sent, RTT, at(0));
        assertEquals(0, count("rack_timeo"));
    }

    @Test
    void shouldNotTakeForLostWhatOnlyCameLate() {
        measured();
        flight(8, RTT);
        ack(at(0), at(1), at(3));
        rig.pass(10 * MILLI);
        ack(at(8));
        silence(SECOND);
        assertEquals(0, count("rack_lost"));
        assertEquals(1, count("rack_reordered"));
    }

    @Test
    void shouldWaitEvenForWhatThreeHaveOvertakenOnceReorderingWasSeen() {
        reordered();
        final long sent = rig.clock().nanoTime();
        flight(10, RTT);
        ack(at(0), at(1), at(6));
        expectAt("first lost", sent, 126 * MILLI, at(0));
    }

    @Test
    void shouldForgetReorderingAfterAMinute() {
        reordered();
        rig.pass(61 * SECOND);
        peer.window = 65535;
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(6));
        expectAt("first lost", sent, RTT, at(0));
    }

    @Test
    void shouldWaitLongerByAQuarterForEachRoundWithADuplicateReported() {
        reordered();
        flight(2, RTT);
        // What was received before was received again: somebody was impatient.
        ack(at(2), at(0), at(1));
        base = at(2);
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(6));
        expectAt("first lost", sent, 151 * MILLI, at(0));
    }

    @Test
    void shouldNotHeedDuplicatesReportedWhenToldSo() {
        tunables().set("net.inet.tcp.rack.misc.rack_dsack_ctl", "1");
        reordered();
        flight(2, RTT);
        ack(at(2), at(0), at(1));
        base = at(2);
        final long sent = rig.clock().nanoTime();
        flight(8, RTT);
        ack(at(0), at(1), at(6));
        expectAt("first lost", sent, 126 * MILLI, at(0));
    }

    @Test
    void shouldFindALostRetransmissionByWhatWasSentAfterIt() {
        measured();
        flight(8, RTT);
        write(server, 20 * MSS);
        drain();
        ack(at(0), at(1), at(4));
        assertEquals(at(0), next(0).seq());
        int high = 0;
        for (int i = 5; i <= 8; i++) {
            rig.pass(MILLI);
            ack(at(0), at(1), at(i));
            Segment later;
            while ((later = next(0)) != null) {
                high = Math.max(high, later.seq() + MSS - base);
            }
        }
        assertTrue(high > 8 * MSS, "nothing new was sent after the retransmission");
        rig.pass(RTT);
        // What left after the retransmission came, the retransmission did not.
        ack(at(0), at(1), base + high);
        assertEquals(at(0), next(0).seq());
        assertEquals(1, count("sack_lostrexmt"));
        assertEquals(0, count("rexmttimeo"));
    }

    @Test
    void shouldSendAllAgainInOrderAfterATimeoutButWhatArrived() {
        tunables().set("net.inet.tcp.rack.tlp.limit", "0");
        measured();
        flight(8, RTT);
        ack(at(0), at(6), at(7));
        assertEquals(at(0), next(SECOND).seq());
        final List<Integer> again = new ArrayList<>();
        Segment segment;
        while ((segment = next(20 * SECOND)) != null && again.size() < 30) {
            again.add((segment.seq() - base) / MSS);
            if (count("rexmttimeo") > 0 && segment.seq() == peer.ack) {
                final int next = segment.seq() + MSS;
                rig.pass(RTT);
                ack(next == at(6) ? at(7) : next);
                if (peer.ack == at(8)) {
                    break;
                }
            }
        }
        assertEquals(at(8), peer.ack, () -> "sent again: " + again);
        assertEquals(8L * MSS, server.sendRing().released() - MSS);
    }

    @Test
    void shouldRecoverByDuplicatesAloneWhenThePeerHasNoSack() {
        established(false);
        write(server, MSS);
        drain();
        rig.pass(RTT);
        base += MSS;
        ack(base);
        flight(8, RTT);
        ack(at(0));
        ack(at(0));
        silence(0);
        ack(at(0));
        assertEquals(at(0), next(0).seq());
        rig.pass(RTT);
        ack(at(8));
        assertEquals(1, count("newreno_recovery"));
        assertEquals(0, count("rexmttimeo"));
        assertEquals(0, count("rack_tlp"));
    }

    @Test
    void shouldTimeOutAfterFourSecondsAtMost() {
        measured();
        write(server, MSS);
        drain();
        long last = rig.clock().nanoTime();
        long longest = 0;
        for (int i = 0; i < 8; i++) {
            assertNotNull(next(10 * SECOND));
            longest = Math.max(longest, rig.clock().nanoTime() - last);
            last = rig.clock().nanoTime();
        }
        assertTrue(longest >= 3900 * MILLI && longest <= 4010 * MILLI, longest / 1e6 + " ms");
    }

    // ------------------------------------------------------------------ limits

    @Test
    void shouldSendNoMoreThanTheMapHoldsWhenThatIsLimited() {
        // Segment by segment: a unit of several would be one entry.
        tunables().set("net.inet.tcp.tso", "0");
        tunables().set("net.inet.tcp.map_limit", "1");
        tunables().set("net.inet.tcp.sendspace", "400000");
        tunables().set("net.inet.tcp.abc_l_var", "100");
        measured();
        // Cwnd grows beyond what 32 entries, 8 of them kept back, stand for.
        int sent = 0;
        for (int round = 0; round < 5; round++) {
            write(server, 100 * MSS);
            sent = 0;
            while (next(0) != null) {
                sent++;
            }
            rig.pass(RTT);
            base = at(sent);
            ack(base);
        }
        write(server, 100 * MSS);
        int flight = 0;
        while (next(0) != null) {
            flight++;
        }
        assertEquals(24, flight);
        assertTrue(count("rack_map_limited") > 0);
        rig.pass(RTT);
        base = at(24);
        ack(base);
        assertNotNull(next(0), "and goes on");
    }

    @Test
    void shouldRefuseToTakeOverWhatHasNoSackWhenToldSo() {
        tunables().set("net.inet.tcp.rack.misc.no_sack_needed", "0");
        established(false);
        assertEquals(1, refused());
    }

    /** Connections that a fresh one refuses. */
    private int refused() {
        final HandOver progress = new HandOver();
        stage().variant(RackTcp.VARIANT, new RackTcp());
        while (stage().handOver(progress, 10) > 0) {
            // all of them
        }
        return (int) progress.refusedCount();
    }
}
