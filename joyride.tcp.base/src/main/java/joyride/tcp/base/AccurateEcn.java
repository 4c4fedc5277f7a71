package joyride.tcp.base;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;

/**
 * Accurate ECN feedback (RFC 9768), as FreeBSD: each segment tells by three bits, ACE, how many marked ones came. The option that would tell
 * more is not sent.
 */
final class AccurateEcn {
    private static final int FIRST_COUNT = 5;
    private static final int MASK = 7;

    /** How the peer's SYN-ACK or SYN came, as it is told of it: not-ECT, ECT(1), ECT(0), CE (RFC 9768 §3.1.1, §3.2.2.1). */
    private static final int[] CODES = {2, 3, 4, 6};

    private static final int MARKED = 6;

    /** {@code sentCe} of who is told nothing that counts. */
    private static final int DISABLED = -1;

    private static final TcpCounter[] CAME = {
        TcpCounter.ACE_NECT, TcpCounter.ACE_ECT1, TcpCounter.ACE_ECT0, TcpCounter.ACE_CE
    };

    private AccurateEcn() {}

    private static int ace(final int flags) {
        return ((flags & TcpFlags.AE) != 0 ? 4 : 0)
                | ((flags & TcpFlags.CWR) != 0 ? 2 : 0)
                | ((flags & TcpFlags.ECE) != 0 ? 1 : 0);
    }

    /** A SYN that crossed ours asks for it. */
    static void requested(final TcpControlBlock tcb, final TcpSegment segment) {
        agree(tcb, segment);
    }

    private static void agree(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.set(TcpControlBlock.ACE_PERMIT);
        tcb.sentCe = FIRST_COUNT;
        tcb.receivedCe = CODES[segment.ecn];
        tcb.host.count(CAME[segment.ecn]);
        tcb.host.count(TcpCounter.ECN_HANDSHAKE);
    }

    /** A SYN-ACK to our request arrived: it says how our SYN got there. */
    static void accepted(final TcpControlBlock tcb, final TcpSegment segment) {
        switch (ace(segment.flags)) {
            case 2, 3, 4 -> agree(tcb, segment);
            case MARKED -> {
                agree(tcb, segment);
                tcb.sentCe = MARKED;
            }
            case 5 -> {
                // RFC 3540's, historic: ECN as of RFC 3168 (RFC 9768 §3.1.2).
                tcb.set(TcpControlBlock.ECN_PERMIT);
                tcb.host.count(TcpCounter.ECN_HANDSHAKE);
            }
            default -> {
                // Nothing that a server answers: no ECN.
            }
        }
    }

    static void received(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.cc.ecnPacket(tcb);
        final boolean synchronizing = (segment.flags & TcpFlags.SYN) != 0;
        if (!synchronizing && (segment.flags & (TcpFlags.RST | TcpFlags.ACK)) == TcpFlags.ACK) {
            feedback(tcb, ace(segment.flags));
        }
        if (segment.ecn == Ecn.CONGESTION_EXPERIENCED && !synchronizing) {
            tcb.receivedCe += segment.segments;
        }
    }

    private static void feedback(final TcpControlBlock tcb, final int ace) {
        if (tcb.sentCe == DISABLED) {
            return;
        }
        if (!tcb.is(TcpControlBlock.ECN_PERMIT)) {
            if (tcb.state == TcpState.SYN_RECEIVED) {
                lastOfHandshake(tcb, ace);
            }
        } else if (ace == 0 && tcb.sndUna == tcb.iss + 1 && tcb.rcvNxt == tcb.irs + 1) {
            // The first of all never says 0 (RFC 9768 §3.2.2.4).
            cleared(tcb);
        } else if ((ace - tcb.sentCe & MASK) != 0) {
            tcb.sentCe += ace - tcb.sentCe & MASK;
            Congestion.ecnEcho(tcb);
        }
    }

    /**
     * Somebody on the way clears the bits, or the peer has given ECN up: nothing is to be sent ECN-capable. What comes is told all the same, for
     * the peer may count on it (RFC 9768 §3.2.2.1 note 1, §3.2.2.4).
     */
    private static void cleared(final TcpControlBlock tcb) {
        if (!tcb.is(TcpControlBlock.ECN_PERMIT)) {
            settle(tcb);
        }
        tcb.clear(TcpControlBlock.ECN_PERMIT);
        tcb.sentCe = DISABLED;
    }

    /** The third segment says how our SYN-ACK got there (RFC 9768 §3.2.2.2). */
    private static void lastOfHandshake(final TcpControlBlock tcb, final int ace) {
        if (ace == 0) {
            cleared(tcb);
            return;
        }
        tcb.sentCe = ace == MARKED ? MARKED : FIRST_COUNT;
        settle(tcb);
    }

    /** ECN proper begins: from now on ACE counts. */
    private static void settle(final TcpControlBlock tcb) {
        if (tcb.receivedCe < FIRST_COUNT || tcb.receivedCe > MARKED) {
            tcb.receivedCe = FIRST_COUNT;
        }
        tcb.set(TcpControlBlock.ECN_PERMIT);
    }

    /** Flags of a segment other than a SYN. The first one of who opened tells how the SYN-ACK came. */
    static int told(final TcpControlBlock tcb) {
        if (tcb.is(TcpControlBlock.ECN_PERMIT) || tcb.sentCe == DISABLED) {
            return TcpFlags.ace(tcb.receivedCe);
        }
        if (!TcpState.haveEstablished(tcb.state)) {
            // After the SYN-ACK, which alone says how the SYN came.
            return TcpFlags.ace(tcb.receivedCe == MARKED ? MARKED : FIRST_COUNT);
        }
        final int flags = TcpFlags.ace(tcb.receivedCe);
        settle(tcb);
        return flags;
    }

    /** The initial window is set: two segments, for delayed acknowledgements, if our part of the handshake was marked. */
    static void established(final TcpControlBlock tcb) {
        if (tcb.is(TcpControlBlock.ACE_PERMIT) && tcb.sentCe == MARKED) {
            tcb.sndCwnd = Math.min(tcb.sndCwnd, 2 * tcb.segmentSize());
        }
    }
}
