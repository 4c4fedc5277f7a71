package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/**
 * DCTCP (RFC 8257), for data centres whose switches mark early: backs off by how many bytes were marked, not by whether any was. Where
 * ECN was not agreed upon it is NewReno. Both ends must have it: the receiver's half tells the sender of each mark.
 */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + Dctcp.ALGORITHM)
public final class Dctcp implements CongestionControl {
    /** Its name. */
    public static final String ALGORITHM = "dctcp";

    private static final int SHIFT = 10;
    private static final int ONE = 1 << SHIFT;

    /** Its state for a connection. */
    static final class State {
        /** Average share of bytes marked, 1/1024: DCTCP.Alpha. */
        int alpha;

        /** Where the observation window ends: DCTCP.WindowEnd. */
        int windowEnd;

        boolean begun;

        /** Bytes acknowledged in it, and those of them by acknowledgements with ECE. */
        long acknowledged;

        long marked;

        /** The acknowledgement in hand has ECE. */
        boolean echo;

        /** The last data that arrived was marked: DCTCP.CE, receiver's half. */
        boolean congestionExperienced;
    }

    @Override
    public String name() {
        return ALGORITHM;
    }

    @Override
    public void init(final TcpControlBlock tcb) {
        final State state;
        if (tcb.ccPrivate instanceof State kept) {
            state = kept;
        } else {
            state = new State();
            tcb.ccPrivate = state;
        }
        final TcpTunables tunables = tcb.host.tunables();
        state.alpha = tunables.dctcpAlpha;
        state.begun = false;
        state.windowEnd = 0;
        state.acknowledged = 0;
        state.marked = 0;
        state.echo = false;
        state.congestionExperienced = tcb.is(TcpControlBlock.ECN_SND_ECE);
        if (tunables.dctcpEct1 != 0) {
            tcb.ccFlags |= TcpControlBlock.CC_ECT1;
        }
    }

    @Override
    public void destroy(final TcpControlBlock tcb) {
        tcb.ccFlags &= ~TcpControlBlock.CC_ECT1;
    }

    @Override
    public void connInit(final TcpControlBlock tcb) {
        state(tcb).windowEnd = tcb.sndMax;
        state(tcb).begun = true;
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type == ACK && tcb.is(TcpControlBlock.ECN_PERMIT)) {
            observe(tcb, state(tcb));
        }
        Reno.ackReceived(tcb, type);
    }

    /** RFC 8257 §3.3, steps 1 to 8. */
    private static void observe(final TcpControlBlock tcb, final State state) {
        if (!state.begun) {
            state.begun = true;
            state.windowEnd = tcb.sndMax;
        }
        state.acknowledged += tcb.ccBytesThisAck;
        if (state.echo) {
            state.marked += tcb.ccBytesThisAck;
        }
        if (Seq.leq(tcb.sndUna + tcb.ccBytesThisAck, state.windowEnd)) {
            return;
        }
        if (state.acknowledged > 0) {
            state.alpha = average(state.alpha, state.marked, state.acknowledged, tcb.host.tunables().dctcpShiftG);
        }
        state.windowEnd = tcb.sndMax;
        state.acknowledged = 0;
        state.marked = 0;
    }

    /** α ← (1 - g) α + g F, in 1/1024, g = 1/2^shift; never stuck above 0 by rounding. */
    static int average(final int alpha, final long marked, final long acknowledged, final int shift) {
        final int old = alpha > 0 ? Math.max(alpha >> shift, 1) : 0;
        final int news = (int) ((marked << SHIFT - shift) / acknowledged);
        // A decay that rounding made too large must not pull a steady share down.
        return Math.min(alpha - (news > 0 ? alpha >> shift : old) + news, ONE);
    }

    @Override
    public void congestionSignal(final TcpControlBlock tcb, final int signal) {
        final State state = state(tcb);
        if (signal != SIGNAL_ECN) {
            // Loss is as grave as for anybody (§3.4).
            Reno.congestionSignal(tcb, signal);
            return;
        }
        state.echo = true;
        if (!tcb.is(TcpControlBlock.CONGRECOVERY)) {
            final boolean slowStart = tcb.sndCwnd < tcb.sndSsthresh;
            final int alpha = slowStart && tcb.host.tunables().dctcpSlowStart != 0 ? ONE : state.alpha;
            Reno.reduce(tcb, reduced(tcb, alpha));
            tcb.host.count(TcpCounter.ECN_RCWND);
        }
    }

    /** cwnd × (1 - α / 2) (§3.3 step 9). */
    private static int reduced(final TcpControlBlock tcb, final int alpha) {
        final int less = (int) ((long) tcb.sndCwnd * alpha >> SHIFT + 1);
        return Math.max(tcb.sndCwnd - less, 2 * tcb.segmentSize());
    }

    /** The receiver's half (§3.2): ECE says of each byte whether it was marked, and is said at once where that changes. */
    @Override
    public void ecnPacket(final TcpControlBlock tcb) {
        final State state = state(tcb);
        state.echo = false;
        if ((tcb.ccFlags & TcpControlBlock.CC_DATA) != 0) {
            final boolean marked = (tcb.ccFlags & TcpControlBlock.CC_IPHDR_CE) != 0;
            if (marked != state.congestionExperienced) {
                state.congestionExperienced = marked;
                tcb.set(TcpControlBlock.ACKNOW);
            }
        }
        if (state.congestionExperienced) {
            tcb.set(TcpControlBlock.ECN_SND_ECE);
        } else {
            tcb.clear(TcpControlBlock.ECN_SND_ECE);
        }
    }

    @Override
    public void postRecovery(final TcpControlBlock tcb) {
        Reno.postRecovery(tcb, Reno.pipe(tcb));
    }

    @Override
    public void afterIdle(final TcpControlBlock tcb) {
        Reno.afterIdle(tcb);
        state(tcb).begun = false; // what was seen before says nothing of now: a new observation window
        state(tcb).acknowledged = 0;
        state(tcb).marked = 0;
    }

    static State state(final TcpControlBlock tcb) {
        return (State) tcb.ccPrivate;
    }
}
