package joyride.tcp.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;

/** The examples of RFC 6937 §4: 20 segments in flight, ssthresh 10; the first is lost, or the first fifteen are. */
class RateReductionTest {
    private static final int MSS = 1000;
    private static final int FLIGHT = 20;

    private static final class Block extends TcpControlBlock {
        Block() {
            reset();
        }
    }

    private final TcpControlBlock tcb = new Block();
    private final TcpTunables tunables = new TcpTunables();
    private final List<Integer> sent = new ArrayList<>();

    RateReductionTest() {
        tcb.host = (TcpHost) Proxy.newProxyInstance(
                TcpHost.class.getClassLoader(), new Class<?>[] {TcpHost.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("tunables")) {
                        return tunables;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
        tcb.maxSeg = MSS;
        tcb.sendMap = new SendMap();
        tcb.sendMap.grow();
        tcb.sendMap.grow();
        tcb.sndSsthresh = FLIGHT / 2 * MSS;
        for (int i = 0; i < FLIGHT; i++) {
            send();
        }
        sent.clear();
    }

    private void send() {
        assertTrue(tcb.sendMap.append(tcb.sndMax, tcb.sndMax + MSS, sent.size()) != SendMap.NONE);
        tcb.sndMax += MSS;
        tcb.sndNxt = tcb.sndMax;
    }

    private int pipe() {
        return tcb.sendMap.inFlight() / MSS;
    }

    /** Sends what cwnd lets: what is lost, then new data. */
    private int output() {
        int count = 0;
        while (tcb.sndCwnd - tcb.sendMap.inFlight() >= MSS) {
            final int lost = tcb.sendMap.firstLost();
            if (lost != SendMap.NONE) {
                tcb.sendMap.resent(tcb.sendMap.slot(lost), 1000);
            } else {
                send();
            }
            tcb.prrOut += MSS;
            count++;
        }
        sent.add(count);
        return count;
    }

    /** The peer reports segment {@code i}. */
    private void sacked(final int i) {
        tcb.sendMap.sacked(tcb.sendMap.slot(i), 1);
        tcb.sackDelivered = MSS;
    }

    private void begin(final int lost) {
        for (int i = lost; i < lost + 3; i++) {
            sacked(i);
        }
        for (int i = 0; i < lost; i++) {
            tcb.sendMap.lost(tcb.sendMap.slot(i));
        }
        RateReduction.begin(tcb);
        output();
    }

    @Test
    void shouldSendOneForTwoDeliveredWhenTheFirstIsLost() {
        begin(1);
        assertEquals(1, sent.get(0), "the fast retransmission");
        int out = 1;
        for (int i = 4; i < FLIGHT; i++) {
            sacked(i);
            final boolean reducing = pipe() > 10;
            RateReduction.acknowledged(tcb, false);
            out += output();
            if (reducing) {
                // CEIL(prr_delivered * ssthresh / RecoverFS) bytes, in whole segments, and never less than what went at
                // once.
                assertEquals(Math.max((i - 3) / 2, 1), out, "after segment " + i);
            } else {
                assertEquals(10, pipe(), "after segment " + i);
            }
        }
        assertEquals(10, pipe());
    }

    @Test
    void shouldHoldPipeAtTheThresholdWhenTheReductionIsDone() {
        begin(1);
        for (int i = 4; i < FLIGHT; i++) {
            sacked(i);
            RateReduction.acknowledged(tcb, false);
            output();
        }
        int reported = FLIGHT;
        for (int i = 0; i < 20; i++) {
            sacked(reported++);
            RateReduction.acknowledged(tcb, false);
            output();
            assertTrue(pipe() <= 10, "pipe " + pipe());
        }
        assertEquals(10, pipe());
    }

    @Test
    void shouldSendOneForOneWhenMostIsLostAndOneMoreWhenItIsAcknowledged() {
        begin(15);
        assertEquals(1, sent.get(0));
        assertEquals(3, pipe(), "two that are left, and the retransmission");
        for (int i = 18; i < FLIGHT; i++) {
            sacked(i);
            final int before = pipe();
            RateReduction.acknowledged(tcb, false);
            final int count = output();
            assertEquals(1, count, "packet conservation: no more than delivered");
            assertEquals(before + 1, pipe());
        }
        // The retransmissions arrive and move the left edge, and nothing more is lost: slow start, one more each
        // (safeACK).
        for (int i = 0; i < 5; i++) {
            tcb.sendMap.removeFirst();
            tcb.sndUna += MSS;
            tcb.sackDelivered = MSS;
            RateReduction.acknowledged(tcb, true);
            assertEquals(2, output());
        }
        assertEquals(8, pipe());
    }

    @Test
    void shouldNotGoBeyondTheThresholdInSlowStart() {
        begin(15);
        for (int i = 18; i < FLIGHT; i++) {
            sacked(i);
            RateReduction.acknowledged(tcb, false);
            output();
        }
        for (int i = 0; i < 12; i++) {
            tcb.sendMap.removeFirst();
            tcb.sndUna += MSS;
            tcb.sackDelivered = MSS;
            RateReduction.acknowledged(tcb, true);
            output();
            assertTrue(pipe() <= 10, "pipe " + pipe());
        }
        assertEquals(10, pipe());
    }

    @Test
    void shouldGoStraightToTheThresholdWhenSwitchedOff() {
        tunables.doPrr = 0;
        begin(1);
        sacked(4);
        RateReduction.acknowledged(tcb, false);
        assertEquals(tcb.sndSsthresh, tcb.sndCwnd);
    }
}
