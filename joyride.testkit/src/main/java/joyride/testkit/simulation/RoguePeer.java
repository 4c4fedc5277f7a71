package joyride.testkit.simulation;

import java.util.Arrays;
import java.util.BitSet;
import joyride.api.tcp.TcpFlags;

/**
 * A peer that carries on a conversation with a host's program, in both directions, and misbehaves in one manner. It loses some of what it
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
        /** Sends segments from outside the window, with numbers far and near. */
        STRAYS,
        /** Sends RST and SYN that are not quite right (RFC 5961). */
        INJECTS,
        /** Takes window back that it gave (RFC 9293 §3.8.6.2.1), down to nothing. */
        SHRINKS,
        /** Sends duplicate acknowledgements for nothing (Savage et al. 1999), and SACKs that lie. */
        SPOOFS
    }

    private static final long MILLI = 1_000_000L;
    private static final int CHUNK = 1400;
    private static final double LOSS = 0.03;

    private final PeerRig rig;
    private final PeerConnection connection;
    private final SeededRandom random;
    private final Manner manner;
    private final long expectKey;
    private final int expectBytes;
    private final long sendKey;
    private final int sendBytes;
    private final int firstSeq;
    private final int firstAck;
    private final BitSet have = new BitSet();

    /** What was thrown away after it was SACKed: SACKed no more. */
    private int highest;

    private int acknowledged;
    private int lastSent;
    private int sentTo;
    private boolean reset;
    private String failure;
    private int challenges;

    /** @param expectBytes what the host's program will send, {@code sendBytes} what it expects */
    public RoguePeer(
            final PeerRig rig,
            final PeerConnection connection,
            final SeededRandom random,
            final Manner manner,
            final long expectKey,
            final int expectBytes,
            final long sendKey,
            final int sendBytes) {
        this.rig = rig;
        this.connection = connection;
        this.random = random;
        this.manner = manner;
        this.expectKey = expectKey;
        this.expectBytes = expectBytes;
        this.sendKey = sendKey;
        this.sendBytes = sendBytes;
        firstSeq = connection.seq;
        firstAck = connection.ack;
    }

    /** Whether both streams are over, or the connection is. */
    public boolean isDone() {
        return reset || failure != null || frontier() >= expectBytes && acknowledged >= sendBytes;
    }

    /** Whether the host reset the connection. */
    public boolean wasReset() {
        return reset;
    }

    /** What is wrong with what came; null: nothing. */
    public String failure() {
        return failure;
    }

    /** Bytes of the host's that are there without a gap. */
    public int frontier() {
        return manner == Manner.OPTIMISTIC ? Math.max(highest, have.nextClearBit(0)) : have.nextClearBit(0);
    }

    /** A little time passes; takes what came, answers, sends. */
    public void step() {
        rig.pass(random.spread(1, 30) * MILLI);
        boolean news = false;
        Segment segment;
        while ((segment = connection.receive(0)) != null) {
            news |= take(segment);
        }
        connection.ack = firstAck + frontier(); // not what was lost here
        if (reset || failure != null) {
            return;
        }
        misbehave();
        if (news || random.chance(0.2)) {
            acknowledge();
        }
        if (acknowledged < sendBytes) {
            send();
        }
    }

    /** Ends the conversation as a peer does that is done. */
    public void close() {
        rig.send(segment(TcpFlags.ACK | TcpFlags.FIN, sendBytes));
        for (int i = 0; i < 200 && !reset; i++) {
            rig.pass(50 * MILLI);
            Segment segment;
            boolean fin = false;
            while ((segment = connection.receive(0)) != null) {
                reset |= segment.has(TcpFlags.RST);
                fin |= segment.has(TcpFlags.FIN);
            }
            if (fin) {
                connection.ack = firstAck + expectBytes + 1;
                rig.send(segment(TcpFlags.ACK, sendBytes + 1));
                return;
            }
        }
    }

    private boolean take(final Segment segment) {
        if (segment.has(TcpFlags.RST)) {
            reset = true;
            return false;
        }
        acknowledged = Math.max(acknowledged, segment.ack() - firstSeq);
        final int length = segment.payload().length;
        if (length == 0) {
            challenges++;
            return false;
        }
        final int position = segment.seq() - firstAck;
        if (position < 0 || position + length > expectBytes) {
            failure = "bytes " + position + "+" + length + " of a stream of " + expectBytes;
            return false;
        }
        if (!Arrays.equals(segment.payload(), StreamPattern.bytes(expectKey, position, length))) {
            failure = "other bytes than were written at " + position;
            return false;
        }
        if (random.chance(LOSS)) {
            return false;
        }
        have.set(position, position + length);
        highest = Math.max(highest, position + length);
        return true;
    }

    private Segment segment(final int flags, final int position) {
        connection.seq = firstSeq + position;
        return connection.segment(flags);
    }

    private Segment bare(final int acknowledges) {
        connection.ack = firstAck + acknowledges;
        return segment(TcpFlags.ACK, sentTo);
    }

    /** An acknowledgement of all there is, with up to three blocks beyond the gap. */
    private Segment honest() {
        final int frontier = frontier();
        Segment segment = bare(frontier);
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
        if (manner == Manner.SHRINKS) {
            connection.window = random.chance(0.3) ? 0 : random.nextInt(65536);
        }
        if (manner == Manner.DIVIDES) {
            for (int at = lastSent + 7; at < frontier; at += random.between(1, 200)) {
                rig.peer().send(bare(at));
            }
        }
        rig.send(honest());
        lastSent = frontier;
    }

    private void misbehave() {
        switch (manner) {
            case OPTIMISTIC -> {
                if (random.chance(0.3)) {
                    // Up to and beyond what was ever sent: the host must take neither for true that it cannot be.
                    final int claim = firstAck + highest + random.spread(1, 100_000);
                    connection.ack = claim;
                    rig.send(segment(TcpFlags.ACK, sentTo));
                    connection.ack = firstAck + frontier();
                }
            }
            case RENEGES -> {
                final int frontier = have.nextClearBit(0);
                if (random.chance(0.1)) {
                    have.clear(frontier, Math.max(frontier, highest) + 1);
                }
            }
            case OLD_STAMPS -> {
                if (random.chance(0.3) && sentTo > 0) {
                    final int from = random.nextInt(sentTo);
                    rig.send(Segment.of(
                                    connection.port(),
                                    connection.hostPort(),
                                    TcpFlags.ACK,
                                    firstSeq + from,
                                    connection.ack)
                            .window(connection.window)
                            .timestamp(random.nextInt(900), 0)
                            .payload(garbage()));
                }
            }
            case STRAYS -> {
                if (random.chance(0.3)) {
                    final int far = random.chance(0.5) ? random.nextInt() | 0x1000_0000 : -random.between(1, 70_000);
                    final Segment stray = segment(TcpFlags.ACK, sentTo + (far > 0 ? far | 1 << 24 : far));
                    rig.send(far < 0 && sentTo + far >= -1 ? stray : stray.payload(garbage()));
                    segment(TcpFlags.ACK, sentTo);
                }
            }
            case INJECTS -> {
                if (random.chance(0.3)) {
                    final int off = random.chance(0.5) ? random.between(2, 60_000) : -random.between(2, 1_000_000);
                    final int flags = random.chance(0.5) ? TcpFlags.RST : TcpFlags.SYN;
                    rig.send(segment(flags, sentTo + off));
                    segment(TcpFlags.ACK, sentTo);
                }
            }
            case SPOOFS -> {
                if (random.chance(0.2)) {
                    final Segment duplicate = bare(frontier());
                    for (int i = random.spread(1, 100); i > 0; i--) {
                        rig.peer().send(duplicate);
                    }
                    final int from = random.spread(1, 200_000);
                    rig.send(duplicate.sack(
                            new int[] {connection.ack + from, connection.ack + from + random.spread(1, 100_000)}));
                }
            }
            default -> {}
        }
    }

    /** Bytes that are nowhere in the stream. */
    private byte[] garbage() {
        final byte[] bytes = new byte[random.spread(1, CHUNK)];
        Arrays.fill(bytes, (byte) random.nextInt(256));
        return bytes;
    }

    /** Some data: new, or again from what is not acknowledged; now and then out of order. */
    private void send() {
        final int from = random.chance(0.3) ? acknowledged : sentTo;
        final int length = Math.min(random.spread(1, CHUNK), sendBytes - from);
        if (length > 0) {
            final Segment data = segment(TcpFlags.ACK, from).payload(StreamPattern.bytes(sendKey, from, length));
            sentTo = Math.max(sentTo, from + length);
            if (!random.chance(LOSS)) {
                rig.send(data);
            }
        }
        segment(TcpFlags.ACK, sentTo);
    }

    /** Acknowledgements without data that came: what is said to misbehaviour is among them. */
    public int bareAcknowledgements() {
        return challenges;
    }
}
