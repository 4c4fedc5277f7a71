package joyride.tcp.rack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;

/** Goodput as it is measured, and the pace that follows from it: segments of 1000 bytes, a round trip of 100 ms. */
class GoodputTest {
    private static final int MSS = 1000;
    private static final int RTT = 100_000;

    private static final class Block extends TcpControlBlock {
        Block() {
            reset();
        }
    }

    private final TcpControlBlock tcb = new Block();
    private final TcpTunables tunables = new TcpTunables();
    private final SendMap map = new SendMap();
    private long now = 1_000_000;

    GoodputTest() {
        tcb.host = (TcpHost) Proxy.newProxyInstance(
                TcpHost.class.getClassLoader(), new Class<?>[] {TcpHost.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("tunables")) {
                        return tunables;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
        tcb.maxSeg = MSS;
        tcb.sendMap = map;
        tcb.srtt = RTT << 5;
        tcb.sndCwnd = 1000 * MSS;
        tcb.sndSsthresh = 500 * MSS;
        tcb.sndMax = 10_000_000;
    }

    /** A segment is acknowledged each {@code micros}, {@code count} times. */
    private void acknowledged(final int count, final int micros) {
        for (int i = 0; i < count; i++) {
            now += micros;
            final int una = tcb.sndUna + MSS;
            Goodput.acknowledged(tcb, map, una, now);
            tcb.sndUna = una;
        }
    }

    @Test
    void shouldBeWhatIsAcknowledgedInARoundTrip() {
        acknowledged(1 + 20, RTT / 20);
        assertEquals(200_000, map.goodput);
    }

    @Test
    void shouldTakeTenSegmentsAndARoundTripAtLeast() {
        acknowledged(1 + 9, RTT / 4);
        assertEquals(0, map.goodput, "nine segments");
        acknowledged(1, RTT / 4);
        assertEquals(40_000, map.goodput);
        final long known = map.goodput;
        acknowledged(19, RTT / 20);
        assertEquals(known, map.goodput, "less than a round trip later");
        acknowledged(1, RTT / 20);
        assertTrue(map.goodput > known);
    }

    @Test
    void shouldMoveAnEighthOfTheWayEachRoundTrip() {
        acknowledged(1 + 3 * 20, RTT / 20);
        assertEquals(200_000, map.goodput);
        acknowledged(40, RTT / 40);
        assertEquals(225_000, map.goodput);
        acknowledged(10, RTT / 10);
        assertEquals(225_000 - 125_000 / 8, map.goodput);
    }

    @Test
    void shouldFollowAtOnceInSlowStart() {
        tcb.sndSsthresh = 2000 * MSS;
        acknowledged(1 + 20, RTT / 20);
        acknowledged(40, RTT / 40);
        assertEquals(400_000, map.goodput);
        acknowledged(20, RTT / 20);
        assertEquals(400_000 - 200_000 / 3, map.goodput, "down it goes by the mean of the first three");
    }

    @Test
    void shouldOnlyRiseWhileTheProgramHasNothingToSend() {
        acknowledged(1 + 3 * 20, RTT / 20);
        Goodput.limited(map);
        acknowledged(10, RTT / 10);
        assertEquals(200_000, map.goodput);
        Goodput.limited(map);
        acknowledged(40, RTT / 40);
        assertTrue(map.goodput > 200_000);
    }

    @Test
    void shouldNotCountTheTimeInWhichNothingIsOut() {
        acknowledged(1, 1000);
        tcb.sndMax = tcb.sndUna + 5 * MSS;
        acknowledged(5, 1000);
        now += 60_000_000;
        tcb.sndMax += 1_000_000;
        acknowledged(1 + 20, RTT / 20);
        assertEquals(200_000, map.goodput);
    }

    @Test
    void shouldPaceByGoodputOnceItIsKnown() {
        assertEquals(1000L * MSS * 10 * 200 / 100, Pace.rate(tcb, map), "until then by cwnd");
        acknowledged(1 + 20, RTT / 20);
        assertEquals(400_000, Pace.rate(tcb, map), "in congestion avoidance 200 %");
        tunables.rackPaceRecovery = 80;
        tcb.set(TcpControlBlock.FASTRECOVERY);
        assertEquals(160_000, Pace.rate(tcb, map), "in recovery");
        tunables.rackPaceRateCap = 100_000;
        assertEquals(100_000, Pace.rate(tcb, map), "not beyond the cap");
    }

    @Test
    void shouldNotHoldSlowStartBackBelowAWindowARoundTrip() {
        acknowledged(1 + 20, RTT / 20);
        tcb.sndSsthresh = 2000 * MSS;
        assertEquals(1000L * MSS * 10, Pace.rate(tcb, map));
        tcb.sndCwnd = 40 * MSS;
        assertEquals(500_000, Pace.rate(tcb, map), "250 % of goodput is more");
    }
}
