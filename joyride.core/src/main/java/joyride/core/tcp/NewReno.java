package joyride.core.tcp;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;

/** NewReno (RFC 5681, RFC 6582, RFC 8511 with abe): the congestion control that cannot go away. */
public final class NewReno implements CongestionControl {
    /** Its name. */
    public static final String ALGORITHM = "newreno";

    @Override
    public String name() {
        return ALGORITHM;
    }

    @Override
    public void init(final TcpControlBlock tcb) {}

    @Override
    public void destroy(final TcpControlBlock tcb) {}

    @Override
    public void connInit(final TcpControlBlock tcb) {}

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        Reno.ackReceived(tcb, type);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final TcpTunables tunables = tcb.host.tunables();
        final int mss = tcb.segmentSize();
        switch (signal) {
            case SIGNAL_DUPACKS -> {
                if (!tcb.is(TcpControlBlock.FASTRECOVERY)) {
                    if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                        tcb.sndSsthresh = reduced(tcb.sndCwnd, tunables.ccNewrenoBeta, mss);
                    }
                    tcb.set(TcpControlBlock.RECOVERY);
                }
            }
            case SIGNAL_ECN -> {
                if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                    final int beta = tunables.ccAbe != 0 ? tunables.ccNewrenoBetaEcn : tunables.ccNewrenoBeta;
                    tcb.sndSsthresh = reduced(tcb.sndCwnd, beta, mss);
                    tcb.sndCwnd = tcb.sndSsthresh;
                    tcb.set(TcpControlBlock.CONGRECOVERY);
                    tcb.host.count(TcpCounter.ECN_RCWND);
                }
            }
            case SIGNAL_RTO -> {
                final int flight = Math.min(tcb.sndWnd, Reno.pipe(tcb));
                tcb.sndSsthresh = Math.max(2 * mss, flight >>> 1);
                tcb.sndCwnd = mss;
            }
            default -> {}
        }
    }

    private static int reduced(final int window, final int percent, final int mss) {
        return Math.max((int) ((long) window * percent / 100), 2 * mss);
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        Reno.afterIdle(tcb);
    }
}
