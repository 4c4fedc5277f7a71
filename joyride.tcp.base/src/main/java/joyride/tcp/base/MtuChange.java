package joyride.tcp.base;

import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;

/** The path takes only smaller packets than before (RFC 1191, RFC 8201). */
public final class MtuChange {
    private static final int IPV4_HEADERS = 40;
    private static final int IPV6_HEADERS = 60;

    private MtuChange() {}

    /** Lowers the segment size and sends again what was too large. */
    public static void apply(final BaseTcp tcp, final TcpControlBlock tcb, final int mtu) {
        if (!lower(tcb, mtu) || !TcpState.haveEstablished(tcb.state)) {
            return;
        }
        tcp.resend(tcb);
        tcb.rttTime = 0;
        // Not a sign of congestion: cwnd stays.
        tcb.clear(TcpControlBlock.FASTRECOVERY);
        tcb.sndRecover = tcb.sndMax;
        tcp.output(tcb);
    }

    /** @return whether segments have become smaller */
    public static boolean lower(final TcpControlBlock tcb, final int mtu) {
        final int headers = IpAddress.isV4(tcb.localHigh, tcb.localLow) ? IPV4_HEADERS : IPV6_HEADERS;
        final int size = Math.max(mtu - headers, 64);
        if (size >= tcb.maxSeg) {
            return false;
        }
        tcb.maxSeg = size;
        return true;
    }
}
