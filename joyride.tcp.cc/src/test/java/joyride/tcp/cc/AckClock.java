package joyride.tcp.cc;

import java.lang.reflect.Proxy;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;

/** A connection as a congestion control sees it, whose acknowledgements come one a segment, a window each round trip. */
final class AckClock {
    static final int MSS = 1000;

    final TcpControlBlock tcb = new TcpControlBlock();
    final TcpTunables tunables = new TcpTunables();
    final CongestionControl control;
    final Map<TcpCounter, Integer> counters = new EnumMap<>(TcpCounter.class);
    private final int rtt;

    /** Round-trip time, ms, of a window in segments. */
    private DoubleUnaryOperator path;

    private double time;

    AckClock(final CongestionControl control, final int rttMillis) {
        this.control = control;
        rtt = rttMillis;
        path = window -> rttMillis;
        final SplittableRandom dice = new SplittableRandom(1);
        final RandomSource random = (RandomSource) Proxy.newProxyInstance(
                AckClock.class.getClassLoader(),
                new Class<?>[] {RandomSource.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "nextLong" -> dice.nextLong();
                    case "nextInt" -> arguments == null ? dice.nextInt() : dice.nextInt((int) arguments[0]);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        tcb.host = (TcpHost) Proxy.newProxyInstance(
                AckClock.class.getClassLoader(),
                new Class<?>[] {TcpHost.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "now" -> (long) time;
                    // So far apart that the round-trip times told are what counts.
                    case "nowMicros" -> (long) (time * 1_000_000);
                    case "tunables" -> tunables;
                    case "random" -> random;
                    case "count" -> {
                        counters.merge((TcpCounter) arguments[0], 1, Integer::sum);
                        yield null;
                    }
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        tcb.maxSeg = MSS;
        tcb.sndScale = 14;
        tcb.sndWnd = 1 << 29;
        tcb.srtt = rttMillis << 5;
        tcb.sndCwnd = 10 * MSS;
        tcb.sndSsthresh = 1 << 30;
        tcb.cc = control;
        tcb.sndMax = tcb.sndCwnd;
        control.init(tcb);
        control.connInit(tcb);
    }

    /** A bottleneck: what of the window it cannot hold in flight waits. @param segmentsPerSecond its rate */
    AckClock bottleneck(final double segmentsPerSecond) {
        path = window -> Math.max(rtt, window * 1000 / segmentsPerSecond);
        return this;
    }

    /** Round-trip times by the window in segments, ms. */
    AckClock path(final DoubleUnaryOperator next) {
        path = next;
        return this;
    }

    long now() {
        return (long) time;
    }

    double segments() {
        return (double) tcb.sndCwnd / MSS;
    }

    void pass(final double millis) {
        time += millis;
    }

    /** One round trip: the whole window is acknowledged, evenly. @param limited whether cwnd was what limited sending */
    void roundTrip(final boolean limited) {
        roundTrip(limited, 0);
    }

    /** The same where every {@code nth} acknowledgement has an ECN echo; 0: none. */
    void roundTrip(final boolean limited, final int nth) {
        final int acks = Math.max(tcb.sndCwnd / MSS, 1);
        final double begin = time;
        final double took = path.applyAsDouble(segments());
        for (int i = 1; i <= acks; i++) {
            time = begin + took * i / acks;
            control.rttSample(tcb, (int) (took * 1000));
            if (tcb.is(TcpControlBlock.ECN_PERMIT)) {
                echo(nth > 0 && i % nth == 0);
            }
            acknowledge(MSS, limited);
        }
        time = begin + took;
    }

    /** A packet of an ECN connection, as the variant does it. */
    private void echo(final boolean congestion) {
        tcb.ccFlags &= ~(TcpControlBlock.CC_IPHDR_CE | TcpControlBlock.CC_TCPHDR_CWR | TcpControlBlock.CC_DATA);
        control.ecnPacket(tcb);
        if (congestion) {
            if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                tcb.sndRecover = tcb.sndMax;
            }
            control.congestionSignal(tcb, CongestionControl.SIGNAL_ECN);
        }
    }

    /** A data packet of an ECN connection arrives. */
    void arrives(final boolean marked, final int flags) {
        tcb.ccFlags &= ~(TcpControlBlock.CC_IPHDR_CE | TcpControlBlock.CC_TCPHDR_CWR | TcpControlBlock.CC_DATA);
        tcb.ccFlags |= TcpControlBlock.CC_DATA | (marked ? TcpControlBlock.CC_IPHDR_CE : 0);
        if ((flags & TcpFlags.CWR) != 0) {
            tcb.clear(TcpControlBlock.ECN_SND_ECE);
        }
        if (marked) {
            tcb.set(TcpControlBlock.ECN_SND_ECE);
        }
        control.ecnPacket(tcb);
    }

    /** As the variant does it (cc_ack_received), with a window outstanding. */
    void acknowledge(final int bytes, final boolean limited) {
        if (tcb.sndMax - tcb.sndUna < Math.max(tcb.sndCwnd, bytes)) {
            tcb.sndMax = tcb.sndUna + Math.max(tcb.sndCwnd, bytes);
        }
        tcb.sndNxt = tcb.sndMax;
        tcb.ccBytesThisAck = bytes;
        tcb.ccSegments = 1;
        tcb.ccFlags = limited
                ? tcb.ccFlags | TcpControlBlock.CC_CWND_LIMITED
                : tcb.ccFlags & ~TcpControlBlock.CC_CWND_LIMITED;
        if (tcb.sndCwnd > tcb.sndSsthresh) {
            tcb.bytesAcked += bytes;
            if (tcb.bytesAcked >= tcb.sndCwnd) {
                tcb.bytesAcked -= tcb.sndCwnd;
                tcb.ccFlags |= TcpControlBlock.CC_ABC_SENTAWND;
            }
        } else {
            tcb.ccFlags &= ~TcpControlBlock.CC_ABC_SENTAWND;
            tcb.bytesAcked = 0;
        }
        control.ackReceived(tcb, CongestionControl.ACK);
        tcb.sndUna += bytes;
        if (tcb.is(TcpControlBlock.CONGRECOVERY) && tcb.sndUna - tcb.sndRecover >= 0) {
            control.postRecovery(tcb);
            tcb.clear(TcpControlBlock.RECOVERY);
            tcb.bytesAcked = 0;
        }
        tcb.sndMax = Math.max(tcb.sndMax, tcb.sndUna + tcb.sndCwnd);
    }

    /** A loss found by duplicate acknowledgements, repaired within a round trip in which nothing else happens. */
    void loseOne() {
        control.congestionSignal(tcb, CongestionControl.SIGNAL_DUPACKS);
        time += path.applyAsDouble(segments());
        tcb.sndCwnd = tcb.sndSsthresh;
        tcb.sndUna = tcb.sndMax;
        tcb.sndMax += tcb.sndSsthresh; // what recovery left in flight
        tcb.sndNxt = tcb.sndMax;
        control.postRecovery(tcb);
        tcb.clear(TcpControlBlock.RECOVERY);
        tcb.bytesAcked = 0;
    }

    /** Sets the window where a test begins: in congestion avoidance. */
    void avoid(final int segments) {
        tcb.sndCwnd = segments * MSS;
        tcb.sndSsthresh = segments * MSS;
        tcb.sndMax = Math.max(tcb.sndMax, tcb.sndUna + tcb.sndCwnd);
    }
}
