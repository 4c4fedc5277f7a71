package joyride.tcp.base;

import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;

/** TCP Fast Open (RFC 7413 §4.2): data with the SYN for peers that gave a cookie; as a server, answers before the handshake is complete. */
public final class FastOpen {
    private FastOpen() {}

    /**
     * Whether data may follow the SYN-ACK before that is acknowledged (RFC 7413 §4.2.2): it was sent, to who had the right cookie, and there is no sign yet that it
     * was lost.
     */
    static boolean mayAnswer(final TcpControlBlock tcb) {
        return tcb.state == TcpState.SYN_RECEIVED
                && tcb.is(TcpControlBlock.FASTOPEN)
                && tcb.sndNxt != tcb.iss
                && tcb.rxtShift == 0;
    }

    /** Fills cookie and data into a SYN, or a request for a cookie; a SYN that goes again is a plain one. */
    public static void offer(final TcpControlBlock tcb, final TcpOutput output) {
        final TcpHost host = tcb.host;
        final int mss = host.fastOpen(tcb, output);
        if (mss < 0) {
            tcb.clear(TcpControlBlock.FASTOPEN);
            return;
        }
        if (mss == 0) {
            host.count(TcpCounter.FASTOPEN_REQUESTED);
            return;
        }
        tcb.refreshProduced();
        final int room = Math.min(mss, host.mssToOffer(tcb)) - output.optionLength();
        output.length = (int) Math.max(Math.min(tcb.sndProduced, room), 0);
        if (output.length == 0) {
            // Nothing to gain.
            output.cookieLength = -1;
            tcb.clear(TcpControlBlock.FASTOPEN);
            return;
        }
        host.count(TcpCounter.FASTOPEN_SENT);
        host.count(TcpCounter.SNDPACK);
        host.count(TcpCounter.SNDBYTE, output.length);
    }

    /** The peer acknowledged the SYN, and perhaps its data. */
    public static void answered(final TcpControlBlock tcb, final TcpSegment segment) {
        final int taken = segment.ack - tcb.iss - 1;
        final boolean presented = Seq.gt(tcb.sndMax, tcb.iss + 1);
        tcb.clear(TcpControlBlock.FASTOPEN);
        tcb.host.fastOpenAnswered(tcb, segment, presented, taken > 0);
        if (taken > 0) {
            tcb.set(TcpControlBlock.SYN_DATA);
            tcb.bytesSent += taken;
            tcb.host.count(TcpCounter.FASTOPEN_TAKEN);
            tcb.host.acknowledged(tcb, taken);
        }
    }

    /** The SYN got no answer: what goes again is plain, and so is what follows to this peer for a while. */
    public static void lost(final TcpControlBlock tcb) {
        tcb.clear(TcpControlBlock.FASTOPEN);
        tcb.host.fastOpenFailed(tcb);
    }
}
