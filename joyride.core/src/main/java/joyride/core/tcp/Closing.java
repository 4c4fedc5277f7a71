package joyride.core.tcp;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;

/** What the program's shutdown and close do to a connection (RFC 9293 §3.10.4). */
final class Closing {
    private Closing() {}

    /** The program closed its socket. @param lingerZero SO_LINGER of 0 s: by RST */
    static void close(final TcpConnection c, final boolean lingerZero) {
        final boolean unread = c.receiveRing.produced() > c.receiveRing.consumed();
        c.programClosed = true;
        if (c.state < TcpState.ESTABLISHED && c.state != TcpState.SYN_RECEIVED) {
            c.instance.ends().finish(c, 0);
        } else if (lingerZero || unread) {
            // RFC 2525 §2.17: the peer must learn that its data was lost.
            c.instance.ends().drop(c, 0);
        } else {
            if (c.reassembly != null) {
                c.reassembly.clear();
            }
            closeSending(c);
        }
    }

    /** tcp_usrclosed: the FIN's place is fixed now, whatever the program writes later. */
    static void closeSending(final TcpConnection c) {
        if (!c.sendClosed) {
            c.refreshProduced();
            c.sendClosed = true;
        }
        switch (c.state) {
            case TcpState.SYN_SENT, TcpState.SYN_RECEIVED -> c.set(TcpControlBlock.NEEDFIN);
            case TcpState.ESTABLISHED -> c.state = TcpState.FIN_WAIT_1;
            case TcpState.CLOSE_WAIT -> c.state = TcpState.LAST_ACK;
            default -> {}
        }
        if (c.programClosed && c.state == TcpState.FIN_WAIT_2 && !c.timerActive(TcpTimer.MSL2)) {
            c.instance.host().timer(c, TcpTimer.MSL2, orphanWait(c));
        }
        c.instance.guard().output(c);
    }

    /** How long FIN_WAIT_2 lasts without a program. */
    private static long orphanWait(final TcpConnection c) {
        final TcpTunables tunables = c.instance.tunables();
        if (tunables.fastFinWait2Recycle != 0) {
            return tunables.finWait2Timeout;
        }
        final int count = c.times.keepCount > 0 ? c.times.keepCount : tunables.keepCnt;
        return (long) count * (c.times.keepInterval > 0 ? c.times.keepInterval : tunables.keepIntvl);
    }
}
