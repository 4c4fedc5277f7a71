package joyride.tcp.base;

import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** Describes one segment of the stream and hands it to the network. */
public final class Transmission {
    private static final int STATES_WITH_FIN =
            1 << TcpState.FIN_WAIT_1 | 1 << TcpState.CLOSING | 1 << TcpState.LAST_ACK;

    private Transmission() {}

    /** Whether the last segment of the stream carries FIN. */
    public static boolean carriesFin(final int state) {
        return (STATES_WITH_FIN >>> state & 1) != 0;
    }

    /** A segment from the middle of what was sent; {@code sndNxt} stays. */
    public static boolean again(
            final BaseTcp tcp,
            final TcpControlBlock tcb,
            final int seq,
            final int length,
            final int space,
            final int available,
            final int blocks) {
        final boolean fin =
                carriesFin(tcb.state) && tcb.is(TcpControlBlock.SENTFIN) && seq + length - tcb.sndUna >= available;
        if (send(tcb, seq, length, fin, space, available, blocks, length) < 0) {
            return false;
        }
        if (!tcb.timerActive(TcpTimer.REXMT)) {
            tcp.armRetransmit(tcb);
        }
        return true;
    }

    /**
     * A segment of {@code length} bytes at {@code seq}, or without any; whatever is due (acknowledgement, window, SACK blocks) goes with it.
     *
     * @param space what the receive buffer has
     * @param available bytes from {@code sndUna} on that the program wrote
     * @param blocks SACK blocks to send along
     * @param size payload of a full segment: what is longer is a unit of several
     * @return payload bytes that went out; -1: nothing did
     */
    public static int send(
            final TcpControlBlock tcb,
            final int seq,
            final int length,
            final boolean fin,
            final int space,
            final int available,
            final int blocks,
            final int size) {
        final TcpHost host = tcb.host;
        final TcpOutput output = host.outputScratch();
        output.clear();
        output.seq = seq;
        output.length = length;
        output.segmentSize = length > size ? size : 0;
        final int at = seq - tcb.sndUna;
        output.position = tcb.sndUnaPosition + at;
        int flags = TcpFlags.ACK;
        if (fin) {
            flags |= TcpFlags.FIN;
        }
        if (length > 0 && at + length == available) {
            flags |= TcpFlags.PSH;
        }
        if ((tcb.flags & (TcpControlBlock.ECN_PERMIT | TcpControlBlock.ACE_PERMIT)) != 0) {
            flags |= Ecn.mark(tcb, output, length > 0 && seq == tcb.sndMax);
        }
        output.flags = flags | Urgent.point(tcb, output, seq);
        final int offer = ReceiveWindow.offer(tcb, space);
        Segments.acknowledge(tcb, output, offer);
        if (blocks > 0) {
            SackOptions.write(tcb, output);
        }
        final int error = host.transmit(tcb, output);
        if (error != 0) {
            // A smaller segment size brings the caller's caller back by the retransmission timer at the latest.
            if (Segments.failed(tcb, error)) {
                host.timer(tcb, TcpTimer.DELACK, 1);
            }
            return -1;
        }
        Urgent.sent(tcb, output.flags);
        final int sent = output.length;
        count(tcb, seq, sent, fin && sent == length, sent <= size ? 1 : (sent + size - 1) / size);
        if (blocks > 0) {
            SackOptions.sent(tcb, blocks);
        }
        Segments.acknowledged(tcb, offer);
        if (sent < length) {
            Segments.failed(tcb, Errno.ENOBUFS);
        }
        return sent;
    }

    /** @param segments of the wire */
    private static void count(
            final TcpControlBlock tcb, final int seq, final int length, final boolean fin, final int segments) {
        final TcpHost host = tcb.host;
        if (length == 0) {
            host.count(
                    fin
                            ? TcpCounter.SNDCTRL
                            : tcb.is(TcpControlBlock.ACKNOW) ? TcpCounter.SNDACKS : TcpCounter.SNDWINUP);
            return;
        }
        // It may go on with bytes that were never sent: those are not sent again.
        final int fresh = Seq.lt(seq, tcb.sndMax) ? Math.max(length - (tcb.sndMax - seq), 0) : length;
        tcb.bytesSent += fresh;
        if (fresh < length) {
            tcb.bytesAgain += length - fresh;
        }
        if (tcb.is(TcpControlBlock.FORCEDATA) && length == 1) {
            host.count(TcpCounter.SNDPROBE);
        } else if (fresh < length) {
            tcb.rexmitPackets += segments;
            host.count(TcpCounter.SNDREXMITPACK, segments);
            host.count(TcpCounter.SNDREXMITBYTE, length - fresh);
            host.count(TcpCounter.SNDBYTE, fresh);
        } else {
            host.count(TcpCounter.SNDPACK, segments);
            host.count(TcpCounter.SNDBYTE, length);
        }
    }
}
