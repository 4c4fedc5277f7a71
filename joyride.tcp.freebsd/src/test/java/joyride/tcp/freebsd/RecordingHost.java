package joyride.tcp.freebsd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.tcp.ReassemblyQueue;
import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import joyride.api.time.RandomSource;

/** A host that records what a variant asks of it: segments, counts, timers, and how the connection ended. */
class RecordingHost implements TcpHost {
    static final int ISS = 0x7fff_fff0;
    static final int IRS = 0xffff_ff80;
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
    final ArrayDeque<Sent> sent = new ArrayDeque<>();
    final Map<TcpCounter, Long> counters = new EnumMap<>(TcpCounter.class);
    final MemoryRing receive;
    /** For the receive buffer. */
    int memory = Integer.MAX_VALUE;

    final MemoryRing send;
    final Arena arena = Arena.ofAuto();
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

    RecordingHost() {
        receive = new MemoryRing(arena.allocate(RING, 8).address());
        send = new MemoryRing(arena.allocate(RING, 8).address());
    }

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
        block.variant.output(block);
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
}
