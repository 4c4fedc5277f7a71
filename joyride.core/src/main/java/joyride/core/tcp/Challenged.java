package joyride.core.tcp;

import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpTunables;
import joyride.core.time.Timer;

/** What is no connection yet, or no more, and answers by acknowledgements: only so many in a time (RFC 5961 §7). */
abstract class Challenged extends Timer {
    private int answers;
    private int since;

    /** Starts afresh, for another peer. */
    final void unchallenged() {
        answers = 0;
    }

    /** Whether one more acknowledgement may go (net.inet.tcp.ack_war_cnt, ack_war_timewindow); counts it if not. */
    final boolean mayAnswer(final TcpInstance instance) {
        final TcpTunables tunables = instance.tunables();
        if (tunables.ackWarTimeWindow == 0 || tunables.ackWarCnt == 0) {
            return true;
        }
        final int now = (int) instance.now();
        if (answers == 0 || now - since >= tunables.ackWarTimeWindow) {
            since = now;
            answers = 0;
        }
        if (answers >= tunables.ackWarCnt) {
            instance.count(TcpCounter.CHALLENGEACK_LIMITED);
            return false;
        }
        answers++;
        return true;
    }
}
