package joyride.api.tcp;

/**
 * NewReno's arithmetic (RFC 5681, RFC 6582, RFC 3465): the library that core's NewReno is and other congestion controls lean on.
 */
public final class Reno {
    private Reno() {}

    /** Growth on an acknowledgement (RFC 5681 §3.1). */
    public static void ackReceived(final TcpControlBlock tcb, final int type) {
        ackReceived(tcb, type, null);
    }

    /** The same, with slow start ended by HyStart++. @param hyStart null: none */
    public static void ackReceived(final TcpControlBlock tcb, final int type, final HyStart hyStart) {
        if (!mayGrow(tcb, type)) {
            return;
        }
        if (tcb.sndCwnd <= tcb.sndSsthresh) {
            final int increment = slowStart(tcb);
            grow(tcb, hyStart == null ? increment : hyStart.acknowledged(tcb, increment));
        } else {
            grow(tcb, avoidance(tcb, tcb.segmentSize()));
        }
    }

    /** Whether an acknowledgement may let the window grow: of new data, out of recovery, with cwnd what limits sending. */
    public static boolean mayGrow(final TcpControlBlock tcb, final int type) {
        return type == CongestionControl.ACK
                && (tcb.flags & TcpControlBlock.RECOVERY) == 0
                && (tcb.ccFlags & TcpControlBlock.CC_CWND_LIMITED) != 0;
    }

    /** What slow start adds, bytes (RFC 3465 §2.2). */
    public static int slowStart(final TcpControlBlock tcb) {
        final int mss = tcb.segmentSize();
        final TcpTunables tunables = tcb.host.tunables();
        if (tunables.rfc3465 == 0) {
            return mss;
        }
        // After a timeout, while what was sent before it is acknowledged, one segment at a time (RFC 3465 §2.3).
        return Math.min(tcb.ccBytesThisAck, tcb.sndNxt == tcb.sndMax ? tcb.ccSegments * tunables.abcLVar * mss : mss);
    }

    /** What congestion avoidance adds, bytes, where it adds {@code perRound} for each window acknowledged. */
    public static int avoidance(final TcpControlBlock tcb, final int perRound) {
        if (tcb.host.tunables().rfc3465 == 0) {
            return Math.max((int) ((long) perRound * tcb.segmentSize() / tcb.sndCwnd), 1);
        }
        if ((tcb.ccFlags & TcpControlBlock.CC_ABC_SENTAWND) == 0) {
            return 0;
        }
        tcb.ccFlags &= ~TcpControlBlock.CC_ABC_SENTAWND;
        return perRound;
    }

    /** What NewReno does on a signal, with half as its factor. */
    public static void congestionSignal(final TcpControlBlock tcb, final int signal) {
        congestionSignal(tcb, signal, 50, 50);
    }

    /** The same. @param beta percent of the window that a loss leaves; {@code betaEcn}: that an ECN echo leaves */
    public static void congestionSignal(
            final TcpControlBlock tcb, final int signal, final int beta, final int betaEcn) {
        switch (signal) {
            case CongestionControl.SIGNAL_DUPACKS -> {
                if (!tcb.is(TcpControlBlock.FASTRECOVERY)) {
                    if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                        tcb.sndSsthresh = share(tcb, tcb.sndCwnd, beta);
                    } else if (betaEcn > beta && tcb.host.tunables().ccAbeFrLossReduce != 0) {
                        tcb.sndSsthresh =
                                Math.max((int) ((long) tcb.sndSsthresh * beta / betaEcn), 2 * tcb.segmentSize());
                    }
                    tcb.set(TcpControlBlock.RECOVERY);
                }
            }
            case CongestionControl.SIGNAL_ECN -> {
                if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
                    reduce(tcb, share(tcb, tcb.sndCwnd, betaEcn));
                    tcb.host.count(TcpCounter.ECN_RCWND);
                }
            }
            case CongestionControl.SIGNAL_RTO -> {
                final int mss = tcb.segmentSize();
                tcb.sndSsthresh = Math.max(2 * mss, Math.min(tcb.sndWnd, pipe(tcb)) >>> 1);
                tcb.sndCwnd = mss;
            }
            default -> {}
        }
    }

    /** A part of a window, at least two segments. */
    public static int share(final TcpControlBlock tcb, final int window, final int percent) {
        return Math.max((int) ((long) window * percent / 100), 2 * tcb.segmentSize());
    }

    /** The window falls to {@code window}, and stays there until what is outstanding is acknowledged. */
    public static void reduce(final TcpControlBlock tcb, final int window) {
        tcb.sndSsthresh = window;
        tcb.sndCwnd = window;
        tcb.set(TcpControlBlock.CONGRECOVERY);
    }

    /** Adds to cwnd, up to the largest window that can be. */
    public static void grow(final TcpControlBlock tcb, final int increment) {
        final long most = (long) TcpControlBlock.MAX_WINDOW << tcb.sndScale;
        tcb.sndCwnd = (int) Math.min((long) tcb.sndCwnd + increment, most);
    }

    /** After recovery: no burst (RFC 6582 §3.2 step 3, first alternative). */
    public static void postRecovery(final TcpControlBlock tcb, final int pipe) {
        if ((tcb.flags & TcpControlBlock.FASTRECOVERY) == 0) {
            return;
        }
        final int mss = tcb.segmentSize();
        tcb.sndCwnd = pipe < tcb.sndSsthresh ? Math.max(pipe, mss) + mss : tcb.sndSsthresh;
    }

    /** Restart window after idleness (RFC 5681 §4.1), remembering where it was in ssthresh. */
    public static void afterIdle(final TcpControlBlock tcb) {
        tcb.sndSsthresh = Math.max(tcb.sndSsthresh, tcb.sndCwnd - (tcb.sndCwnd >> 2));
        tcb.sndCwnd = Math.min(initialWindow(tcb), tcb.sndCwnd);
    }

    /** The initial window (RFC 6928, RFC 3390), bytes. */
    public static int initialWindow(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        final int mss = tcb.segmentSize();
        if (tunables.initCwndSegments > 0) {
            return Math.min(tunables.initCwndSegments * mss, Math.max(2 * mss, tunables.initCwndSegments * 1460));
        }
        return tunables.rfc3390 != 0 ? Math.min(4 * mss, Math.max(2 * mss, 4380)) : mss;
    }

    /** RFC 6675 §4, pipe: bytes taken to be in the network. */
    public static int pipe(final TcpControlBlock tcb) {
        final int flight = tcb.sndMax - tcb.sndUna;
        final SendMap map = tcb.sendMap;
        if (map != null) {
            return flight - map.sackedBytes - map.lostBytes;
        }
        final SackScoreboard sack = tcb.sack;
        return sack == null ? flight : flight - sack.sackedBytes - sack.lostBytes + sack.rexmitBytes;
    }
}
