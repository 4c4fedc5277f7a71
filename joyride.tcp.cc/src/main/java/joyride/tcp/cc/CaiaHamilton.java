package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/**
 * CAIA Hamilton Delay (chd; Hayes and Armitage, "Improved coexistence and loss tolerance for delay based TCP congestion control", 2010): decides as
 * {@link HamiltonDelay} does, but once a round trip; losses while the queue is short do not shrink the window; and a shadow window, that of
 * a flow that had not backed off for delay, is taken up after a loss that is congestion.
 */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + CaiaHamilton.ALGORITHM)
public final class CaiaHamilton extends DelayBased<CaiaHamilton.State> {
    /** Its name. */
    public static final String ALGORITHM = "chd";

    /** Its state for a connection. */
    static final class State extends RoundTrips {
        /** Window without back-offs for delay, bytes; 0: there was none since the last loss. */
        int shadow;

        /** Largest round trip of the round before, µs. */
        int lastMost;

        @Override
        void clear() {
            super.clear();
            shadow = 0;
            lastMost = 0;
        }
    }

    /** For the framework. */
    public CaiaHamilton() {
        super(ALGORITHM, State.class);
    }

    @Override
    State fresh() {
        return new State();
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type != ACK) {
            return;
        }
        final State state = state(tcb);
        if (state.acknowledged(tcb)) {
            final TcpTunables tunables = tcb.host.tunables();
            state.lastMost = state.roundMost;
            if (state.shadow > 0) {
                state.shadow = (int) Math.min((long) state.shadow + tcb.segmentSize(), Integer.MAX_VALUE);
            }
            final int basis = tunables.chdUseMax != 0 ? state.roundMost : state.latest;
            final double probability = QueueDelay.probability(
                    basis - state.least,
                    state.most - state.least,
                    tunables.chdQmin,
                    tunables.chdQueueThreshold,
                    tunables.chdPmax);
            if (probability > 0 && !tcb.is(TcpControlBlock.RECOVERY) && hit(tcb, probability)) {
                if (tunables.chdLossFair != 0) {
                    state.shadow = Math.max(state.shadow, tcb.sndCwnd);
                }
                backOff(tcb, Reno.share(tcb, tcb.sndCwnd, 50));
                return;
            }
        }
        Reno.ackReceived(tcb, type);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final State state = state(tcb);
        if (signal == SIGNAL_DUPACKS && !tcb.is(TcpControlBlock.RECOVERY)) {
            final TcpTunables tunables = tcb.host.tunables();
            if (Math.max(state.lastMost, state.latest) - state.least > tunables.chdQueueThreshold * 1000) {
                final int window = tunables.chdLossFair != 0 ? Math.max(tcb.sndCwnd, state.shadow) : tcb.sndCwnd;
                tcb.sndSsthresh = Reno.share(tcb, window, 50);
            } else {
                tcb.sndSsthresh = Math.max(tcb.sndCwnd, 2 * tcb.segmentSize());
            }
            state.shadow = 0;
            tcb.set(TcpControlBlock.RECOVERY);
            return;
        }
        Reno.congestionSignal(tcb, signal);
    }
}
