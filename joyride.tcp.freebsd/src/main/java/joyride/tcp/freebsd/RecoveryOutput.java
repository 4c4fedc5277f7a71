package joyride.tcp.freebsd;

import joyride.api.tcp.Reno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.tcp.base.OutputEngine;
import joyride.tcp.base.Transmission;

/** What goes out in recovery with SACK, as far as cwnd and pipe leave room (RFC 6675 §5). */
final class RecoveryOutput {
    private static final int NO_HOLE = -1;

    private RecoveryOutput() {}

    /** RFC 6675 §5 step C: lost holes first, then new data, then the other holes, and once the last segment. */
    static boolean step(
            final FreeBsdTcp tcp,
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final int room = tcb.sndCwnd - Reno.pipe(tcb);
        int hole = SackRecovery.nextLost(tcb);
        if (hole != NO_HOLE) {
            final int sent = retransmit(tcp, tcb, hole, room, space, available, size, blocks);
            if (sent != 0) {
                return sent > 0;
            }
            return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, 0);
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        final int fresh = Math.max(Math.min(available, tcb.sndWnd) - offset, 0);
        if (fresh > 0) {
            // Less than a segment of room waits for the next acknowledgement.
            return OutputEngine.send(
                    tcp,
                    tcb,
                    idle,
                    space,
                    available,
                    size,
                    blocks,
                    Math.min(fresh, size) <= room ? Math.min(fresh, room) : 0);
        }
        hole = SackRecovery.nextHole(tcb);
        if (hole != NO_HOLE && retransmit(tcp, tcb, hole, room, space, available, size, blocks) > 0) {
            return true;
        }
        if (hole == NO_HOLE && room >= size && rescue(tcp, tcb, space, available, size, blocks)) {
            return false;
        }
        return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, 0);
    }

    /** @return 1 sent, 0 no room, -1 failed */
    private static int retransmit(
            final FreeBsdTcp tcp,
            final TcpControlBlock tcb,
            final int hole,
            final int room,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        final int seq = tcb.sack.rxmit[hole];
        final int left = tcb.sack.end[hole] - seq;
        final int length = Math.min(left, size);
        if (length > room) {
            return 0;
        }
        // A hole may end with the FIN, which is no byte of the stream.
        final int data = Math.min(length, available - (seq - tcb.sndUna));
        if (!Transmission.again(tcp, tcb, seq, data, space, available, blocks)) {
            return -1;
        }
        SackRecovery.retransmitted(tcb, hole, length);
        tcb.prrOut += length;
        return 1;
    }

    private static boolean rescue(
            final FreeBsdTcp tcp,
            final TcpControlBlock tcb,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        if (tcb.sack == null || tcb.sack.rescued || Seq.geq(tcb.sndFack, tcb.sndRecover)) {
            return false;
        }
        tcb.sack.rescued = true;
        final int end = Seq.min(tcb.sndRecover, tcb.sndUna + available);
        final int seq = Seq.max(tcb.sndUna, end - size);
        return Seq.lt(seq, end) && Transmission.again(tcp, tcb, seq, end - seq, space, available, blocks);
    }
}
