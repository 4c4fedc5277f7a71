package joyride.core.tcp;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;

/**
 * NewReno (RFC 5681, RFC 6582, RFC 8511 with abe, RFC 9406 with hystartplusplus): the congestion control that cannot go away.
 */
public final class NewReno implements CongestionControl {
    /** Its name. */
    public static final String ALGORITHM = "newreno";

    @Override
    public String name() {
        return ALGORITHM;
    }

    @Override
    public void init(final TcpControlBlock tcb) {
        if (tcb.ccPrivate instanceof NewRenoState kept) {
            kept.clear();
        } else {
            tcb.ccPrivate = new NewRenoState();
        }
    }

    private static NewRenoState state(final TcpControlBlock tcb) {
        return (NewRenoState) tcb.ccPrivate;
    }

    @Override
    public int setOption(final TcpControlBlock tcb, final byte[] option) {
        return NewRenoState.set(tcb == null ? null : state(tcb), option);
    }

    @Override
    public int getOption(final TcpControlBlock tcb, final TcpTunables tunables, final byte[] option) {
        return NewRenoState.get(tcb == null ? null : state(tcb), option, tunables);
    }

    @Override
    public void destroy(final TcpControlBlock tcb) {}

    @Override
    public void connInit(final TcpControlBlock tcb) {}

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        // Its state is memory that a connection whose window does not limit it need not touch.
        if (Reno.mayGrow(tcb, type)) {
            Reno.ackReceived(tcb, type, state(tcb).hyStart);
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
        final TcpTunables tunables = tcb.host.tunables();
        final NewRenoState state = state(tcb);
        Reno.congestionSignal(tcb, signal, state.beta(tunables), state.betaEcn(tunables));
        if (signal != SIGNAL_RTO_ERROR) {
            state.hyStart.end();
        }
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        Reno.afterIdle(tcb);
        state(tcb).hyStart.clear();
    }
}
