package joyride.testkit.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.nic.wire.WireTap;

/**
 * What a host may have sent to a peer, by what that peer has said: nothing beyond the furthest edge of its windows, nothing new beyond those of the last half minute (RFC 9293 §3.8.6), and of new data no more than
 * an initial window and twice what was acknowledged, which is slow start with appropriate byte counting (RFC 6928, RFC 3465); more only for what the
 * peer reported besides: ranges, and without SACK duplicates, and what follows them in recovery (RFC 5681 §3.2). Sees each frame as it leaves the host, and knows nothing of the host otherwise.
 */
final class SendBudget implements WireTap {
    private static final int ETHERNET = 14;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int TCP = 6;

    /** Duplicates that begin recovery (RFC 5681 §3.2). */
    private static final int TO_RECOVER = 3;

    private static final long SECOND = 1_000_000_000L;

    /** After that something of what the peer says has come, whatever befalls the rest. */
    private static final long ON_THE_WAY = 30 * SECOND;

    /** Segments of the first window (RFC 6928). */
    private static final int INITIAL = 10;

    /** Segments beside cwnd: two by limited transmit (RFC 3042), a probe (RFC 8985 §7), and what rounding leaves. */
    private static final int BESIDE = 4;

    private final int port;
    private final int segment;
    private final boolean sack;
    private final List<int[]> claims = new ArrayList<>();
    private int first;
    private boolean begun;
    private int sentTo;
    private int acknowledged;
    private int reported;
    private long duplicates;

    /** The furthest edge of each second in which the peer spoke. */
    private final ArrayDeque<long[]> edges = new ArrayDeque<>();

    private int edge;
    private long segments;
    private long bare;
    private String failure;

    /** @param segment bytes of its largest ones; {@code sack}: whether the peer reports what it has */
    SendBudget(final int port, final int segment, final boolean sack) {
        this.port = port;
        this.segment = segment;
        this.sack = sack;
    }

    /** @param next the number of the host's first byte, {@code window} that the peer's handshake gave */
    void begin(final int next, final int window) {
        first = next;
        edge = window;
        edges.add(new long[] {0, window});
        begun = true;
    }

    /**
     * The peer says that it has all up to {@code position}, and takes so many bytes more. What was never sent does not count, until it is.
     */
    void told(final long nanos, final int position, final int window) {
        final long second = nanos / SECOND;
        final long to = position + window;
        if (edges.getLast()[0] == second) {
            edges.getLast()[1] = Math.max(edges.getLast()[1], to);
        } else {
            edges.add(new long[] {second, to});
        }
        if (position > sentTo) {
            claims.add(new int[] {position, window});
        } else {
            believe(position, window);
        }
    }

    private void believe(final int position, final int window) {
        // In recovery each partial one adds a segment too, as with FreeBSD, whatever it acknowledges.
        if (!sack && (position <= acknowledged || duplicates >= TO_RECOVER)) {
            duplicates++;
        }
        acknowledged = Math.max(acknowledged, position);
        edge = Math.max(edge, position + window);
    }

    /** The peer reports, truly or not, that it has something up to {@code position}. */
    void reported(final int position) {
        reported = Math.max(reported, position);
    }

    /** Bytes of the stream that the host has sent, some perhaps in vain. */
    int sentTo() {
        return sentTo;
    }

    /** Segments without data that it sent. */
    long bare() {
        return bare;
    }

    /** What it should not have sent; null: nothing. */
    String failure() {
        return failure;
    }

    @Override
    public void frame(final boolean fromA, final long nanos, final long address, final int length, final long due) {
        if (!fromA || !begun) {
            return;
        }
        final long ip = address + ETHERNET;
        final boolean six = Memory.getUnsignedShortBE(address + ETHERNET - 2) == TYPE_IPV6;
        final int header = six ? 40 : 20;
        if (Memory.getUnsignedByte(ip + (six ? 6 : 9)) != TCP
                || Memory.getUnsignedShortBE(ip + header + 2) != port
                || Memory.getUnsignedByte(ip) != (six ? 0x60 : 0x45)) {
            return;
        }
        final int end = six ? header + Memory.getUnsignedShortBE(ip + 4) : Memory.getUnsignedShortBE(ip + 2);
        if (end > length - ETHERNET || !isIntact(ip, six, header, end)) {
            return;
        }
        final int data = end - header - (Memory.getUnsignedByte(ip + header + 12) >>> 4 << 2);
        sent(nanos, Memory.getIntBE(ip + header + 4) - first, data);
    }

    /** Whether no bit was flipped on the way. */
    private static boolean isIntact(final long ip, final boolean six, final int header, final int end) {
        long sum = TCP + end - header;
        for (int at = six ? 8 : 12; at < end; at += 2) {
            sum += at + 1 < end ? Memory.getUnsignedShortBE(ip + at) : Memory.getUnsignedByte(ip + at) << 8;
        }
        return Kernels.fold(sum) == 0xffff;
    }

    private void sent(final long nanos, final int position, final int length) {
        segments++;
        if (length <= 0) {
            bare++;
            return;
        }
        final int to = position + length;
        claims.removeIf(claim -> {
            final boolean now = claim[0] <= sentTo;
            if (now) {
                believe(claim[0], claim[1]);
            }
            return now;
        });
        final boolean fresh = to > sentTo;
        sentTo = Math.max(sentTo, to);
        // A byte may ask whether the window is still closed.
        if (failure == null && to > edge && length > 1) {
            failure = "sent bytes " + position + ".." + to + ", and the peer's windows never reached further than "
                    + edge;
        }
        if (failure == null && fresh && length > 1 && to > latest(nanos)) {
            failure = "sent bytes " + position + ".." + to + " anew, and the peer's latest windows reach to "
                    + latest(nanos);
        }
        final long allowed = allowed();
        if (failure == null && sentTo > allowed) {
            failure = "sent up to " + sentTo + ", more than " + allowed + ", with " + acknowledged + " acknowledged, "
                    + reported + " reported and " + duplicates + " duplicates";
        }
    }

    /** The furthest edge of what the peer said so late that it may not have come, and of the last before. */
    private long latest(final long nanos) {
        final long[] head = edges.poll();
        while (!edges.isEmpty() && edges.peek()[0] * SECOND < nanos - ON_THE_WAY) {
            head[0] = edges.peek()[0];
            head[1] = edges.poll()[1];
        }
        edges.addFirst(head);
        return edges.stream().mapToLong(each -> each[1]).max().orElseThrow();
    }

    private long allowed() {
        final long known = Math.max(acknowledged, reported);
        return 2 * known + (INITIAL + BESIDE + duplicates) * segment;
    }

    @Override
    public String toString() {
        return "sent " + sentTo + " bytes, " + segments + " segments, " + bare + " of them bare";
    }
}
