package joyride.api.tcp;

/**
 * NewReno's arithmetic (RFC 5681, RFC 6582, RFC 3465): the library that core's NewReno is and other congestion controls lean on.
 */
public final class Reno {
    private Reno() {}

    /** Growth on an acknowledgement (RFC 5681 §3.1). */
    public static void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type != CongestionControl.ACK
                || (tcb.flags & TcpControlBlock.RECOVERY) != 0
                || (tcb.ccFlags & TcpControlBlock.CC_CWND_LIMITED) == 0) {
            return;
        }
        final int window = tcb.sndCwnd;
        final int mss = tcb.segmentSize();
        int increment = mss;
        if (window > tcb.sndSsthresh) {
            if (tcb.host.tunables().rfc3465 != 0) {
                if ((tcb.ccFlags & TcpControlBlock.CC_ABC_SENTAWND) == 0) {
                    return;
                }
                tcb.ccFlags &= ~TcpControlBlock.CC_ABC_SENTAWND;
            } else {
                increment = Math.max((int) ((long) mss * mss / window), 1);
            }
        } else if (tcb.host.tunables().rfc3465 != 0) {
            // After a timeout, while what was sent before it is acknowledged, one segment at a time (RFC 3465 §2.3).
            increment = tcb.sndNxt == tcb.sndMax
                    ? Math.min(tcb.ccBytesThisAck, tcb.ccSegments * tcb.host.tunables().abcLVar * mss)
                    : Math.min(tcb.ccBytesThisAck, mss);
        }
        grow(tcb, increment);
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
        final SackScoreboard sack = tcb.sack;
        return sack == null ? flight : flight - sack.sackedBytes - sack.lostBytes + sack.rexmitBytes;
    }
}
