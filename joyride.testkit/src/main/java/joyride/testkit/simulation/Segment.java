package joyride.testkit.simulation;

import java.util.Arrays;
import joyride.api.tcp.TcpFlags;

/**
 * A TCP segment by hand, or one that was seen. Sequence numbers are 32 bits as on the wire.
 *
 * @param options as on the wire, a multiple of 4 bytes
 */
public record Segment(
        int sourcePort, int destinationPort, int seq, int ack, int flags, int window, byte[] options, byte[] payload) {
    private static final byte[] EMPTY = {};
    private static final int KIND_MSS = 2;
    private static final int KIND_WINDOW_SCALE = 3;
    private static final int KIND_SACK_PERMITTED = 4;
    private static final int KIND_SACK = 5;
    private static final int KIND_TIMESTAMP = 8;

    /** A segment without options and payload. */
    public static Segment of(
            final int sourcePort, final int destinationPort, final int flags, final int seq, final int ack) {
        return new Segment(sourcePort, destinationPort, seq, ack, flags, 65535, EMPTY, EMPTY);
    }

    public Segment window(final int bytes) {
        return new Segment(sourcePort, destinationPort, seq, ack, flags, bytes, options, payload);
    }

    public Segment payload(final byte[] bytes) {
        return new Segment(sourcePort, destinationPort, seq, ack, flags, window, options, bytes);
    }

    /** Adds an MSS option. */
    public Segment mss(final int bytes) {
        return option(KIND_MSS, 4, bytes >>> 8, bytes);
    }

    /** Adds a window scale option, after a NOP. */
    public Segment windowScale(final int shift) {
        return option(1, KIND_WINDOW_SCALE, 3, shift);
    }

    /** Adds SACK-permitted, after two NOPs. */
    public Segment sackPermitted() {
        return option(1, 1, KIND_SACK_PERMITTED, 2);
    }

    /** Adds a SACK option of pairs of edges. */
    public Segment sack(final int... edges) {
        Segment segment = option(1, 1, KIND_SACK, 2 + 4 * edges.length);
        for (final int edge : edges) {
            segment = segment.option(edge >>> 24, edge >>> 16, edge >>> 8, edge);
        }
        return segment;
    }

    /** Adds a timestamp option. */
    public Segment timestamp(final int value, final int echo) {
        return option(1, 1, KIND_TIMESTAMP, 10)
                .option(value >>> 24, value >>> 16, value >>> 8, value)
                .option(echo >>> 24, echo >>> 16, echo >>> 8, echo);
    }

    /** Adds option bytes as they are. */
    public Segment option(final int... bytes) {
        final byte[] all = Arrays.copyOf(options, options.length + bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            all[options.length + i] = (byte) bytes[i];
        }
        return new Segment(sourcePort, destinationPort, seq, ack, flags, window, all, payload);
    }

    public boolean has(final int flag) {
        return (flags & flag) != 0;
    }

    /** Sequence space that it takes. */
    public int sequenceLength() {
        return payload.length + (has(TcpFlags.SYN) ? 1 : 0) + (has(TcpFlags.FIN) ? 1 : 0);
    }

    /** Where the option of that kind begins in {@link #options}, or -1. */
    public int find(final int kind) {
        for (int i = 0; i < options.length && options[i] != 0; ) {
            if (options[i] == kind) {
                return i;
            }
            i += options[i] == 1 || i + 1 >= options.length ? 1 : Math.max(2, options[i + 1] & 0xff);
        }
        return -1;
    }

    /** The timestamp's value, or 0 without one. */
    public int timestampValue() {
        final int at = find(KIND_TIMESTAMP);
        return at < 0 ? 0 : word(at + 2);
    }

    /** Edges of the SACK blocks in order. */
    public int[] sackEdges() {
        final int at = find(KIND_SACK);
        final int length = at < 0 || at + 1 >= options.length ? 0 : options[at + 1] & 0xff;
        if (length < 2 || at + length > options.length) {
            return new int[0];
        }
        final int[] edges = new int[(length - 2) / 4];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = word(at + 2 + 4 * i);
        }
        return edges;
    }

    private int word(final int at) {
        return (options[at] & 0xff) << 24
                | (options[at + 1] & 0xff) << 16
                | (options[at + 2] & 0xff) << 8
                | options[at + 3] & 0xff;
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        final String names = "FSRPAUEC";
        for (int i = 0; i < names.length(); i++) {
            if ((flags & 1 << i) != 0) {
                text.append(names.charAt(i));
            }
        }
        return text.append(" seq ")
                .append(Integer.toUnsignedString(seq))
                .append(" ack ")
                .append(Integer.toUnsignedString(ack))
                .append(" win ")
                .append(window)
                .append(" len ")
                .append(payload.length)
                .append(' ')
                .append(sourcePort)
                .append('>')
                .append(destinationPort)
                .toString();
    }
}
