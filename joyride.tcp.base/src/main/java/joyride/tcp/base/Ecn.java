package joyride.tcp.base;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;

/** Explicit congestion notification (RFC 3168). */
public final class Ecn {
    private static final int ECT1 = 1;
    private static final int ECT0 = 2;
    private static final int CONGESTION_EXPERIENCED = 3;

    private Ecn() {}

    /** Flags of our SYN that ask for ECN; not again once that seems to get SYNs lost. */
    public static int request(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        return tunables.ecnEnable == 1 && tcb.rxtShift <= tunables.ecnMaxRetries ? TcpFlags.ECE | TcpFlags.CWR : 0;
    }

    /** A SYN arrived that crossed ours. */
    public static void requested(final TcpControlBlock tcb, final int flags) {
        final int asks = TcpFlags.ECE | TcpFlags.CWR;
        final int enabled = tcb.host.tunables().ecnEnable;
        if ((flags & asks) == asks && (enabled == 1 || enabled == 2)) {
            tcb.set(TcpControlBlock.ECN_PERMIT);
            tcb.host.count(TcpCounter.ECN_HANDSHAKE);
        }
    }

    /** A SYN-ACK arrived. */
    public static void accepted(final TcpControlBlock tcb, final int flags) {
        if ((flags & (TcpFlags.ECE | TcpFlags.CWR)) == TcpFlags.ECE && tcb.host.tunables().ecnEnable == 1) {
            tcb.set(TcpControlBlock.ECN_PERMIT);
            tcb.host.count(TcpCounter.ECN_HANDSHAKE);
        }
    }

    /** A segment of an ECN connection arrived. */
    public static void received(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.ccFlags &= ~(TcpControlBlock.CC_IPHDR_CE | TcpControlBlock.CC_TCPHDR_CWR | TcpControlBlock.CC_DATA);
        if (segment.length > 0) {
            tcb.ccFlags |= TcpControlBlock.CC_DATA;
        }
        if ((segment.flags & TcpFlags.CWR) != 0) {
            tcb.clear(TcpControlBlock.ECN_SND_ECE);
            tcb.set(TcpControlBlock.ACKNOW);
            tcb.ccFlags |= TcpControlBlock.CC_TCPHDR_CWR;
        }
        if (segment.ecn == CONGESTION_EXPERIENCED) {
            tcb.set(TcpControlBlock.ECN_SND_ECE);
            tcb.host.count(TcpCounter.ECN_CE);
            tcb.ccFlags |= TcpControlBlock.CC_IPHDR_CE;
        } else if (segment.ecn == ECT0) {
            tcb.host.count(TcpCounter.ECN_ECT0);
        }
        tcb.cc.ecnPacket(tcb);
        if ((segment.flags & (TcpFlags.ECE | TcpFlags.SYN)) == TcpFlags.ECE) {
            Congestion.ecnEcho(tcb);
        }
    }

    /** Marks a segment: only new data is ECN-capable (RFC 3168 §6.1.5). @return flags to set */
    public static int mark(final TcpControlBlock tcb, final TcpOutput output, final boolean newData) {
        int flags = 0;
        if (newData) {
            output.ecn = (tcb.ccFlags & TcpControlBlock.CC_ECT1) != 0 ? ECT1 : ECT0;
            if (tcb.is(TcpControlBlock.ECN_SND_CWR)) {
                tcb.clear(TcpControlBlock.ECN_SND_CWR);
                flags |= TcpFlags.CWR;
            }
        }
        if (tcb.is(TcpControlBlock.ECN_SND_ECE)) {
            flags |= TcpFlags.ECE;
        }
        return flags;
    }
}
