package joyride.tcp.base;

import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;

/** Segment sizes, timestamps and the segments that carry nothing: ACKs beside the stream. */
public final class Segments {
    /** Delay before what found no frame is tried again, ms. */
    private static final int RETRY = 1;

    private Segments() {}

    /** Whether both sides agreed on timestamps. */
    public static boolean timestamps(final TcpControlBlock tcb) {
        return (tcb.flags & (TcpControlBlock.REQ_TSTMP | TcpControlBlock.RCVD_TSTMP))
                == (TcpControlBlock.REQ_TSTMP | TcpControlBlock.RCVD_TSTMP);
    }

    /** Our clock as the peer sees it. */
    public static int timestamp(final TcpControlBlock tcb) {
        return (int) tcb.host.now() + tcb.tsOffset;
    }

    /** An acknowledgement without data at {@code seq}: keepalive probe, challenge. */
    public static void plainAck(final TcpControlBlock tcb, final int seq) {
        final TcpHost host = tcb.host;
        final TcpOutput output = host.outputScratch();
        output.clear();
        output.seq = seq;
        output.flags = TcpFlags.ACK;
        final int offer = ReceiveWindow.offer(tcb, ReceiveWindow.space(tcb));
        acknowledge(tcb, output, offer);
        if (host.transmit(tcb, output) == 0) {
            acknowledged(tcb, offer);
        }
    }

    /** Fills in acknowledgement, window and timestamp. */
    public static void acknowledge(final TcpControlBlock tcb, final TcpOutput output, final int offer) {
        output.ack = tcb.rcvNxt;
        output.window = ReceiveWindow.field(tcb, offer);
        if (tcb.is(TcpControlBlock.ACE_PERMIT)) {
            output.flags |= AccurateEcn.told(tcb);
        }
        if (timestamps(tcb)) {
            output.timestamp = true;
            output.tsVal = timestamp(tcb);
            output.tsEcr = tcb.tsRecent;
        }
    }

    /** An acknowledgement went out. */
    public static void acknowledged(final TcpControlBlock tcb, final int offer) {
        ReceiveWindow.sent(tcb, offer);
        tcb.lastAckSent = tcb.rcvNxt;
        tcb.clear(TcpControlBlock.ACKNOW | TcpControlBlock.DELACK);
        if (tcb.timerActive(TcpTimer.DELACK)) {
            tcb.host.timer(tcb, TcpTimer.DELACK, 0);
        }
    }

    /** A challenge ACK (RFC 5961), as often as the connection may. */
    public static void challenge(final TcpControlBlock tcb) {
        final TcpHost host = tcb.host;
        final TcpTunables tunables = host.tunables();
        if (tunables.ackWarTimeWindow > 0 && tunables.ackWarCnt > 0) {
            final int now = (int) host.now();
            if (tcb.ackWarCount == 0 || now - tcb.ackWarTime >= tunables.ackWarTimeWindow) {
                tcb.ackWarTime = now;
                tcb.ackWarCount = 0;
            }
            if (tcb.ackWarCount >= tunables.ackWarCnt) {
                host.count(TcpCounter.CHALLENGEACK_LIMITED);
                return;
            }
            tcb.ackWarCount++;
        }
        host.count(TcpCounter.CHALLENGEACK);
        plainAck(tcb, tcb.sndNxt);
    }

    /**
     * The network took no segment.
     *
     * @return whether it is worth trying again at once
     */
    public static boolean failed(final TcpControlBlock tcb, final int error) {
        switch (error) {
            case Errno.EMSGSIZE -> {
                return MtuChange.lower(tcb, tcb.host.pathMtu(tcb));
            }
            case Errno.ENOBUFS -> {
                if (!tcb.timerActive(TcpTimer.DELACK)) {
                    tcb.host.timer(tcb, TcpTimer.DELACK, RETRY);
                }
                return false;
            }
            default -> {
                tcb.softError = error;
                return false;
            }
        }
    }
}
