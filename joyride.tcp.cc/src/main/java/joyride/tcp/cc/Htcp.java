package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/**
 * H-TCP (draft-leith-tcp-htcp): Reno for the first second after congestion, then growth that rises with the square of the time since.
 */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + Htcp.ALGORITHM)
public final class Htcp extends DelayBased<Htcp.State> {
    /** Its name. */
    public static final String ALGORITHM = "htcp";

    /** Δ_L: so long after congestion it is as Reno, s (§3). */
    private static final double REGULAR = 1.0;

    private static final int LEAST_BETA = 128;
    private static final int LARGEST_BETA = 205;

    /** Round trip at which scaled growth is as unscaled, µs. */
    private static final double REFERENCE_RTT = 100_000;

    /** Its state for a connection. */
    static final class State extends RoundTrips {
        /** Last congestion, ms. */
        int congested;

        boolean begun;

        /** Factor of the last back-off, 1/256. */
        int beta;

        @Override
        void clear() {
            super.clear();
            congested = 0;
            begun = false;
            beta = LEAST_BETA;
        }
    }

    /** For the framework. */
    public Htcp() {
        super(ALGORITHM, State.class);
    }

    @Override
    State fresh() {
        return new State();
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        final State state = state(tcb);
        if (type == ACK) {
            state.acknowledged(tcb);
        }
        if (!state.begun) {
            state.begun = true;
            state.congested = (int) tcb.host.now();
        }
        if (!Reno.mayGrow(tcb, type) || tcb.sndCwnd <= tcb.sndSsthresh) {
            Reno.ackReceived(tcb, type);
            return;
        }
        final double seconds = ((int) tcb.host.now() - state.congested) / 1000.0;
        final boolean scaled = tcb.host.tunables().htcpRttScaling != 0 && state.most > 0;
        final double segments = alpha(seconds, state.beta / 256.0, scaled ? state.least : 0);
        Reno.grow(tcb, Reno.avoidance(tcb, (int) (segments * tcb.segmentSize())));
    }

    /**
     * Segments that a window grows in a round trip (§3).
     *
     * @param seconds Δ, since the last congestion
     * @param beta factor of that back-off
     * @param rtt least round trip, µs, for growth in time; 0: growth in round trips
     */
    static double alpha(final double seconds, final double beta, final int rtt) {
        double alpha = 1;
        if (seconds > REGULAR) {
            final double high = seconds - REGULAR;
            alpha = 1 + 10 * high + high * high / 4;
            if (rtt > 0) {
                alpha = Math.max(alpha * Math.max(0.1, Math.min(rtt / REFERENCE_RTT, 2)), 1);
            }
        }
        return Math.max(2 * (1 - beta) * alpha, 1);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final State state = state(tcb);
        switch (signal) {
            case SIGNAL_DUPACKS -> {
                if (!tcb.is(TcpControlBlock.FASTRECOVERY)) {
                    if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                        tcb.sndSsthresh = reduced(tcb, state);
                    }
                    tcb.set(TcpControlBlock.RECOVERY);
                }
            }
            case SIGNAL_ECN -> {
                if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                    Reno.reduce(tcb, reduced(tcb, state));
                    tcb.host.count(TcpCounter.ECN_RCWND);
                }
            }
            case SIGNAL_RTO -> {
                Reno.congestionSignal(tcb, signal);
                // Only the first of a row, or a long outage would look like a short one.
                if (tcb.rxtShift <= 1) {
                    restart(tcb, state);
                }
            }
            default -> {}
        }
    }

    private static int reduced(final TcpControlBlock tcb, final State state) {
        final TcpTunables tunables = tcb.host.tunables();
        state.beta = tunables.htcpAdaptiveBackoff != 0 && state.most > 0
                ? Math.max(LEAST_BETA, Math.min((int) (256L * state.least / state.most), LARGEST_BETA))
                : LEAST_BETA;
        restart(tcb, state);
        return Math.max((int) ((long) tcb.sndCwnd * state.beta >> 8), 2 * tcb.segmentSize());
    }

    private static void restart(final TcpControlBlock tcb, final State state) {
        state.congested = (int) tcb.host.now();
        if (state.most > 0) {
            // The largest round trip fades, so that one of long ago does not rule for ever.
            state.most = (int) (state.least + (long) (state.most - state.least) * 95 / 100);
        }
    }
}
