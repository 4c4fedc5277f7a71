package joyride.tcp.freebsd;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;

/** NewReno without frills. */
final class PlainReno implements CongestionControl {
    @Override
    public String name() {
        return "plain";
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
        final int mss = tcb.segmentSize();
        if (signal == SIGNAL_DUPACKS && !tcb.is(TcpControlBlock.FASTRECOVERY)) {
            tcb.sndSsthresh = Math.max(tcb.sndCwnd / 2, 2 * mss);
            tcb.set(TcpControlBlock.RECOVERY);
        } else if (signal == SIGNAL_RTO) {
            tcb.sndSsthresh = Math.max(Math.min(tcb.sndWnd, tcb.sndMax - tcb.sndUna) / 2, 2 * mss);
            tcb.sndCwnd = mss;
        } else if (signal == SIGNAL_ECN && !tcb.is(TcpControlBlock.CONGRECOVERY)) {
            tcb.sndSsthresh = Math.max(tcb.sndCwnd / 2, 2 * mss);
            tcb.sndCwnd = tcb.sndSsthresh;
            tcb.set(TcpControlBlock.CONGRECOVERY);
        }
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
