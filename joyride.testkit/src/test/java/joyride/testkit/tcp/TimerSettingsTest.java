package joyride.testkit.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import joyride.api.socket.Errno;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.PeerConnection;
import joyride.testkit.simulation.PeerRig;
import joyride.testkit.simulation.Segment;
import org.junit.jupiter.api.Test;

/** Sysctls of times: how long what is waited for, and how often it is tried. */
class TimerSettingsTest extends TcpCase {
    private PeerConnection peer;
    private MemoryEndpoint server;

    private void established() {
        final MemoryEndpoint listener = listen(4);
        peer = connect(listener);
        server = accept(listener);
    }

    /** Milliseconds until each of the next {@code count} segments with data, or fewer where no more come. */
    private List<Long> intervals(final int count) {
        final List<Long> intervals = new ArrayList<>();
        long before = rig.clock().nanoTime();
        while (intervals.size() < count && rig.receive(200 * SECOND, segment -> segment.payload().length > 0) != null) {
            intervals.add((rig.clock().nanoTime() - before) / MILLI);
            before = rig.clock().nanoTime();
        }
        return intervals;
    }

    @Test
    void shouldGiveUpAfterAsManyRetransmissionsAsAreSet() {
        established();
        write(server, 100);
        assertEquals(100, next(MILLI).payload().length);
        set("retries", 2);
        assertEquals(2, intervals(12).size());
        rig.pass(100 * SECOND);
        assertEquals(Errno.ETIMEDOUT, server.errno());
        assertEquals(0, connections());
    }

    @Test
    void shouldBackOffFromTheInitialTimeoutWhereNoRoundTripIsKnown() {
        set("rexmit_initial", 400);
        final MemoryEndpoint listener = listen(4);
        // neither timestamps nor data have told one
        rig.connect(4001, PORT, false, false);
        write(accept(listener), 100);
        assertEquals(100, next(MILLI).payload().length);
        final List<Long> waits = intervals(3);
        final long[] wanted = {400, 1000, 1800};
        for (int i = 0; i < 3; i++) {
            assertTrue(Math.abs(waits.get(i) - wanted[i]) <= 2, waits.toString());
        }
    }

    @Test
    void shouldWaitNoLongerForAnAcknowledgementThanIsSet() {
        set("rexmit_max", 300);
        established();
        write(server, 100);
        assertEquals(100, next(MILLI).payload().length);
        final List<Long> waits = intervals(9);
        assertTrue(waits.getFirst() < 250, waits.toString());
        assertTrue(waits.subList(7, 9).stream().allMatch(wait -> wait >= 299 && wait <= 302), waits.toString());
    }

    @Test
    void shouldAddToTheTimeoutWhatIsSet() {
        set("rexmit_slop", 5000);
        established();
        write(server, 100);
        assertEquals(100, next(MILLI).payload().length);
        final long wait = intervals(1).getFirst();
        assertTrue(wait >= 5000 && wait < 5100, "waited " + wait);
    }

    @Test
    void shouldProbeAClosedWindowWithinTheIntervalsThatAreSet() {
        set("persmin", 300);
        set("persmax", 400);
        established();
        window(peer, 0);
        write(server, 100);
        final List<Long> waits = intervals(11);
        assertTrue(waits.stream().allMatch(wait -> wait >= 299 && wait <= 402), waits.toString());
        assertTrue(waits.getFirst() < 350 && waits.getLast() >= 399, waits.toString());
    }

    @Test
    void shouldEndAnOrphanInFinWait2AfterTheTimeThatIsSetIfThatIsToBeFast() {
        set("fast_finwait2_recycle", 1);
        set("finwait2_timeout", 500);
        established();
        server.close();
        peer.receive(MILLI);
        peer.acknowledge();
        rig.pass(480 * MILLI);
        assertEquals(1, connections());
        rig.pass(40 * MILLI);
        assertEquals(0, connections());
    }

    /** 85 times 32,767 s are more than half of what a clock of 32 bits of ms tells apart: the later of two deadlines looks like the earlier. */
    @Test
    void shouldStillExpireInTimeWhenAnotherDeadlineIsAMonthAway() {
        established();
        assertEquals(0, server.socket().setOption(SocketOption.TCP_KEEPIDLE, 10));
        assertEquals(0, server.socket().setOption(SocketOption.TCP_KEEPINTVL, 32_767));
        assertEquals(0, server.socket().setOption(SocketOption.TCP_KEEPCNT, 85));
        server.close();
        peer.receive(MILLI);
        peer.acknowledge();
        rig.pass(9 * SECOND);
        assertEquals(0, count("keeptimeo"));
        rig.pass(2 * SECOND);
        assertEquals(1, count("keeptimeo"));
        assertEquals(1, connections());
    }

    @Test
    void shouldKeepALocalConnectionInTimeWaitForTwiceWhatIsSet() {
        set("msl_local", 400);
        final MemoryEndpoint listener = listen(4);
        final MemoryEndpoint client = programs.open(new Idle());
        assertEquals(0, client.socket().connect(PeerRig.HOST, PORT));
        rig.pass(MILLI);
        final MemoryEndpoint taken = accept(listener);
        assertEquals(2, connections());
        client.close();
        rig.pass(MILLI);
        taken.close();
        rig.pass(780 * MILLI);
        assertEquals(1, connections());
        rig.pass(40 * MILLI);
        assertEquals(0, connections());
    }

    @Test
    void shouldRepeatASynAckAsOftenAsIsSet() {
        set("syncache.rexmtlimit", 1);
        listen(4);
        rig.send(Segment.of(4001, PORT, TcpFlags.SYN, 1, 0).mss(1460));
        expect("SYN-ACK", TcpFlags.SYN | TcpFlags.ACK, MILLI);
        expect("again", TcpFlags.SYN | TcpFlags.ACK, 2 * SECOND);
        silence(60 * SECOND);
    }

    @Test
    void shouldAskForEcnInAsManyRepeatedSynsAsAreSet() {
        for (final int retries : new int[] {0, 1, 3}) {
            tunables().ecnEnable = 1;
            set("ecn.maxretries", retries);
            final MemoryEndpoint client = open();
            for (int i = 0; i < 5; i++) {
                final Segment syn = next(20 * SECOND);
                assertEquals(
                        i <= retries,
                        syn.has(TcpFlags.ECE) && syn.has(TcpFlags.CWR),
                        i + " of " + retries + ": " + syn);
            }
            client.close();
            rig.settle();
        }
    }

    @Test
    void shouldChallengeAsOftenInAsLongATimeAsIsSet() {
        set("ack_war_cnt", 2);
        set("ack_war_timewindow", 100);
        established();
        assertEquals(2, challenges());
        assertEquals(0, challenges(), "in the same time");
        rig.pass(101 * MILLI);
        assertEquals(2, challenges());
        set("ack_war_cnt", 0);
        assertEquals(10, challenges(), "no limit");
        set("ack_war_cnt", 2);
        set("ack_war_timewindow", 0);
        assertEquals(10, challenges(), "no limit either");
    }

    /** Ten SYNs in the window of the connection. @return answers */
    private int challenges() {
        for (int i = 0; i < 10; i++) {
            rig.send(peer.segment(TcpFlags.SYN));
        }
        int answers = 0;
        while (next(0) != null) {
            answers++;
        }
        return answers;
    }
}
