package joyride.tcp.freebsd;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTimer;
import joyride.tcp.base.OutputEngine;
import joyride.tcp.base.Timers;

/** How much may go from {@code sndNxt} on: by the windows and, after a timeout, past what was SACKed (tcp_output). */
final class WindowOutput {
    private WindowOutput() {}

    /** Sends at most one segment. @return whether there may be another */
    static boolean step(
            final FreeBsdTcp tcp,
            final TcpControlBlock tcb,
            final boolean idle,
            final int space,
            final int available,
            final int size,
            final int blocks) {
        if (SackRecovery.active(tcb)) {
            return RecoveryOutput.step(tcp, tcb, idle, space, available, size, blocks);
        }
        if (tcb.sack != null && tcb.sndNxt != tcb.sndMax) {
            SackRecovery.skipReceived(tcb);
        }
        int window = Math.min(tcb.sndWnd, tcb.sndCwnd);
        if (tcb.is(TcpControlBlock.FORCEDATA)) {
            if (window == 0) {
                window = 1;
            } else {
                Timers.stop(tcb, TcpTimer.PERSIST);
                tcb.rxtShift = 0;
            }
        }
        final int offset = tcb.sndNxt - tcb.sndUna;
        int length = Math.min(available, window) - offset;
        if (length < 0) {
            length = 0;
            if (window == 0 && offset < available) {
                windowClosed(tcp, tcb);
            }
        }
        if (tcb.sack != null && length > 0 && tcb.sndNxt != tcb.sndMax) {
            length = Math.min(length, SackRecovery.holeEnd(tcb) - tcb.sndNxt);
        }
        return OutputEngine.send(tcp, tcb, idle, space, available, size, blocks, length);
    }

    /** The peer took its window back while data was out: from here on the persist timer probes. */
    private static void windowClosed(final FreeBsdTcp tcp, final TcpControlBlock tcb) {
        Timers.stop(tcb, TcpTimer.REXMT);
        tcb.rxtShift = 0;
        tcb.sndNxt = tcb.sndUna;
        if (!tcb.timerActive(TcpTimer.PERSIST)) {
            Timers.startPersist(tcp, tcb);
        }
    }
}
