package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.TcpFlags;
import joyride.tcp.rack.RackTcp;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Pacing: when segments leave, to some 10 µs, and how many at once. */
class PaceTest extends TcpCase {
    private static final int MSS = 1460;
    private static final long MICRO = 1000;

    private PeerConnection peer;
    private MemoryEndpoint server;

    PaceTest() {
        super(RackTcp.VARIANT);
    }

    private void measured(final long rtt) {
        final MemoryEndpoint listener = listen(16);
        peer = rig.connect(PEER_PORT, PORT, false, true);
        server = accept(listener);
        write(server, MSS);
        drain();
        rig.pass(rtt);
        peer.ack = peer.hostIsn + 1 + MSS;
        rig.send(peer.segment(TcpFlags.ACK));
        drain();
    }

    /** When each segment of what can be sent leaves, ns from now on. */
    private List<Long> times(final long during) {
        final long begin = rig.clock().nanoTime();
        final List<Long> times = new ArrayList<>();
        Segment segment;
        while ((segment = rig.receive(begin + during - rig.clock().nanoTime())) != null) {
            assertTrue(segment.payload().length > 0);
            times.add(rig.clock().nanoTime() - begin);
        }
        return times;
    }

    @Test
    void shouldSpreadTheWindowOverTheRoundTrip() {
        tunables().set("net.inet.tcp.rack.use_pacing", "1");
        measured(100 * MILLI);
        write(server, 40 * MSS);
        final List<Long> times = times(90 * MILLI);
        // Slow start: 250 % of cwnd a round trip, so that a window of 10 and more segments leaves in 40 ms, one each 4
        // ms and less.
        assertTrue(times.size() >= 10 && times.size() <= 12, "sent " + times.size());
        final long gap = 40 * MILLI / times.size();
        for (int i = 1; i < times.size(); i++) {
            final long seen = times.get(i) - times.get(i - 1);
            assertTrue(
                    Math.abs(seen - gap) < 100 * MICRO,
                    "segment " + i + " after " + seen / 1e6 + " ms, not " + gap / 1e6);
        }
        assertTrue(count("rack_paced") > 0);
    }

    @Test
    void shouldNotGoFasterThanTheCap() {
        tunables().set("net.inet.tcp.rack.use_pacing", "1");
        tunables().set("net.inet.tcp.rack.pacing.rate_cap", Integer.toString(146_000));
        measured(20 * MILLI);
        write(server, 10 * MSS);
        // 146,000 bytes a second are a segment each 10 ms.
        final List<Long> times = times(19 * MILLI);
        assertEquals(2, times.size(), times::toString);
        assertTrue(times.get(1) - times.get(0) > 9_900 * MICRO, times::toString);
    }

    @Test
    void shouldSendInBurstsOfAQuarterMillisecondWhenTheRateIsHigh() {
        tunables().set("net.inet.tcp.rack.use_pacing", "1");
        tunables().set("net.inet.tcp.rack.pacing.gp_per_ss", "1000");
        measured(2 * MILLI);
        write(server, 40 * MSS);
        // 10 windows of some 11 segments in 2 ms: 55 segments a millisecond, 14 in a burst.
        final List<Long> times = times(MILLI);
        int most = 0;
        int burst = 0;
        for (int i = 0; i < times.size(); i++) {
            burst = i > 0 && times.get(i) - times.get(i - 1) < 20 * MICRO ? burst + 1 : 1;
            most = Math.max(most, burst);
        }
        assertTrue(times.size() >= 10, times::toString);
        assertTrue(most <= 16, most + " in a burst: " + times);
    }

    @Test
    void shouldSendNoMoreSegmentsAtOnceThanAllowed() {
        tunables().set("net.inet.tcp.rack.use_pacing", "1");
        tunables().set("net.inet.tcp.rack.pacing.gp_per_ss", "10000");
        tunables().set("net.inet.tcp.rack.pacing.pace_max_seg", "3");
        measured(2 * MILLI);
        write(server, 40 * MSS);
        int atOnce = 0;
        while (next(0) != null) {
            atOnce++;
        }
        assertEquals(3, atOnce);
        assertTrue(times(MILLI).size() >= 6, "the rest follows");
    }

    @Test
    void shouldSendAtOnceWhatMayNotWaitForItsPace() {
        tunables().set("net.inet.tcp.rack.use_pacing", "1");
        tunables().set("net.inet.tcp.pacing_limit", "0");
        measured(100 * MILLI);
        write(server, 40 * MSS);
        int atOnce = 0;
        while (next(0) != null) {
            atOnce++;
        }
        assertTrue(atOnce >= 10, "sent " + atOnce);
        assertEquals(0, count("rack_paced"));
        assertTrue(count("rack_pacing_limited") > 0);
    }

    @Test
    void shouldSendTheWindowAtOnceWhenNotPaced() {
        measured(100 * MILLI);
        write(server, 40 * MSS);
        int atOnce = 0;
        while (next(0) != null) {
            atOnce++;
        }
        assertTrue(atOnce >= 10, "sent " + atOnce);
        assertEquals(0, count("rack_paced"));
    }
}
