package joyride.tcp.base;

import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;

/** Proportional rate reduction (RFC 6937, RFC 9937): brings cwnd down to ssthresh over the recovery, by what is delivered. */
public final class RateReduction {
    private RateReduction() {}

    /** Recovery begins: one segment goes out at once. */
    public static void begin(final TcpControlBlock tcb) {
        tcb.recoverFs = Math.max(tcb.sndMax - tcb.sndUna, 1);
        tcb.prrDelivered = 0;
        tcb.prrOut = 0;
        final int first = Math.max(Reno.pipe(tcb), 0) + tcb.segmentSize();
        tcb.sndCwnd = tcb.host.tunables().doPrr != 0 ? first : Math.max(tcb.sndSsthresh, first);
    }

    /** An acknowledgement in recovery, {@code sackDelivered} set. @param progress whether {@code sndUna} moved */
    public static void acknowledged(final TcpControlBlock tcb, final boolean progress) {
        final int size = tcb.segmentSize();
        final int pipe = Math.max(Reno.pipe(tcb), 0);
        final int delivered = tcb.sackDelivered;
        tcb.prrDelivered += delivered;
        if (tcb.host.tunables().doPrr == 0) {
            tcb.sndCwnd = tcb.sndSsthresh;
            return;
        }
        if (tcb.recoverFs == 0) {
            // A recovery that came back: the timeout in it was undone after it had ended.
            tcb.recoverFs = Math.max(tcb.sndMax - tcb.sndUna, 1);
        }
        int send;
        if (pipe > tcb.sndSsthresh) {
            final long share = (long) tcb.prrDelivered * tcb.sndSsthresh + tcb.recoverFs - 1;
            send = (int) (share / tcb.recoverFs) - tcb.prrOut;
        } else {
            int limit = Math.max(tcb.prrDelivered - tcb.prrOut, delivered);
            if (progress) {
                limit += size;
            }
            send = Math.min(tcb.sndSsthresh - pipe, limit);
        }
        if (send <= 0 && tcb.prrOut == 0) {
            send = size;
        }
        tcb.sndCwnd = Math.max(pipe + Math.max(send, 0), size);
    }
}
