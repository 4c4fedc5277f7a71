package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;

/**
 * Urgent data (RFC 9293 §3.8.5) as everybody has it (RFC 6093 §3.1): the pointer is to the byte after the urgent one, of which there is one, the
 * last that was marked.
 */
final class Urgent {
    private static final int MOST = 65535;

    private Urgent() {}

    /** Whether the peer is to hear of it at once, by a segment without data if need be: whatever the window says (RFC 1122 §4.2.2.4). */
    static boolean due(final TcpControlBlock tcb) {
        return tcb.is(TcpControlBlock.URGENT);
    }

    /** Whether what goes next is urgent: Nagle's algorithm does not hold it. */
    static boolean ahead(final TcpControlBlock tcb) {
        return Seq.gt(tcb.sndUp, tcb.sndNxt);
    }

    /** A segment with these flags went out. */
    static void sent(final TcpControlBlock tcb, final int flags) {
        if ((flags & TcpFlags.URG) != 0) {
            tcb.clear(TcpControlBlock.URGENT);
            tcb.host.count(TcpCounter.SNDURG);
        }
    }

    /** Points from a segment at {@code seq}. @return flags to set */
    static int point(final TcpControlBlock tcb, final TcpOutput output, final int seq) {
        final int distance = tcb.sndUp - seq;
        if (distance <= 0) {
            return 0;
        }
        // Too far for the field: the next segments will say.
        output.urgent = Math.min(distance, MOST);
        return TcpFlags.URG;
    }

    /** What a segment says, before its data is taken in (RFC 9293 §3.10.7.4, sixth step). */
    static void received(final TcpControlBlock tcb, final TcpSegment segment) {
        if ((segment.flags & TcpFlags.URG) == 0 || segment.urgent == 0 || TcpState.haveReceivedFin(tcb.state)) {
            return;
        }
        final long unread = tcb.rcvNxtPosition - tcb.receiveRing.consumed();
        if (segment.urgent + unread > tcb.host.tunables().maxSockBuf) {
            // Further than there can ever be data.
            return;
        }
        final int pointer = segment.seq + segment.urgent;
        if (Seq.gt(pointer, tcb.rcvUp)) {
            tcb.rcvUp = pointer;
            tcb.host.count(TcpCounter.RCVURG);
            tcb.host.urgent(tcb);
        }
    }
}
