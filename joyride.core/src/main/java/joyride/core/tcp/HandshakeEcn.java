package joyride.core.tcp;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;

/** What a listener answers to a SYN that asks for ECN (RFC 3168 §6.1.1, RFC 9768 §3.1.1). */
final class HandshakeEcn {
    /** SYN-ACK flags by the ECN field that the SYN came with: not-ECT, ECT(1), ECT(0), CE. */
    private static final int[] ACCURATE = {
        TcpFlags.CWR, TcpFlags.CWR | TcpFlags.ECE, TcpFlags.AE, TcpFlags.AE | TcpFlags.CWR
    };

    private static final TcpCounter[] CAME = {
        TcpCounter.ACE_NECT, TcpCounter.ACE_ECT1, TcpCounter.ACE_ECT0, TcpCounter.ACE_CE
    };

    private static final int CONGESTION_EXPERIENCED = 3;

    /** Where the counts begin. */
    static final int FIRST_COUNT = 5;

    private HandshakeEcn() {}

    /** @return the flags; 0: no ECN */
    static int answer(final TcpSegment syn, final TcpInstance instance) {
        final int enabled = instance.tunables().ecnEnable;
        final int asked = syn.flags & TcpFlags.ECN;
        if (enabled == 0 || asked == 0) {
            return 0;
        }
        if (asked == (TcpFlags.CWR | TcpFlags.ECE)) {
            return TcpFlags.ECE;
        }
        if (enabled >= 3) {
            // Whatever else there may be some day is answered as today's (RFC 9768 §3.1.3).
            instance.count(CAME[syn.ecn]);
            return ACCURATE[syn.ecn];
        }
        return asked == TcpFlags.ECN ? TcpFlags.ECE : 0;
    }

    /**
     * The SYN came again: one that no longer asks, since the first may have been lost for it, is not answered as one that does (RFC 3168 §6.1.1.1). With
     * accurate ECN the first stays what counts.
     *
     * @param before what the first was answered
     */
    static int again(final TcpSegment syn, final int before) {
        return before == TcpFlags.ECE && (syn.flags & TcpFlags.ECN) == 0 ? 0 : before;
    }

    /**
     * Into the control block of the connection that it became.
     *
     * @param answered whether the SYN-ACK is sent already; else the connection will say how the SYN came
     */
    static void apply(final TcpConnection connection, final int answer, final boolean answered) {
        if (answer == 0) {
            return;
        }
        connection.instance.count(TcpCounter.ECN_HANDSHAKE);
        if (answer == TcpFlags.ECE) {
            connection.set(TcpControlBlock.ECN_PERMIT);
            return;
        }
        connection.set(TcpControlBlock.ACE_PERMIT);
        connection.sentCe = FIRST_COUNT;
        connection.receivedCe = answered ? count(answer) : digit(answer);
    }

    /** Flags of an acknowledgement after a SYN-ACK with {@code answer}: each tells the count (RFC 9768 §3.2.2). */
    static int told(final int answer) {
        return answer == 0 || answer == TcpFlags.ECE ? 0 : TcpFlags.ace(count(answer));
    }

    /** What a SYN-ACK with accurate feedback leaves to count on from. */
    private static int count(final int answer) {
        return FIRST_COUNT + (answer == ACCURATE[CONGESTION_EXPERIENCED] ? 1 : 0);
    }

    private static int digit(final int flags) {
        return ((flags & TcpFlags.AE) != 0 ? 4 : 0)
                | ((flags & TcpFlags.CWR) != 0 ? 2 : 0)
                | ((flags & TcpFlags.ECE) != 0 ? 1 : 0);
    }
}
