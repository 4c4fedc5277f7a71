package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/**
 * Vegas (Brakmo and Peterson, "TCP Vegas: end to end congestion avoidance on a global internet", 1995): keeps a few segments in the queue, told by
 * how far the rate falls short of window / least round trip.
 */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + Vegas.ALGORITHM)
public final class Vegas extends DelayBased<Vegas.State> {
    /** Its name. */
    public static final String ALGORITHM = "vegas";

    /** Its state for a connection. */
    static final class State extends RoundTrips {
        /** Slow start grows in every other round only, so that the ones between can be compared. */
        boolean growing;

        @Override
        void clear() {
            super.clear();
            growing = true;
        }
    }

    /** For the framework. */
    public Vegas() {
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
        if (state.acknowledged(tcb) && Reno.mayGrow(tcb, type)) {
            compare(tcb, state);
        }
        if (state.growing && tcb.sndCwnd <= tcb.sndSsthresh) {
            Reno.ackReceived(tcb, type);
        }
    }

    /** Once a round: expected rate less actual rate, as segments queued. */
    private static void compare(final TcpControlBlock tcb, final State state) {
        final TcpTunables tunables = tcb.host.tunables();
        final int mss = tcb.segmentSize();
        // (window / least - bytes / rtt) * least / mss; the rtt is the round's least, which no delayed acknowledgement
        // is in
        final double queued = (state.roundWindow - (double) state.roundBytes * state.least / state.roundLeast) / mss;
        final boolean slowStart = tcb.sndCwnd <= tcb.sndSsthresh;
        if (queued < tunables.vegasAlpha) {
            if (slowStart) {
                state.growing = !state.growing;
            } else {
                Reno.grow(tcb, mss);
            }
        } else if (queued > tunables.vegasBeta) {
            tcb.sndCwnd = Math.max(tcb.sndCwnd - mss, 2 * mss);
            tcb.sndSsthresh = Math.min(tcb.sndSsthresh, tcb.sndCwnd - 1);
            state.growing = false;
        } else if (slowStart) {
            state.growing = false;
        }
    }
}
