package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/**
 * CAIA Delay-Gradient (cdg; Hayes and Armitage, "Revisiting TCP congestion control using delay gradients", 2011): once a round trip it may back
 * off, with probability 1 - exp(-g / G) where g is by how much round trips have been getting longer. Back-offs that are in vain are taken for
 * rivals who heed losses only, and stop for a while; a loss counts as congestion only where the queue looks full.
 */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + DelayGradient.ALGORITHM)
public final class DelayGradient extends DelayBased<DelayGradientState> {
    /** Its name. */
    public static final String ALGORITHM = "cdg";

    /** For the framework. */
    public DelayGradient() {
        super(ALGORITHM, DelayGradientState.class);
    }

    @Override
    DelayGradientState fresh() {
        return new DelayGradientState();
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type != ACK) {
            return;
        }
        final DelayGradientState state = state(tcb);
        final boolean round = state.acknowledged(tcb);
        if (round) {
            state.round(tcb.host.tunables().cdgSmoothingFactor);
            if (!tcb.is(TcpControlBlock.RECOVERY) && backsOff(tcb, state)) {
                state.shadow = Math.max(state.shadow, tcb.sndCwnd);
                state.rounds = 0;
                backOff(tcb, Reno.share(tcb, tcb.sndCwnd, tcb.host.tunables().cdgBetaDelay));
                return;
            }
        }
        if (!Reno.mayGrow(tcb, type)) {
            return;
        }
        if (tcb.sndCwnd <= tcb.sndSsthresh) {
            Reno.grow(tcb, Reno.slowStart(tcb));
        } else if (round) {
            final int inc = tcb.host.tunables().cdgAlphaInc;
            state.rounds++;
            final int growth = tcb.segmentSize() * (inc == 0 ? 1 : 1 + state.rounds / inc);
            Reno.grow(tcb, growth);
            if (state.shadow > 0) {
                state.shadow = (int) Math.min((long) state.shadow + growth, Integer.MAX_VALUE);
            }
        }
    }

    /** Whether this round backs off: never right after another, for which it takes a round trip to show. */
    private static boolean backsOff(final TcpControlBlock tcb, final DelayGradientState state) {
        final TcpTunables tunables = tcb.host.tunables();
        final boolean slowStart = tcb.sndCwnd <= tcb.sndSsthresh;
        // In slow start an average comes too late.
        final double gradient = slowStart
                ? Math.max(state.gradientLeast, state.gradientMost)
                : Math.max(state.smoothLeast, state.smoothMost);
        if (gradient <= 0) {
            state.inVain = 0;
            state.hold = 0;
            return false;
        }
        if (state.rest) {
            state.rest = false;
            return false;
        }
        if (!hit(tcb, DelayGradientState.probability(gradient, tunables.cdgExpBackoffScale))) {
            return false;
        }
        if (state.hold > 0) {
            state.hold--;
            return false;
        }
        if (tunables.cdgConsecCong > 0 && state.inVain >= tunables.cdgConsecCong) {
            state.inVain = 0;
            state.hold = Math.max(tunables.cdgHoldBackoff - 1, 0);
            return false;
        }
        state.inVain++;
        state.rest = true;
        return true;
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final DelayGradientState state = state(tcb);
        final TcpTunables tunables = tcb.host.tunables();
        if (signal == SIGNAL_DUPACKS && !tcb.is(TcpControlBlock.RECOVERY)) {
            tcb.sndSsthresh = state.queueMayBeFull()
                    ? Reno.share(tcb, Math.max(tcb.sndCwnd, state.shadow), tunables.cdgBetaLoss)
                    : Math.max(tcb.sndCwnd, 2 * tcb.segmentSize());
            state.shadow = 0;
            state.rounds = 0;
            tcb.set(TcpControlBlock.RECOVERY);
            return;
        }
        Reno.congestionSignal(tcb, signal, tunables.cdgBetaLoss, tunables.cdgBetaLoss);
    }
}
