package joyride.tcp.base;

import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Options that take effect at once; what they set lies in the control block already. */
public final class Options {
    private Options() {}

    /** @return 0, there is nothing to refuse */
    public static int changed(
            final BaseTcp tcp, final TcpControlBlock tcb, final SocketOption option, final long value) {
        switch (option) {
            case TCP_NODELAY -> {
                if (value != 0) {
                    tcp.output(tcb);
                }
            }
            case TCP_NOPUSH -> {
                if (value == 0) {
                    tcp.output(tcb);
                }
            }
            case TCP_QUICKACK -> acknowledgeWaiting(tcp, tcb, value);
            case TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, SO_KEEPALIVE -> restartKeepAlive(tcb);
            default -> {}
        }
        return 0;
    }

    private static void acknowledgeWaiting(final BaseTcp tcp, final TcpControlBlock tcb, final long value) {
        if (value != 0 && tcb.timerActive(TcpTimer.DELACK)) {
            tcb.set(TcpControlBlock.ACKNOW);
            tcp.output(tcb);
        }
    }

    private static void restartKeepAlive(final TcpControlBlock tcb) {
        if (TcpState.haveEstablished(tcb.state)) {
            tcb.host.timer(tcb, TcpTimer.KEEP, Timers.keepIdle(tcb));
        }
    }
}
