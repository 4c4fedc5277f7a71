package joyride.core.tcp;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;

/**
 * The last events of a connection, each with the state that it met: what FreeBSD's BBLog is for. A ring of fixed size, allocated when the trace
 * begins. Filled on the event loop; read by whom it is handed to, once it is off.
 */
public final class EventTrace {
    /** What happened. */
    static final int ARRIVED = 0;

    static final int SENT = 1;
    static final int TIMER = 2;

    private static final int WORDS = 12;

    final long localHigh;
    final long localLow;
    final long remoteHigh;
    final long remoteLow;
    final int localPort;
    final int remotePort;
    final int iss;
    final int irs;
    private final long[] ring;
    private final int capacity;
    private long count;

    EventTrace(final TcpConnection connection, final int events) {
        localHigh = connection.localHigh;
        localLow = connection.localLow;
        remoteHigh = connection.remoteHigh;
        remoteLow = connection.remoteLow;
        localPort = connection.localPort;
        remotePort = connection.remotePort;
        iss = connection.iss;
        irs = connection.irs;
        capacity = events;
        ring = new long[events * WORDS];
    }

    /** Events kept. */
    public int size() {
        return (int) Math.min(count, capacity);
    }

    /** Events that were overwritten by later ones. */
    public long lost() {
        return Math.max(count - capacity, 0);
    }

    void arrived(final long nanos, final TcpConnection c, final TcpSegment s) {
        final int at = begin(nanos, c);
        what(at, ARRIVED, c, s.flags, s.window, s.urgent);
        numbers(at, s.seq, s.ack, s.length, s.hasTimestamp, s.tsVal, s.tsEcr);
    }

    void sent(final long nanos, final TcpConnection c, final TcpOutput o) {
        final int at = begin(nanos, c);
        what(at, SENT, c, o.flags, o.window, o.urgent);
        numbers(at, o.seq, o.ack, o.length, o.timestamp, o.tsVal, o.tsEcr);
    }

    void timer(final long nanos, final TcpConnection c, final int which) {
        final int at = begin(nanos, c);
        what(at, TIMER, c, which, 0, 0);
        numbers(at, 0, 0, 0, false, 0, 0);
    }

    private void what(
            final int at, final int kind, final TcpConnection c, final int flags, final int window, final int urgent) {
        ring[at + 1] =
                kind | (long) c.state << 4 | (long) flags << 16 | (long) (window & 0xffff) << 32 | (long) urgent << 48;
    }

    private void numbers(
            final int at,
            final int seq,
            final int ack,
            final int length,
            final boolean timestamp,
            final int tsVal,
            final int tsEcr) {
        ring[at + 2] = pair(seq, ack);
        ring[at + 3] = pair(length, timestamp ? 1 : 0);
        ring[at + 4] = pair(tsVal, tsEcr);
    }

    private int begin(final long nanos, final TcpConnection c) {
        final int at = (int) (count++ % capacity) * WORDS;
        ring[at] = nanos;
        ring[at + 5] = pair(c.sndUna - c.iss, c.sndNxt - c.iss);
        ring[at + 6] = pair(c.sndMax - c.iss, c.rcvNxt - c.irs);
        ring[at + 7] = pair(c.sndCwnd, c.sndSsthresh);
        ring[at + 8] = pair(c.sndWnd, c.rcvWnd);
        final boolean millis = c.rttUnit == TcpControlBlock.UNIT_MILLIS;
        ring[at + 9] = pair(millis ? c.srtt * 1000 >> 5 : c.srtt >> 5, millis ? c.rttvar * 1000 >> 4 : c.rttvar >> 4);
        ring[at + 10] = pair(c.rxtCur, c.rxtShift << 16 | Math.min(c.dupAcks, 0xffff));
        ring[at + 11] = c.flags;
        return at;
    }

    private static long pair(final int high, final int low) {
        return (long) high << 32 | low & 0xffff_ffffL;
    }

    /** A word of the event {@code index} places after the oldest one kept. */
    long word(final int index, final int word) {
        final long first = Math.max(count - capacity, 0);
        return ring[(int) ((first + index) % capacity) * WORDS + word];
    }
}
