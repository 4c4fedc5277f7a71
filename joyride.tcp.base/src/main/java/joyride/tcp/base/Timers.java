package joyride.tcp.base;

import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;

/** What happens when a deadline passes, and how the next is set (RFC 6298 §5, RFC 9293 §3.8). */
public final class Timers {
    /** Multipliers of the timeout by timeouts in a row; the doubling ends at 512. */
    private static final int[] BACKOFF = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512, 512};

    private static final int MAX_SHIFT = 12;

    /** Sum of {@link #BACKOFF}. */
    private static final int TOTAL_BACKOFF = 2559;

    /** How long, ms, a peer with a closed window may be silent once our side is done: FreeBSD's TCPTV_PERSMAX, whatever the variant's persist interval. */
    private static final int LONGEST_SILENCE = 60_000;

    /** From so many timeouts in a row on the RTT estimate is given up. */
    private static final int INVALIDATE_SHIFT = 3;

    private Timers() {}

    public static void expired(final BaseTcp tcp, final TcpControlBlock tcb, final int which) {
        switch (which) {
            case TcpTimer.REXMT -> retransmit(tcp, tcb);
            case TcpTimer.PERSIST -> persist(tcp, tcb);
            case TcpTimer.KEEP -> keepAlive(tcb);
            case TcpTimer.MSL2 -> finWait2(tcb);
            case TcpTimer.DELACK -> {
                tcb.host.count(TcpCounter.DELACK);
                tcb.clear(TcpControlBlock.DELACK);
                tcb.set(TcpControlBlock.ACKNOW);
                tcp.output(tcb);
            }
            default -> throw new IllegalArgumentException("timer " + which);
        }
    }

    public static void startRetransmit(final TcpControlBlock tcb) {
        tcb.host.timer(tcb, TcpTimer.REXMT, tcb.rxtCur);
    }

    public static void stop(final TcpControlBlock tcb, final int which) {
        if (tcb.timerActive(which)) {
            tcb.host.timer(tcb, which, 0);
        }
    }

    private static void retransmit(final BaseTcp tcp, final TcpControlBlock tcb) {
        if (tcp.tookTimer(tcb)) {
            return;
        }
        final TcpHost host = tcb.host;
        final TcpTunables tunables = host.tunables();
        final int now = (int) host.now();
        tcb.rxtShift++;
        if (tcb.rxtShift > tunables.retries || unacknowledgedTooLong(tcb, now)) {
            host.count(TcpCounter.TIMEOUTDROP);
            host.drop(tcb, tcb.softError != 0 ? tcb.softError : Errno.ETIMEDOUT);
            return;
        }
        host.count(TcpCounter.REXMTTIMEO);
        final boolean opening = !TcpState.haveEstablished(tcb.state);
        if (opening) {
            // Tells that the window is to start at one segment (RFC 6928 §2).
            tcb.sndCwnd = 1;
            if (tcb.is(TcpControlBlock.FASTOPEN)) {
                FastOpen.lost(tcb);
            }
            if (tunables.rexmitDropOptions != 0 && tcb.rxtShift == 3 && tcb.state == TcpState.SYN_SENT) {
                tcb.clear(TcpControlBlock.REQ_SCALE | TcpControlBlock.REQ_TSTMP | TcpControlBlock.SACK_PERMIT);
            }
        } else if (tcb.rxtShift == 1) {
            Congestion.remember(tcb);
            // With timestamps: an echo older than the retransmission. Without: an answer faster than half a round trip.
            tcb.badRxtWin = Segments.timestamps(tcb) ? now : now + RttEstimator.halfSmoothed(tcb);
        } else {
            tcb.clear(TcpControlBlock.PREVVALID);
        }
        final int shift = Math.min(tcb.rxtShift, MAX_SHIFT);
        final long value = (long) (opening ? tunables.rexmitInitial : RttEstimator.computed(tcb)) * BACKOFF[shift];
        tcb.rxtCur = RttEstimator.bounded(value, RttEstimator.least(tcb), tcp.rexmitMax(tcb), tunables.rexmitSlop);
        if (tcb.rxtShift > INVALIDATE_SHIFT) {
            RttEstimator.invalidate(tcb);
        }
        tcb.rttTime = 0;
        if (opening) {
            if (tcb.state == TcpState.SYN_RECEIVED && Seq.gt(tcb.sndMax, tcb.iss + 1)) {
                // What followed the SYN-ACK of a Fast Open goes again, too, once the handshake is complete.
                tcp.resend(tcb);
            }
            tcb.sndNxt = tcb.sndUna;
            startRetransmit(tcb);
        } else {
            tcp.resend(tcb);
            tcb.set(TcpControlBlock.ACKNOW);
            Congestion.timeout(tcb);
            BlackHole.timeout(tcb);
            tcb.sndRecover = tcb.sndMax;
        }
        tcp.output(tcb);
    }

    /** TCP_MAXUNACKTIME and net.inet.tcp.maxunacktime. */
    private static boolean unacknowledgedTooLong(final TcpControlBlock tcb, final int now) {
        final long limit =
                tcb.times.maxUnackTime >= 0 ? tcb.times.maxUnackTime : 1000L * tcb.host.tunables().maxUnackTime;
        return limit > 0 && TcpState.haveEstablished(tcb.state) && (now - tcb.ackTime & 0xffff_ffffL) >= limit;
    }

    /** Enters, or goes on in, the persist state. */
    public static void startPersist(final BaseTcp tcp, final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        if (tcb.rxtShift == 0) {
            tcb.host.count(TcpCounter.PERSISTS);
        }
        final long value = (long) RttEstimator.persist(tcb) * BACKOFF[Math.min(tcb.rxtShift, MAX_SHIFT)];
        tcb.host.timer(
                tcb,
                TcpTimer.PERSIST,
                RttEstimator.bounded(value, tcp.persMin(tcb), tcp.persMax(tcb), tunables.rexmitSlop));
        if (tcb.rxtShift < MAX_SHIFT) {
            tcb.rxtShift++;
        }
    }

    private static void persist(final BaseTcp tcp, final TcpControlBlock tcb) {
        final TcpHost host = tcb.host;
        final int now = (int) host.now();
        final int silent = now - tcb.rcvTime;
        host.count(TcpCounter.PERSISTTIMEO);
        final boolean exhausted = tcb.rxtShift >= MAX_SHIFT
                && (silent >= keepIdle(tcb) || silent >= (long) RttEstimator.computed(tcb) * TOTAL_BACKOFF);
        final boolean orphan = tcb.state > TcpState.CLOSE_WAIT && silent >= LONGEST_SILENCE;
        if (exhausted || orphan || unacknowledgedTooLong(tcb, now)) {
            host.count(TcpCounter.PERSISTDROP);
            host.drop(tcb, Errno.ETIMEDOUT);
            return;
        }
        startPersist(tcp, tcb);
        tcb.set(TcpControlBlock.FORCEDATA);
        tcp.output(tcb);
        tcb.clear(TcpControlBlock.FORCEDATA);
    }

    private static void keepAlive(final TcpControlBlock tcb) {
        final TcpHost host = tcb.host;
        host.count(TcpCounter.KEEPTIMEO);
        if (!TcpState.haveEstablished(tcb.state)) {
            host.count(TcpCounter.KEEPDROPS);
            host.drop(tcb, tcb.softError != 0 ? tcb.softError : Errno.ETIMEDOUT);
            return;
        }
        final int silent = (int) host.now() - tcb.rcvTime;
        final boolean wanted = host.tunables().alwaysKeepalive != 0 || tcb.is(TcpControlBlock.KEEPALIVE);
        final long idle = keepIdle(tcb);
        if (!wanted || tcb.state > TcpState.CLOSING) {
            host.timer(tcb, TcpTimer.KEEP, idle);
        } else if (silent < idle) {
            host.timer(tcb, TcpTimer.KEEP, idle - silent);
        } else if (silent >= idle + (long) keepCnt(tcb) * keepIntvl(tcb)) {
            host.count(TcpCounter.KEEPDROPS);
            host.drop(tcb, Errno.ETIMEDOUT);
        } else {
            host.count(TcpCounter.KEEPPROBE);
            host.timer(tcb, TcpTimer.KEEP, keepIntvl(tcb));
            Segments.plainAck(tcb, tcb.sndUna - 1);
        }
    }

    /** An orphan in FIN_WAIT_2 ends when its peer has been silent long enough. */
    private static void finWait2(final TcpControlBlock tcb) {
        final TcpHost host = tcb.host;
        final long limit = (long) keepCnt(tcb) * keepIntvl(tcb);
        final boolean fast = host.tunables().fastFinWait2Recycle != 0 && tcb.programClosed;
        if (tcb.state == TcpState.FIN_WAIT_2 && !fast && (int) host.now() - tcb.rcvTime < limit) {
            host.timer(tcb, TcpTimer.MSL2, keepIntvl(tcb));
            return;
        }
        host.count(TcpCounter.FINWAIT2_DROPS);
        host.close(tcb, 0);
    }

    /** FIN_WAIT_2 was reached, or the program closed in it. */
    public static void startFinWait2(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        final long limit = (long) keepCnt(tcb) * keepIntvl(tcb);
        tcb.host.timer(
                tcb,
                TcpTimer.MSL2,
                tunables.fastFinWait2Recycle != 0 ? Math.min(tunables.finWait2Timeout, limit) : limit);
    }

    public static int keepInit(final TcpControlBlock tcb) {
        return tcb.times.keepInit > 0 ? tcb.times.keepInit : tcb.host.tunables().keepInit;
    }

    public static int keepIdle(final TcpControlBlock tcb) {
        return tcb.times.keepIdle > 0 ? tcb.times.keepIdle : tcb.host.tunables().keepIdle;
    }

    public static int keepIntvl(final TcpControlBlock tcb) {
        return tcb.times.keepInterval > 0 ? tcb.times.keepInterval : tcb.host.tunables().keepIntvl;
    }

    public static int keepCnt(final TcpControlBlock tcb) {
        return tcb.times.keepCount > 0 ? tcb.times.keepCount : tcb.host.tunables().keepCnt;
    }
}
