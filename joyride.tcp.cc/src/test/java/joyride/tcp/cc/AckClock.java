package joyride.tcp.cc;

import java.lang.reflect.Proxy;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpTunables;

/** A connection as a congestion control sees it, whose acknowledgements come one a segment, a window each round trip. */
final class AckClock {
    static final int MSS = 1000;

    final TcpControlBlock tcb = new TcpControlBlock();
    final TcpTunables tunables = new TcpTunables();
    final CongestionControl control;
    private final int rtt;
    private long now;

    AckClock(final CongestionControl control, final int rttMillis) {
        this.control = control;
        rtt = rttMillis;
        tcb.host = (TcpHost) Proxy.newProxyInstance(
                AckClock.class.getClassLoader(),
                new Class<?>[] {TcpHost.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "now" -> now;
                    case "tunables" -> tunables;
                    case "count" -> null;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
        tcb.maxSeg = MSS;
        tcb.sndScale = 14;
        tcb.sndWnd = 1 << 29;
        tcb.srtt = rttMillis << 5;
        tcb.sndCwnd = 10 * MSS;
        tcb.sndSsthresh = 1 << 30;
        tcb.cc = control;
        control.init(tcb);
        control.connInit(tcb);
    }

    long now() {
        return now;
    }

    double segments() {
        return (double) tcb.sndCwnd / MSS;
    }

    /** One round trip: the whole window is acknowledged, evenly. @param limited whether cwnd was what limited sending */
    void roundTrip(final boolean limited) {
        final int acks = tcb.sndCwnd / MSS;
        final long begin = now;
        for (int i = 1; i <= acks; i++) {
            now = begin + (long) rtt * i / acks;
            acknowledge(MSS, limited);
        }
        now = begin + rtt;
    }

    /** As the variant does it (cc_ack_received). */
    void acknowledge(final int bytes, final boolean limited) {
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
        }
        control.ackReceived(tcb, CongestionControl.ACK);
    }

    /** A loss found by duplicate acknowledgements, repaired within a round trip in which nothing else happens. */
    void loseOne() {
        control.congestionSignal(tcb, CongestionControl.SIGNAL_DUPACKS);
        now += rtt;
        tcb.sndCwnd = tcb.sndSsthresh;
        tcb.sndUna = tcb.sndMax;
        tcb.sndMax += tcb.sndSsthresh; // what recovery left in flight
        control.postRecovery(tcb);
        tcb.clear(TcpControlBlock.RECOVERY);
        tcb.sndMax = tcb.sndUna;
        tcb.bytesAcked = 0;
    }

    /** Sets the window where a test begins: in congestion avoidance. */
    void avoid(final int segments) {
        tcb.sndCwnd = segments * MSS;
        tcb.sndSsthresh = segments * MSS;
    }
}
