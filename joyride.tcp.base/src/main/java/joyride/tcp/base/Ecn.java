package joyride.tcp.base;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;

/** Explicit congestion notification (RFC 3168), in the handshake also that of accurate feedback ({@link AccurateEcn}). */
public final class Ecn {
    static final int ECT1 = 1;
    static final int ECT0 = 2;
    static final int CONGESTION_EXPERIENCED = 3;

    private static final int CLASSIC = TcpFlags.CWR | TcpFlags.ECE;

    private Ecn() {}

    /** Flags of our SYN that ask for ECN; not again once that seems to get SYNs lost. */
    public static int request(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        if (tcb.rxtShift > tunables.ecnMaxRetries) {
            return 0;
        }
        return tunables.ecnEnable == 1 ? CLASSIC : tunables.ecnEnable == 3 ? TcpFlags.ECN : 0;
    }

    /** A SYN arrived that crossed ours. */
    public static void requested(final TcpControlBlock tcb, final TcpSegment segment) {
        final int enabled = tcb.host.tunables().ecnEnable;
        final int asked = segment.flags & TcpFlags.ECN;
        if (enabled >= 3 && asked == TcpFlags.ECN) {
            AccurateEcn.requested(tcb, segment);
        } else if (enabled != 0 && asked == CLASSIC) {
            classic(tcb);
        }
    }

    /** Flags of the SYN-ACK after SYNs crossed. */
    public static int answer(final TcpControlBlock tcb) {
        return tcb.is(TcpControlBlock.ACE_PERMIT)
                ? TcpFlags.ace(tcb.receivedCe)
                : tcb.is(TcpControlBlock.ECN_PERMIT) ? TcpFlags.ECE : 0;
    }

    /** A SYN-ACK arrived; the connection is established but for this. */
    public static void accepted(final TcpControlBlock tcb, final TcpSegment segment) {
        final int enabled = tcb.host.tunables().ecnEnable;
        final int answer = segment.flags & TcpFlags.ECN;
        if (enabled == 3 && answer != TcpFlags.ECE) {
            AccurateEcn.accepted(tcb, segment);
        } else if (answer == TcpFlags.ECE && (enabled == 1 || enabled == 3)) {
            classic(tcb);
        }
    }

    private static void classic(final TcpControlBlock tcb) {
        tcb.set(TcpControlBlock.ECN_PERMIT);
        tcb.host.count(TcpCounter.ECN_HANDSHAKE);
    }

    /** A segment of an ECN connection arrived. */
    public static void received(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.ccFlags &= ~(TcpControlBlock.CC_IPHDR_CE | TcpControlBlock.CC_TCPHDR_CWR | TcpControlBlock.CC_DATA);
        if (segment.length > 0) {
            tcb.ccFlags |= TcpControlBlock.CC_DATA;
        }
        if (segment.ecn == CONGESTION_EXPERIENCED) {
            tcb.host.count(TcpCounter.ECN_CE);
            tcb.ccFlags |= TcpControlBlock.CC_IPHDR_CE;
        } else if (segment.ecn == ECT0) {
            tcb.host.count(TcpCounter.ECN_ECT0);
        }
        if (tcb.is(TcpControlBlock.ACE_PERMIT)) {
            AccurateEcn.received(tcb, segment);
            return;
        }
        if ((segment.flags & TcpFlags.CWR) != 0) {
            tcb.clear(TcpControlBlock.ECN_SND_ECE);
            tcb.set(TcpControlBlock.ACKNOW);
            tcb.ccFlags |= TcpControlBlock.CC_TCPHDR_CWR;
        }
        if (segment.ecn == CONGESTION_EXPERIENCED) {
            tcb.set(TcpControlBlock.ECN_SND_ECE);
            tcb.receivedCe++;
        }
        tcb.cc.ecnPacket(tcb);
        if ((segment.flags & (TcpFlags.ECE | TcpFlags.SYN)) == TcpFlags.ECE) {
            tcb.sentCe++;
            Congestion.ecnEcho(tcb);
        }
    }

    /** Marks a segment: only new data is ECN-capable (RFC 3168 §6.1.5). @return flags to set */
    public static int mark(final TcpControlBlock tcb, final TcpOutput output, final boolean newData) {
        if (newData && tcb.is(TcpControlBlock.ECN_PERMIT)) {
            output.ecn = (tcb.ccFlags & TcpControlBlock.CC_ECT1) != 0 ? ECT1 : ECT0;
        }
        if (tcb.is(TcpControlBlock.ACE_PERMIT)) {
            return 0;
        }
        int flags = 0;
        if (newData && tcb.is(TcpControlBlock.ECN_SND_CWR)) {
            tcb.clear(TcpControlBlock.ECN_SND_CWR);
            flags |= TcpFlags.CWR;
        }
        if (tcb.is(TcpControlBlock.ECN_SND_ECE)) {
            flags |= TcpFlags.ECE;
        }
        return flags;
    }
}
