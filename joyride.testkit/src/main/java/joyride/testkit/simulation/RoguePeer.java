package joyride.testkit.simulation;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Set;
import joyride.api.tcp.TcpFlags;

/**
 * A peer that carries on a conversation with a host's program, in both directions, and misbehaves in some manners. It loses some of what it
 * gets, so that the host has to recover meanwhile.
 */
public final class RoguePeer {
    /** How it misbehaves. */
    public enum Manner {
        /** Not at all. */
        HONEST,
        /** Acknowledges each segment in many small steps (Savage et al. 1999). */
        DIVIDES,
        /** Acknowledges what it has not got, and what was never sent. */
        OPTIMISTIC,
        /** Throws away what it has SACKed (RFC 2018 §8). */
        RENEGES,
        /** Sends segments again with old timestamps. */
        OLD_STAMPS,
        /** Its timestamps leap, and it echoes what was never sent. */
        LEAPS,
        /** Sends segments from outside the window, with numbers far and near. */
        STRAYS,
        /** Sends RST and SYN that are not quite right (RFC 5961). */
        INJECTS,
        /** Takes window back that it gave (RFC 9293 §3.8.6.2.1), down to nothing. */
        SHRINKS,
        /** Gives windows of some bytes, or none. */
        STINGY,
        /** Sends duplicate acknowledgements for nothing (Savage et al. 1999), and SACKs that lie. */
        SPOOFS,
        /** Takes no packets but short ones, and says so by ICMP, truly and not. */
        SQUEEZES,
        /** Sends options that are not what they say. */
        MALFORMED
    }

    private static final long MILLI = 1_000_000L;
    private static final int CHUNK = 1400;
    private static final double LOSS = 0.03;

    private final PeerRig rig;
    private final PeerConnection connection;
    private final SeededRandom random;
    private final Set<Manner> manners;
    private final SendBudget budget;
    private final Mischief mischief;
    private final StreamPlan plan;
    private final int expectBytes;
    private final int sendBytes;
    private final int firstSeq;
    private final int firstAck;
    private final BitSet have = new BitSet();

    /** What was thrown away after it was SACKed: SACKed no more. */
    private int highest;

    private int claimed;
    private int acknowledged;
    private int lastSent;
    private int sentTo;

    /** Where the host's FIN is; -1: none came yet. */
    private int end = -1;

    private boolean closing;
    private boolean gone;
    private boolean reset;
    private String failure;

    /**
     * @param budget sees what the host sends, and is told what this peer says
     * @param plan the host's program's: it expects what this peer sends
     */
    RoguePeer(
            final PeerRig rig,
            final PeerConnection connection,
            final SeededRandom random,
            final Set<Manner> manners,
            final SendBudget budget,
            final StreamPlan plan) {
        this.rig = rig;
        this.connection = connection;
        this.random = random;
        this.manners = manners;
        this.budget = budget;
        this.plan = plan;
        expectBytes = (int) plan.sendBytes();
        sendBytes = (int) plan.expectBytes();
        firstSeq = connection.seq;
        firstAck = connection.ack;
        mischief = new Mischief(this, rig, connection, random);
        budget.begin(firstAck, Math.max(0xffff, connection.windowBytes()));
    }

    /** Whether both streams are over, or the connection is. */
    public boolean isDone() {
        return reset || failure != null || (frontier() >= expectBytes || ended()) && acknowledged >= sendBytes;
    }

    /** Whether all up to the host's FIN is there. */
    private boolean ended() {
        return end >= 0 && frontier() >= end;
    }

    /** Whether the host reset the connection before it was over. */
    public boolean wasReset() {
        return reset;
    }

    /** What is wrong with what came; null: nothing. */
    public String failure() {
        return failure == null ? budget.failure() : failure;
    }

    /** Bytes of the host's that are there without a gap, or were said to be. */
    public int frontier() {
        final int there = have.nextClearBit(0);
        return does(Manner.OPTIMISTIC) ? Math.max(Math.max(highest, claimed), there) : there;
    }

    /** Whether the host may have learnt of a shorter path. */
    boolean squeezed() {
        return mischief.squeezed();
    }

    /** Bytes of the two streams that got through. */
    long bytes() {
        return (long) frontier() + acknowledged;
    }

    boolean does(final Manner manner) {
        return manners.contains(manner);
    }

    /** Bytes that were ever sent to the host. */
    int sentTo() {
        return sentTo;
    }

    /** Of those the first that it has not acknowledged. */
    int acknowledged() {
        return acknowledged;
    }

    /** The highest byte that came. */
    int highest() {
        return highest;
    }

    /** A little time passes; takes what came, answers, sends. */
    public void step() {
        rig.pass(random.spread(1, 30) * MILLI);
        final boolean news = takeAll();
        if (reset || failure != null) {
            return;
        }
        mischief.act();
        if (news || random.chance(0.2)) {
            acknowledge();
        }
        if (acknowledged < sendBytes) {
            send();
        }
    }

    /** @return whether there was data among it */
    private boolean takeAll() {
        boolean news = false;
        Segment segment;
        while ((segment = connection.receive(0)) != null) {
            news |= take(segment);
        }
        connection.ack = firstAck + frontier(); // not what was lost here
        return news;
    }

    /** The end as of a peer that is done: FIN, again until it is acknowledged, and the host's acknowledged, until {@code nanos} have passed or the host knows it no more. */
    public void close(final long nanos) {
        closing = true;
        final long until = rig.clock().nanoTime() + nanos;
        while (!reset
                && !gone
                && rig.clock().nanoTime() < until
                && SimulatedTcp.connections(rig.host().engine()) > 0) {
            if (acknowledged <= sendBytes) {
                emit(segment(TcpFlags.ACK | TcpFlags.FIN, sendBytes).payload(new byte[0]));
            }
            rig.pass(random.between(50, 400) * MILLI);
            if (takeAll()) {
                emit(honest());
            }
        }
    }

    /** Ends the connection by a reset, that is right (RFC 5961 §3.2) if nothing is lost meanwhile. */
    void abort() {
        emit(segment(TcpFlags.RST | TcpFlags.ACK, acknowledged));
    }

    private boolean take(final Segment segment) {
        if (segment.has(TcpFlags.RST)) {
            // A host that has our acknowledgement of its FIN, and whose own of ours was lost, knows of nothing.
            gone = closing && ended();
            reset = !gone;
            return false;
        }
        acknowledged = Math.max(acknowledged, segment.ack() - firstSeq);
        final int length = segment.payload().length;
        final int position = segment.seq() - firstAck;
        if (segment.has(TcpFlags.FIN)) {
            end = position + length;
        }
        if (length == 0) {
            return segment.has(TcpFlags.FIN);
        }
        if (position < 0 || position + length > expectBytes) {
            failure = "bytes " + position + "+" + length + " of a stream of " + expectBytes;
            return false;
        }
        if (!Arrays.equals(segment.payload(), StreamPattern.bytes(plan.sendKey(), position, length))) {
            failure = "other bytes than were written at " + position;
            return false;
        }
        if (mischief.refuses(segment) || !closing && random.chance(LOSS)) {
            return false;
        }
        have.set(position, position + length);
        highest = Math.max(highest, position + length);
        return true;
    }

    /** A segment of this peer's stream from {@code position} on. */
    Segment segment(final int flags, final int position) {
        connection.seq = firstSeq + position;
        return connection.segment(flags);
    }

    /** An acknowledgement of so many bytes, and nothing else. */
    Segment bare(final int acknowledges) {
        connection.ack = firstAck + acknowledges;
        return segment(TcpFlags.ACK, sentTo);
    }

    /** Sends it; what it says counts. */
    void emit(final Segment segment) {
        told(segment);
        rig.send(segment);
    }

    /** Sends it without letting the host take it yet. */
    void emitAtOnce(final Segment segment) {
        told(segment);
        rig.peer().send(segment);
    }

    private void told(final Segment segment) {
        final int position = segment.ack() - firstAck;
        if (does(Manner.OPTIMISTIC) && position <= Math.min(budget.sentTo(), expectBytes)) {
            claimed = Math.max(claimed, position);
        }
        budget.told(rig.clock().nanoTime(), position, connection.windowBytes());
        final int[] edges = segment.sackEdges();
        for (int i = 1; i < edges.length; i += 2) {
            budget.reported(Math.min(edges[i] - firstAck, budget.sentTo()));
        }
    }

    /** An acknowledgement of all there is, with up to three blocks beyond the gap. */
    private Segment honest() {
        final int frontier = frontier();
        Segment segment = bare(ended() ? end + 1 : frontier);
        final int[] edges = new int[6];
        int count = 0;
        for (int from = have.nextSetBit(frontier); from >= 0 && count < edges.length; ) {
            final int to = have.nextClearBit(from);
            edges[count++] = firstAck + from;
            edges[count++] = firstAck + to;
            from = have.nextSetBit(to);
        }
        if (count > 0) {
            segment = segment.sack(Arrays.copyOf(edges, count));
        }
        return segment;
    }

    private void acknowledge() {
        final int frontier = frontier();
        mischief.window();
        if (does(Manner.DIVIDES)) {
            for (int at = lastSent + 7; at < frontier; at += random.between(1, 200)) {
                emitAtOnce(bare(at));
            }
        }
        emit(honest());
        lastSent = frontier;
    }

    /** Throws away what is there beyond a gap. */
    void renege() {
        final int frontier = have.nextClearBit(0);
        have.clear(frontier, Math.max(frontier, highest) + 1);
    }

    /** Some data: new, or again from what is not acknowledged; now and then out of order. */
    private void send() {
        final int from = random.chance(0.3) ? acknowledged : sentTo;
        final int length = mischief.apart(from, Math.min(random.spread(1, CHUNK), sendBytes - from));
        if (length > 0) {
            final Segment data =
                    segment(TcpFlags.ACK, from).payload(StreamPattern.bytes(plan.expectKey(), from, length));
            sentTo = Math.max(sentTo, from + length);
            if (!random.chance(LOSS)) {
                emit(data);
            }
        }
        segment(TcpFlags.ACK, sentTo);
    }
}
