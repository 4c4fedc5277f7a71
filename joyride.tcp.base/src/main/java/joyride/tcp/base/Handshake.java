package joyride.tcp.base;

import joyride.api.counters.DropReason;
import joyride.api.socket.Errno;
import joyride.api.tcp.Seq;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** The three-way handshake from the active side, and the simultaneous open (RFC 9293 §3.5, §3.10.7.3). */
public final class Handshake {
    private Handshake() {}

    /** Sends the SYN or, after a simultaneous open, the SYN-ACK, where it was not sent or is due again; else an ACK that is due. */
    public static void output(final TcpControlBlock tcb) {
        if (tcb.sndNxt != tcb.iss) {
            if (tcb.is(TcpControlBlock.ACKNOW)) {
                Segments.plainAck(tcb, tcb.sndMax);
            }
            return;
        }
        final boolean answering = tcb.state == TcpState.SYN_RECEIVED;
        final TcpHost host = tcb.host;
        if (!answering && host.awaitsData(tcb)) {
            return;
        }
        final TcpOutput output = host.outputScratch();
        output.clear();
        output.seq = tcb.iss;
        output.ack = 0;
        output.position = 0;
        output.flags = TcpFlags.SYN;
        output.mss = tcb.is(TcpControlBlock.NOOPT) ? 0 : host.mssToOffer(tcb);
        if (tcb.is(TcpControlBlock.REQ_SCALE) && (!answering || tcb.is(TcpControlBlock.RCVD_SCALE))) {
            output.windowScale = tcb.requestRScale;
        }
        output.sackPermitted = tcb.is(TcpControlBlock.SACK_PERMIT);
        if (tcb.is(TcpControlBlock.REQ_TSTMP) && (!answering || tcb.is(TcpControlBlock.RCVD_TSTMP))) {
            output.timestamp = true;
            output.tsVal = Segments.timestamp(tcb);
            output.tsEcr = answering ? tcb.tsRecent : 0;
        }
        if (answering) {
            output.flags |= TcpFlags.ACK | Ecn.answer(tcb);
            output.ack = tcb.rcvNxt;
        } else {
            output.flags |= Ecn.request(tcb);
            if (tcb.is(TcpControlBlock.FASTOPEN)) {
                FastOpen.offer(tcb, output);
            }
        }
        if (!answering) {
            // The stream begins after the peer's SYN, whatever its number will be.
            tcb.rcvNxtPosition = 0;
        }
        // Never scaled (RFC 7323 §2.2).
        final int offer = Math.min(Math.max(host.receiveSpace(tcb), 0), TcpControlBlock.MAX_WINDOW);
        output.window = offer;
        final int error = host.transmit(tcb, output);
        if (error == 0) {
            sent(tcb, answering, offer, output.length);
        } else if (Segments.failed(tcb, error)) {
            host.timer(tcb, TcpTimer.DELACK, 1);
        }
        if (!tcb.timerActive(TcpTimer.REXMT)) {
            Timers.startRetransmit(tcb);
        }
    }

    private static void sent(final TcpControlBlock tcb, final boolean answering, final int offer, final int length) {
        final TcpHost host = tcb.host;
        host.count(TcpCounter.SNDCTRL);
        tcb.sndNxt = tcb.iss + 1 + length;
        if (Seq.gt(tcb.sndNxt, tcb.sndMax)) {
            tcb.sndMax = tcb.sndNxt;
            if (tcb.rttTime == 0) {
                tcb.rttTime = Math.max((int) host.now(), 1);
                tcb.rttSeq = tcb.iss;
                host.count(TcpCounter.SEGSTIMED);
            }
        }
        tcb.sndTime = (int) host.now();
        if (answering) {
            Segments.acknowledged(tcb, offer);
        } else {
            // What the SYN offered counts once the peer's number is known.
            tcb.rcvWnd = offer;
        }
    }

    /** A segment in SYN_SENT. @return whether the connection goes on and the rest of the segment is to be looked at */
    public static boolean inSynSent(final BaseTcp tcp, final TcpControlBlock tcb, final TcpSegment segment) {
        final TcpHost host = tcb.host;
        final boolean acknowledges = (segment.flags & TcpFlags.ACK) != 0;
        if (acknowledges && (Seq.leq(segment.ack, tcb.iss) || Seq.gt(segment.ack, tcb.sndMax))) {
            host.drop(DropReason.TCP_ACK);
            host.resetFor(tcb, segment);
            return false;
        }
        if ((segment.flags & TcpFlags.RST) != 0) {
            if (acknowledges) {
                TcpInput.reset(tcb, Errno.ECONNREFUSED);
            } else {
                host.drop(DropReason.TCP_RESET);
            }
            return false;
        }
        if ((segment.flags & TcpFlags.SYN) == 0) {
            host.drop(DropReason.TCP_NO_SYN);
            return false;
        }
        synchronize(tcb, segment);
        if (!acknowledges) {
            crossed(tcb, segment);
            return false;
        }
        host.count(TcpCounter.CONNECTS);
        Ecn.accepted(tcb, segment);
        settleScale(tcb);
        tcb.sndUna = segment.ack;
        tcb.sndUnaPosition = segment.ack - tcb.iss - 1;
        // What of the data in the SYN was not taken goes again, as any data.
        tcb.sndNxt = segment.ack;
        if (tcb.is(TcpControlBlock.FASTOPEN)) {
            FastOpen.answered(tcb, segment);
        }
        Timers.stop(tcb, TcpTimer.REXMT);
        if (segment.length > 0 && DataInput.mayDelay(tcb, segment)) {
            tcb.set(TcpControlBlock.DELACK);
        } else {
            tcb.set(TcpControlBlock.ACKNOW);
        }
        established(tcb);
        tcp.measure(tcb, segment);
        tcb.rxtShift = 0;
        tcb.ackTime = (int) host.now();
        segment.seq++;
        segment.advanceUrgent(1);
        segment.flags &= ~TcpFlags.SYN;
        return true;
    }

    /** What the peer's SYN says. */
    private static void synchronize(final TcpControlBlock tcb, final TcpSegment segment) {
        final int offered = tcb.rcvWnd;
        tcb.irs = segment.seq;
        tcb.rcvNxt = segment.seq + 1;
        tcb.rcvUp = tcb.rcvNxt;
        tcb.rcvNxtPosition = 0;
        tcb.rcvAdv = tcb.rcvNxt + offered;
        tcb.lastAckSent = tcb.rcvNxt;
        tcb.sndWl1 = segment.seq;
        tcb.sndWnd = segment.window;
        tcb.maxSndWnd = Math.max(tcb.maxSndWnd, segment.window);
        if (segment.windowScale >= 0 && tcb.is(TcpControlBlock.REQ_SCALE)) {
            tcb.set(TcpControlBlock.RCVD_SCALE);
            tcb.requestedSndScale = (byte) segment.windowScale;
        }
        if (segment.hasTimestamp && tcb.is(TcpControlBlock.REQ_TSTMP)) {
            tcb.set(TcpControlBlock.RCVD_TSTMP);
            tcb.tsRecent = segment.tsVal;
            tcb.tsRecentAge = (int) tcb.host.now();
        }
        if (!segment.sackPermitted) {
            tcb.clear(TcpControlBlock.SACK_PERMIT);
        }
        tcb.host.mssReceived(tcb, segment.mss);
    }

    /** Both SYNs crossed (RFC 9293 §3.5, figure 8): ours goes again, with an acknowledgement. */
    private static void crossed(final TcpControlBlock tcb, final TcpSegment segment) {
        tcb.set(TcpControlBlock.ACKNOW);
        Ecn.requested(tcb, segment);
        if (segment.length > 0) {
            segment.seq++;
            segment.trimBack(Math.max(segment.length - ReceiveWindow.advertised(tcb), 0));
            segment.flags &= ~TcpFlags.FIN;
            Reassembly.keep(tcb, segment);
            tcb.rcvSackCount = 0;
        }
        Timers.stop(tcb, TcpTimer.REXMT);
        tcb.state = TcpState.SYN_RECEIVED;
        tcb.sndNxt = tcb.iss;
        output(tcb);
    }

    /** Windows are scaled from here on if both sides asked for it. */
    public static void settleScale(final TcpControlBlock tcb) {
        final int both = TcpControlBlock.REQ_SCALE | TcpControlBlock.RCVD_SCALE;
        if ((tcb.flags & both) == both) {
            tcb.rcvScale = tcb.requestRScale;
            tcb.sndScale = tcb.requestedSndScale;
        }
    }

    /** SYN_SENT or SYN_RECEIVED becomes ESTABLISHED, or FIN_WAIT_1 if the program closed meanwhile. */
    public static void established(final TcpControlBlock tcb) {
        final TcpHost host = tcb.host;
        if (tcb.is(TcpControlBlock.NEEDFIN)) {
            tcb.clear(TcpControlBlock.NEEDFIN);
            tcb.state = TcpState.FIN_WAIT_1;
        } else {
            tcb.state = TcpState.ESTABLISHED;
        }
        Congestion.established(tcb);
        AccurateEcn.established(tcb);
        host.timer(tcb, TcpTimer.KEEP, Timers.keepIdle(tcb));
        host.connected(tcb);
    }
}
