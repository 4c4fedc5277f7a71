package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import org.osgi.service.component.annotations.Component;

/** CUBIC (RFC 9438), with HyStart++ (RFC 9406) where that is enabled: FreeBSD's default congestion control. */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + Cubic.ALGORITHM)
public final class Cubic implements CongestionControl {
    /** Its name. */
    public static final String ALGORITHM = "cubic";

    @Override
    public String name() {
        return ALGORITHM;
    }

    @Override
    public void init(final TcpControlBlock tcb) {
        final CubicState state;
        if (tcb.ccPrivate instanceof CubicState kept) {
            state = kept;
            state.clear();
        } else {
            state = new CubicState();
            tcb.ccPrivate = state;
        }
        state.wMax = tcb.sndCwnd;
        state.priorWindow = tcb.sndCwnd;
    }

    @Override
    public void destroy(final TcpControlBlock tcb) {}

    @Override
    public void connInit(final TcpControlBlock tcb) {
        final CubicState state = state(tcb);
        state.wMax = tcb.sndCwnd;
        state.priorWindow = tcb.sndCwnd;
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type != ACK || tcb.is(TcpControlBlock.RECOVERY)) {
            return;
        }
        final boolean limited = (tcb.ccFlags & TcpControlBlock.CC_CWND_LIMITED) != 0;
        if (!limited && tcb.sndCwnd < tcb.sndSsthresh) {
            // Slow start has no epoch to end: the state, which is memory of its own, stays untouched.
            return;
        }
        final CubicState state = state(tcb);
        if (!limited) {
            // Time without need of the window does not count as growth (RFC 9438 §5.8).
            state.inEpoch = false;
            return;
        }
        if (tcb.sndCwnd < tcb.sndSsthresh || tcb.srtt == 0) {
            state.inEpoch = false;
            Reno.ackReceived(tcb, type, state.hyStart);
            return;
        }
        final int now = (int) tcb.host.now();
        final int mss = tcb.segmentSize();
        if (!state.inEpoch) {
            begin(state, tcb, now, mss);
        }
        grow(state, tcb, now, mss);
        if (state.congestionEvents == 0 && state.wMax < tcb.sndCwnd) {
            state.wMax = tcb.sndCwnd;
        }
    }

    private static void begin(final CubicState state, final TcpControlBlock tcb, final int now, final int mss) {
        state.inEpoch = true;
        state.epochStart = now;
        state.epochWindow = tcb.sndCwnd;
        // After a timeout the curve starts level, where slow start ended (RFC 9438 §4.8).
        state.wMax = state.timedOut ? tcb.sndCwnd : Math.max(state.wMax, tcb.sndCwnd);
        state.timedOut = false;
        state.k = CubicCurve.k(state.wMax, tcb.sndCwnd, mss);
        state.wEst = (long) tcb.sndCwnd << CubicCurve.SHIFT;
    }

    /** Convex and concave regions (RFC 9438 §4.4, §4.5), or as Reno where that is more (§4.3). */
    private static void grow(final CubicState state, final TcpControlBlock tcb, final int now, final int mss) {
        final int window = tcb.sndCwnd;
        // All of it, however few acknowledgements say so: RFC 3465 limits slow start alone.
        final int acked = Math.min(tcb.ccBytesThisAck, window);
        final int alpha =
                (int) (state.wEst >> CubicCurve.SHIFT) < state.priorWindow ? CubicCurve.ALPHA : 1 << CubicCurve.SHIFT;
        state.wEst += (long) alpha * mss * acked / window;
        final int friendly = (int) Math.min(state.wEst >> CubicCurve.SHIFT, Integer.MAX_VALUE);
        final int elapsed = now - state.epochStart;
        if (CubicCurve.window(elapsed, state.k, state.wMax, mss) < friendly) {
            if (friendly > window) {
                Reno.grow(tcb, friendly - window);
            }
            return;
        }
        final int rtt = Math.max(tcb.rttUnit == TcpControlBlock.UNIT_MILLIS ? tcb.srtt >> 5 : tcb.srtt / 32_000, 1);
        final int target =
                Math.min(CubicCurve.window((long) elapsed + rtt, state.k, state.wMax, mss), window + (window >> 1));
        if (target > window) {
            Reno.grow(tcb, Math.max((int) ((long) (target - window) * acked / window), 1));
        }
    }

    @Override
    public void rttSample(final TcpControlBlock tcb, final int micros) {
        if (tcb.host.tunables().hyStart != 0) {
            state(tcb).hyStart.sample(micros);
        }
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final CubicState state = state(tcb);
        if (signal != SIGNAL_RTO_ERROR) {
            state.hyStart.end();
        }
        switch (signal) {
            case SIGNAL_DUPACKS -> {
                if (!tcb.is(TcpControlBlock.FASTRECOVERY)) {
                    if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                        reduce(state, tcb, tcb.sndCwnd);
                    }
                    tcb.set(TcpControlBlock.RECOVERY);
                }
            }
            case SIGNAL_ECN -> {
                if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                    reduce(state, tcb, tcb.sndCwnd);
                    tcb.sndCwnd = tcb.sndSsthresh;
                    tcb.set(TcpControlBlock.CONGRECOVERY);
                    tcb.host.count(TcpCounter.ECN_RCWND);
                }
            }
            case SIGNAL_RTO -> {
                if (tcb.rxtShift <= 1) {
                    state.save();
                    reduce(state, tcb, Math.min(tcb.sndCwnd, Math.max(Reno.pipe(tcb), tcb.segmentSize())));
                }
                state.timedOut = true;
                tcb.sndCwnd = tcb.segmentSize();
            }
            case SIGNAL_RTO_ERROR -> state.restore();
            default -> {}
        }
    }

    /** Multiplicative decrease and fast convergence (RFC 9438 §4.6, §4.7); half on the first loss, where slow start overshot. */
    private static void reduce(final CubicState state, final TcpControlBlock tcb, final int window) {
        state.priorWindow = window;
        state.wMax = window < state.wMax ? CubicCurve.scaled(window, CubicCurve.FAST_CONVERGENCE) : window;
        final int reduced = state.congestionEvents == 0 ? window >> 1 : CubicCurve.scaled(window, CubicCurve.BETA);
        tcb.sndSsthresh = Math.max(reduced, 2 * tcb.segmentSize());
        state.congestionEvents++;
        state.inEpoch = false;
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
        state(tcb).inEpoch = false;
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        final CubicState state = state(tcb);
        state.wMax = Math.max(state.wMax, tcb.sndCwnd);
        state.inEpoch = false;
        state.hyStart.clear();
        Reno.afterIdle(tcb);
    }

    /** A connection that another congestion control had finds its state made by {@link #init}. */
    private static CubicState state(final TcpControlBlock tcb) {
        return (CubicState) tcb.ccPrivate;
    }
}
