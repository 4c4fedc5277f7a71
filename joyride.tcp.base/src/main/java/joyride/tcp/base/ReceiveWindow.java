package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpState;

/** The window that we offer: how large, and when it is worth a segment of its own (RFC 9293 §3.8.6.2.2). */
public final class ReceiveWindow {
    private ReceiveWindow() {}

    /** Free space, as far as the window field can say it. */
    public static int space(final TcpControlBlock tcb) {
        return Math.min(tcb.host.receiveSpace(tcb), TcpControlBlock.MAX_WINDOW << tcb.rcvScale);
    }

    /** What was advertised and is not used up. */
    public static int advertised(final TcpControlBlock tcb) {
        return Math.max(tcb.rcvAdv - tcb.rcvNxt, 0);
    }

    /** Brings {@code rcvWnd} up to date: what arrives is held against it. */
    public static void refresh(final TcpControlBlock tcb) {
        // The peer's FIN takes a number, but no room.
        final int fin = TcpState.haveReceivedFin(tcb.state) ? 1 : 0;
        tcb.rcvWnd = Math.max(Math.max(tcb.host.receiveSpace(tcb), 0) + fin, advertised(tcb));
    }

    /** What to advertise now, bytes: no silly window, and never less than before. */
    public static int offer(final TcpControlBlock tcb, final int space) {
        final int useful =
                space < tcb.rcvHiwat / 4 && space < tcb.maxSeg && space < tcb.host.receiveBuffer(tcb) / 4 ? 0 : space;
        return Math.min(Math.max(useful, advertised(tcb)), TcpControlBlock.MAX_WINDOW << tcb.rcvScale);
    }

    /** The window field for {@code offer} bytes: rounded down where memory did not reach to the next unit. */
    public static int field(final TcpControlBlock tcb, final int offer) {
        return Math.min(offer >>> tcb.rcvScale, TcpControlBlock.MAX_WINDOW);
    }

    /** Whether the window grew so much that the peer should hear of it at once. */
    public static boolean updateDue(final TcpControlBlock tcb, final int space, final int segmentSize) {
        if (space <= 0 || tcb.is(TcpControlBlock.DELACK) || TcpState.haveReceivedFin(tcb.state)) {
            return false;
        }
        final int old = advertised(tcb);
        final int gain = space - old;
        if (gain <= 0 || old >> tcb.rcvScale >= space >> tcb.rcvScale) {
            return false;
        }
        if (gain >= 2 * segmentSize
                && (gain >= tcb.rcvHiwat / 4
                        || space <= tcb.rcvHiwat / 8
                        || tcb.rcvHiwat <= 8 * segmentSize
                        || gain >= TcpControlBlock.MAX_WINDOW << tcb.rcvScale)) {
            return true;
        }
        // Where memory is short the whole buffer may be less than a segment.
        return 2 * gain >= tcb.rcvHiwat || old < segmentSize && 2 * gain >= tcb.host.receiveBuffer(tcb);
    }

    /** {@code offer} bytes were advertised. */
    public static void sent(final TcpControlBlock tcb, final int offer) {
        final int edge = tcb.rcvNxt + offer;
        if (Seq.gt(edge, tcb.rcvAdv)) {
            tcb.rcvAdv = edge;
        }
        if (field(tcb, offer) == 0) {
            if (!tcb.is(TcpControlBlock.RXWIN0SENT)) {
                tcb.zeroWindows++;
            }
            tcb.set(TcpControlBlock.RXWIN0SENT);
        } else {
            tcb.clear(TcpControlBlock.RXWIN0SENT);
        }
    }
}
