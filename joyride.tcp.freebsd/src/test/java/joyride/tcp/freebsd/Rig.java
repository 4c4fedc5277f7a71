package joyride.tcp.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/** One connection under the variant, in virtual time, and a peer that the test plays. Numbers count from the SYNs. */
final class Rig extends RecordingHost {
    static final int SYN = TcpFlags.SYN;
    static final int ACK = TcpFlags.ACK;
    static final int FIN = TcpFlags.FIN;
    static final int RST = TcpFlags.RST;
    static final int PSH = TcpFlags.PSH;

    /** Bytes of a full segment without timestamps. */
    static final int MSS = 1460;

    final FreeBsdTcp tcp = new FreeBsdTcp();
    final TcpSegment segment = new TcpSegment();

    /** The window that the peer sends, unscaled. */
    int peerWindow = 65535;

    /** The peer's clock in its timestamps. */
    int peerClock = 777;

    /** Where segment {@code segment} of the stream begins. */
    static int at(final int segment) {
        return 1 + segment * MSS;
    }

    Rig() {
        tcb.localHigh = IpAddress.ANY_V4.high();
        tcb.localLow = IpAddress.ANY_V4.low();
        tcb.host = this;
        tcb.variant = tcp;
        tcb.cc = new PlainReno();
        tcb.sendRing = send;
        tcb.receiveRing = receive;
        tcb.sndHiwat = 1 << 20;
        tcb.rcvHiwat = tunables.recvSpace;
        tcb.rttMin = tunables.rexmitMin;
        tcb.rxtCur = tunables.rexmitInitial;
        tcb.sndCwnd = 65535 << 14;
        tcb.sndSsthresh = 65535 << 14;
        tcb.requestRScale = 6;
        tcb.maxSeg = 536;
        tcb.iss = ISS;
        tcb.sndUna = ISS;
        tcb.sndUp = ISS;
        tcb.sndNxt = ISS;
        tcb.sndMax = ISS;
        tcb.sndRecover = ISS;
        tcb.tsOffset = 5_000_000;
        tcb.rcvTime = (int) now;
        tcb.state = TcpState.SYN_SENT;
        tcb.set(TcpControlBlock.REQ_SCALE | TcpControlBlock.REQ_TSTMP | TcpControlBlock.SACK_PERMIT);
    }

    /** No options at all: segments of 1460 bytes. */
    Rig plain() {
        tcb.clear(TcpControlBlock.REQ_SCALE | TcpControlBlock.REQ_TSTMP | TcpControlBlock.SACK_PERMIT);
        return this;
    }

    /** SACK, but neither timestamps nor window scale. */
    Rig sackOnly() {
        tcb.clear(TcpControlBlock.REQ_SCALE | TcpControlBlock.REQ_TSTMP);
        return this;
    }

    Rig connect() {
        assertEquals(0, tcp.init(tcb));
        tcp.output(tcb);
        return this;
    }

    /** Connected, everything said and forgotten. */
    Rig established() {
        connect();
        pass(1);
        deliverSynAck();
        assertEquals(TcpState.ESTABLISHED, tcb.state);
        sent.clear();
        return this;
    }

    /** Established, a full congestion window of so many segments under way, and more to send. */
    Rig sending(final int segments) {
        established();
        tcb.sndCwnd = segments * MSS;
        write(100 * MSS);
        assertEquals(segments, sent.size());
        sent.clear();
        return this;
    }

    void deliverSynAck() {
        segment(SYN | ACK, 0, 1, 0);
        segment.mss = MSS;
        segment.sackPermitted = tcb.is(TcpControlBlock.SACK_PERMIT);
        segment.windowScale = tcb.is(TcpControlBlock.REQ_SCALE) ? 0 : -1;
        arrive();
    }

    /** A half-open connection as the syncache makes it. */
    Rig passive() {
        tcb.state = TcpState.SYN_RECEIVED;
        tcb.sndNxt = ISS + 1;
        tcb.sndMax = ISS + 1;
        tcb.sndRecover = ISS + 1;
        tcb.irs = IRS;
        tcb.rcvNxt = IRS + 1;
        tcb.rcvNxtPosition = 0;
        tcb.lastAckSent = IRS + 1;
        tcb.sndWl1 = IRS;
        tcb.sndWl2 = ISS;
        tcb.set(TcpControlBlock.RCVD_SCALE | TcpControlBlock.RCVD_TSTMP);
        tcb.tsRecent = peerClock;
        mssReceived(tcb, 1460);
        tcb.rcvAdv = tcb.rcvNxt + 65535;
        assertEquals(0, tcp.init(tcb));
        return this;
    }

    // ------------------------------------------------------------------ the peer

    /** Prepares a segment; numbers count from the SYNs. */
    TcpSegment segment(final int flags, final int seq, final int ack, final int length) {
        segment.seq = IRS + seq;
        segment.ack = ISS + ack;
        segment.flags = flags;
        segment.window = peerWindow;
        segment.length = length;
        segment.sackCount = 0;
        segment.mss = 0;
        segment.windowScale = -1;
        segment.sackPermitted = false;
        segment.ring = null;
        segment.ecn = 0;
        segment.hasTimestamp = tcb.is(TcpControlBlock.REQ_TSTMP);
        segment.tsVal = peerClock;
        segment.tsEcr = (int) now + tcb.tsOffset;
        if (length > 0) {
            segment.address = MemoryRing.pattern(arena, seq - 1, length);
        }
        return segment;
    }

    void block(final int from, final int to) {
        segment.sackStart[segment.sackCount] = ISS + from;
        segment.sackEnd[segment.sackCount++] = ISS + to;
    }

    void arrive() {
        assertFalse(over, "the connection is over");
        tcp.segmentArrived(tcb, segment);
    }

    void deliver(final int flags, final int seq, final int ack, final int length) {
        segment(flags, seq, ack, length);
        arrive();
    }

    /** An acknowledgement with SACK blocks, given as from, to, from, to. */
    void acknowledge(final int ack, final int... blocks) {
        segment(ACK, tcb.rcvNxt - IRS, ack, 0);
        for (int i = 0; i < blocks.length; i += 2) {
            block(blocks[i], blocks[i + 1]);
        }
        arrive();
    }

    // ------------------------------------------------------------------ the program

    void write(final int bytes) {
        send.grow(bytes);
        tcp.output(tcb);
    }

    /** What core does for shutdown(SHUT_WR) and close. */
    void closeSending() {
        tcb.refreshProduced();
        tcb.sendClosed = true;
        switch (tcb.state) {
            case TcpState.SYN_SENT, TcpState.SYN_RECEIVED -> tcb.set(TcpControlBlock.NEEDFIN);
            case TcpState.ESTABLISHED -> tcb.state = TcpState.FIN_WAIT_1;
            case TcpState.CLOSE_WAIT -> tcb.state = TcpState.LAST_ACK;
            default -> {}
        }
        tcp.output(tcb);
    }

    void close() {
        tcb.programClosed = true;
        closeSending();
    }

    void read(final int bytes) {
        receive.consume(bytes);
        tcp.output(tcb);
    }

    // ------------------------------------------------------------------ time

    /** Lets time pass; deadlines go off in their order. */
    void pass(final long millis) {
        final long until = now + millis;
        while (!over) {
            int next = -1;
            for (int i = 0; i < TcpTimer.COUNT; i++) {
                if (tcb.timerActive(i)
                        && tcb.deadline(i) <= until
                        && (next < 0 || tcb.deadline(i) < tcb.deadline(next))) {
                    next = i;
                }
            }
            if (next < 0) {
                break;
            }
            now = Math.max(now, tcb.deadline(next));
            tcb.stopTimer(next);
            tcp.timer(tcb, next);
        }
        now = until;
    }

    // ------------------------------------------------------------------ what was sent

    Sent next() {
        final Sent first = sent.poll();
        assertNotNull(first, "nothing was sent");
        return first;
    }

    void nothing() {
        assertTrue(sent.isEmpty(), () -> "sent " + sent);
    }

    /** The next segment has these numbers. */
    Sent expect(final int flags, final int seq, final int ack, final int length) {
        final Sent first = next();
        assertEquals(seq, first.seq(), () -> "sequence number of " + first);
        assertEquals(length, first.length(), () -> "length of " + first);
        assertEquals(flags, first.flags() & ~PSH, () -> "flags of " + first);
        if ((flags & ACK) != 0) {
            assertEquals(ack, first.ack(), () -> "acknowledgement number of " + first);
        }
        return first;
    }

    long counter(final TcpCounter counter) {
        return counters.getOrDefault(counter, 0L);
    }

    @Override
    public String toString() {
        return TcpState.name(tcb.state) + " " + Arrays.toString(sent.toArray());
    }
}
