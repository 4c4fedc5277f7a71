package joyride.testkit.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import joyride.api.memory.Memory;
import joyride.api.tcp.TcpFlags;

/**
 * A frame on a wire that carries a TCP segment, and when.
 *
 * @param sent ns
 * @param arrived ns; -1: it was lost
 * @param tcp offset of the TCP header
 */
record WireSegment(boolean fromA, long sent, long arrived, byte[] frame, int tcp) {
    private static final int IPV4 = 0x0800;
    private static final int ETHERNET = 14;
    private static final int STAMP = 8;
    private static final int SACK = 5;
    private static final int WINDOW_SCALE = 3;

    /** @return null if it is something else */
    static WireSegment of(
            final boolean fromA, final long sent, final long address, final int length, final long arrived) {
        final byte[] frame = new byte[length];
        Memory.copyOut(address, frame, 0, length);
        final boolean four = (frame[12] << 8 | frame[13]) == IPV4;
        final boolean tcp = length > 54 - 1 && frame[ETHERNET + (four ? 9 : 6)] == 6;
        return tcp ? new WireSegment(fromA, sent, arrived, frame, ETHERNET + (four ? 20 : 40)) : null;
    }

    private int word(final int at) {
        return ByteBuffer.wrap(frame).getInt(at);
    }

    private int half(final int at) {
        return ByteBuffer.wrap(frame).getShort(at) & 0xffff;
    }

    int seq() {
        return word(tcp + 4);
    }

    int ack() {
        return word(tcp + 8);
    }

    /** The eight low ones. */
    int flags() {
        return frame[tcp + 13] & 0xff;
    }

    /** RFC 9768's counter. */
    int ace() {
        return half(tcp + 12) >>> 6 & 7;
    }

    int window() {
        return half(tcp + 14);
    }

    boolean marked() {
        final int network = ETHERNET;
        return tcp == network + 20 ? (frame[network + 1] & 3) == 3 : (frame[network + 1] & 0x30) == 0x30;
    }

    int payload() {
        final int end = tcp == ETHERNET + 20 ? ETHERNET + half(ETHERNET + 2) : ETHERNET + 40 + half(ETHERNET + 4);
        return end - tcp - headerLength();
    }

    int sequenceLength() {
        return payload() + ((flags() & TcpFlags.SYN) != 0 ? 1 : 0) + ((flags() & TcpFlags.FIN) != 0 ? 1 : 0);
    }

    boolean hasStamp() {
        return option(STAMP) > 0;
    }

    int stamp() {
        return word(option(STAMP) + 2);
    }

    int stampEcho() {
        return word(option(STAMP) + 6);
    }

    int windowShift() {
        final int at = option(WINDOW_SCALE);
        return at > 0 ? frame[at + 2] : 0;
    }

    int[] sackEdges() {
        final int at = option(SACK);
        final int[] edges = new int[at > 0 ? (frame[at + 1] - 2) / 4 : 0];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = word(at + 2 + 4 * i);
        }
        return edges;
    }

    private int headerLength() {
        return (frame[tcp + 12] & 0xf0) >>> 2;
    }

    /** Offset of an option; 0: there is none. */
    private int option(final int kind) {
        final int end = tcp + headerLength();
        for (int at = tcp + 20; at < end && frame[at] != 0; at += frame[at] == 1 ? 1 : frame[at + 1]) {
            if (frame[at] == kind) {
                return at;
            }
        }
        return 0;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final WireSegment seen
                && seen.fromA == fromA
                && seen.sent == sent
                && seen.arrived == arrived
                && Arrays.equals(seen.frame, frame);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(frame);
    }

    @Override
    public String toString() {
        return (fromA ? "a " : "b ") + sent + ".." + arrived + " ns seq " + Integer.toUnsignedString(seq()) + " ack "
                + Integer.toUnsignedString(ack()) + " len " + payload() + (marked() ? " CE " : " ")
                + HexFormat.of().formatHex(frame, tcp, tcp + headerLength());
    }
}
