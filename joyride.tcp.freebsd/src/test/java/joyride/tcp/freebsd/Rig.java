package joyride.tcp.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.net.IpAddress;
import joyride.api.tcp.ReassemblyQueue;
import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;

/** One connection under the variant, in virtual time: a host that records, and a peer that the test plays. Numbers count from the SYNs. */
final class Rig implements TcpHost {
    static final int ISS = 0x7fff_fff0;
    static final int IRS = 0xffff_ff80;
    static final int SYN = TcpFlags.SYN;
    static final int ACK = TcpFlags.ACK;
    static final int FIN = TcpFlags.FIN;
    static final int RST = TcpFlags.RST;
    static final int PSH = TcpFlags.PSH;
    private static final int RING = 4 << 20;

    /** A segment that was sent; {@code seq} and {@code ack} count from the SYNs, {@code time} in ms. */
    record Sent(
            long time,
            int seq,
            int ack,
            int flags,
            int window,
            int length,
            int mss,
            int windowScale,
            boolean sackPermitted,
            boolean timestamp,
            int tsVal,
            int tsEcr,
            int[] blocks,
            int ecn) {
        boolean has(final int flag) {
            return (flags & flag) != 0;
        }
    }

    private static final class Block extends TcpControlBlock {
        Block() {
            reset();
        }
    }

    final TcpControlBlock tcb = new Block();
    final TcpTunables tunables = new TcpTunables();
    final FreeBsdTcp tcp = new FreeBsdTcp();
    final ArrayDeque<Sent> sent = new ArrayDeque<>();
    final Map<TcpCounter, Long> counters = new EnumMap<>(TcpCounter.class);
    final TcpSegment segment = new TcpSegment();
    final MemoryRing receive;
    /** For the receive buffer. */
    int memory = Integer.MAX_VALUE;

    final MemoryRing send;
    private final Arena arena = Arena.ofAuto();
    private final TcpOutput output = new TcpOutput();
    long now = 10_000;
    int mtu = 1500;
    int transmitError;
    boolean connected;
    boolean endOfStream;
    boolean over;
    Integer droppedWith;
    Integer closedWith;
    Boolean timeWait;
    int resets;

    /** The window that the peer sends, unscaled. */
    int peerWindow = 65535;

    /** The peer's clock in its timestamps. */
    int peerClock = 777;

    Rig() {
        receive = new MemoryRing(arena.allocate(RING, 8).address());
        send = new MemoryRing(arena.allocate(RING, 8).address());
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

    void deliverSynAck() {
        segment(SYN | ACK, 0, 1, 0);
        segment.mss = 1460;
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

    // ------------------------------------------------------------------ TcpHost

    @Override
    public long now() {
        return now;
    }

    @Override
    public long nowMicros() {
        return now * 1000;
    }

    @Override
    public RandomSource random() {
        return () -> 42;
    }

    @Override
    public TcpTunables tunables() {
        return tunables;
    }

    @Override
    public void count(final TcpCounter counter) {
        count(counter, 1);
    }

    @Override
    public void count(final TcpCounter counter, final long amount) {
        counters.merge(counter, amount, Long::sum);
    }

    @Override
    public void drop(final DropReason reason) {}

    @Override
    public TcpOutput outputScratch() {
        return output;
    }

    @Override
    public int transmit(final TcpControlBlock block, final TcpOutput out) {
        if (transmitError != 0) {
            return transmitError;
        }
        if (out.length > 0) {
            assertEquals(out.seq - ISS - 1, out.position, "position");
            assertTrue(out.position + out.length <= send.produced(), "sent what was not written");
        }
        final int[] blocks = new int[2 * out.sackCount];
        for (int i = 0; i < out.sackCount; i++) {
            blocks[2 * i] = out.sackStart[i] - IRS;
            blocks[2 * i + 1] = out.sackEnd[i] - IRS;
        }
        sent.add(new Sent(
                now,
                out.seq - ISS,
                out.ack - IRS,
                out.flags,
                out.window,
                out.length,
                out.mss,
                out.windowScale,
                out.sackPermitted,
                out.timestamp,
                out.tsVal,
                out.tsEcr,
                blocks,
                out.ecn));
        return 0;
    }

    @Override
    public void resetFor(final TcpControlBlock block, final TcpSegment answered) {
        resets++;
    }

    @Override
    public int pathMtu(final TcpControlBlock block) {
        return mtu;
    }

    /** Every segment is a burst of its own here. */
    @Override
    public void acknowledgeLater(final TcpControlBlock block) {
        tcp.output(block);
    }

    @Override
    public void timer(final TcpControlBlock block, final int which, final long delay) {
        if (delay == 0) {
            block.stopTimer(which);
        } else {
            block.deadline(which, (int) (now + delay));
        }
    }

    @Override
    public int initialSequence(final TcpControlBlock block) {
        return ISS;
    }

    @Override
    public void connected(final TcpControlBlock block) {
        connected = true;
    }

    @Override
    public void readable(final TcpControlBlock block) {
        receive.checkPattern();
    }

    @Override
    public void endOfStream(final TcpControlBlock block) {
        endOfStream = true;
    }

    @Override
    public void acknowledged(final TcpControlBlock block, final long position) {
        assertTrue(position <= send.produced(), "acknowledged more than was written");
        send.release(position);
    }

    @Override
    public void drop(final TcpControlBlock block, final int errno) {
        droppedWith = errno;
        over = true;
    }

    @Override
    public void close(final TcpControlBlock block, final int errno) {
        closedWith = errno;
        over = true;
    }

    @Override
    public void timeWait(final TcpControlBlock block, final boolean acknowledge) {
        timeWait = acknowledge;
        over = true;
    }

    @Override
    public int receiveSpace(final TcpControlBlock block) {
        return (int) Math.max(receive.consumed() + receiveBuffer(block) - tcb.rcvNxtPosition, 0);
    }

    @Override
    public int receiveBuffer(final TcpControlBlock block) {
        return Math.min(tcb.rcvHiwat, memory);
    }

    @Override
    public void receiveAutosize(final TcpControlBlock block, final TcpSegment arrived, final int bytes) {}

    @Override
    public void sendAutosize(final TcpControlBlock block, final int window) {}

    @Override
    public void urgent(final TcpControlBlock block) {
        // the program reads its bytes in line
    }

    @Override
    public int fastOpen(final TcpControlBlock block, final TcpOutput output) {
        return -1;
    }

    @Override
    public void fastOpenAnswered(
            final TcpControlBlock block, final TcpSegment segment, final boolean presented, final boolean taken) {
        throw new AssertionError("no Fast Open here");
    }

    @Override
    public void fastOpenFailed(final TcpControlBlock block) {
        throw new AssertionError("no Fast Open here");
    }

    @Override
    public boolean awaitsData(final TcpControlBlock tcb) {
        return false;
    }

    @Override
    public boolean acquireScoreboard(final TcpControlBlock block) {
        block.sack = new SackScoreboard();
        return true;
    }

    @Override
    public void acquireSendMap(final TcpControlBlock block) {
        block.sendMap = new SendMap();
    }

    @Override
    public boolean growSendMap(final TcpControlBlock block) {
        return block.sendMap.grow();
    }

    @Override
    public void releaseSendMap(final TcpControlBlock block) {
        block.sendMap = null;
    }

    @Override
    public boolean pace(final TcpControlBlock block, final long nanos) {
        throw new AssertionError("the default stack paces nothing");
    }

    @Override
    public boolean acquireReassembly(final TcpControlBlock block) {
        block.reassembly = new ReassemblyQueue();
        return true;
    }

    @Override
    public void releaseScoreboard(final TcpControlBlock block) {
        block.sack = null;
    }

    @Override
    public void releaseReassembly(final TcpControlBlock block) {
        block.reassembly = null;
        block.rcvSackCount = 0;
    }

    @Override
    public void mssReceived(final TcpControlBlock block, final int offer) {
        block.maxSeg = Math.min(offer == 0 ? 536 : offer, mtu - 40);
        block.rcvHiwat = (block.rcvHiwat + block.maxSeg - 1) / block.maxSeg * block.maxSeg;
    }

    @Override
    public int mssToOffer(final TcpControlBlock block) {
        return mtu - 40;
    }

    @Override
    public String toString() {
        return TcpState.name(tcb.state) + " " + Arrays.toString(sent.toArray());
    }
}
