package joyride.core.tcp;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.HyStart;
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
        if (tcb.ccPrivate instanceof HyStart kept) {
            kept.clear();
        } else {
            tcb.ccPrivate = new HyStart();
        }
    }

    @Override
    public void destroy(final TcpControlBlock tcb) {}

    @Override
    public void connInit(final TcpControlBlock tcb) {}

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        Reno.ackReceived(tcb, type, (HyStart) tcb.ccPrivate);
    }

    @Override
    public void rttSample(final TcpControlBlock tcb, final int micros) {
        ((HyStart) tcb.ccPrivate).sample(micros);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final TcpTunables tunables = tcb.host.tunables();
        final int beta = tunables.ccNewrenoBeta;
        Reno.congestionSignal(tcb, signal, beta, tunables.ccAbe != 0 ? tunables.ccNewrenoBetaEcn : beta);
        if (signal != SIGNAL_RTO_ERROR) {
            ((HyStart) tcb.ccPrivate).end();
        }
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        Reno.afterIdle(tcb);
        ((HyStart) tcb.ccPrivate).clear();
    }
}
