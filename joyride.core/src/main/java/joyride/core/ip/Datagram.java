package joyride.core.ip;

import joyride.api.memory.Memory;
import joyride.core.link.LinkInterface;
import joyride.core.time.Timer;

/** A packet that is being put together from its fragments, in memory of its own. Pooled by {@link Ipv4Reassembly}. */
final class Datagram extends Timer {
    /** Fragments that one packet may have. */
    static final int FRAGMENTS = 16;
    /** Room for the largest header, then for the largest payload. */
    static final int BUFFER = 64 + Ipv4.MAX_PACKET + 1;

    private static final int PAYLOAD = 64;

    private final Ipv4Reassembly owner;
    /** Parts received, in order, not touching each other: [starts[i], ends[i]). */
    private final int[] starts = new int[FRAGMENTS + 1];

    private final int[] ends = new int[FRAGMENTS + 1];

    long buffer;
    int source;
    int destination;
    int protocol;
    int identification;
    LinkInterface in;
    boolean group;
    int bucket;
    Datagram nextInBucket;
    /** In the list of all in use, oldest first. */
    Datagram older;

    Datagram younger;

    private int parts;
    private int fragments;
    private int length;
    private int headerLength;
    private int ecn;

    Datagram(final Ipv4Reassembly owner) {
        this.owner = owner;
    }

    void begin(final long at, final long memory, final LinkInterface from, final boolean toGroup) {
        buffer = memory;
        source = Ipv4.source(at);
        destination = Ipv4.destination(at);
        protocol = Ipv4.protocol(at);
        identification = Ipv4.identification(at);
        in = from;
        group = toGroup;
        parts = 0;
        fragments = 0;
        length = -1;
        headerLength = 0;
        ecn = Ipv4.tos(at) & 3;
    }

    boolean matches(final long at) {
        return Ipv4.identification(at) == identification
                && Ipv4.source(at) == source
                && Ipv4.destination(at) == destination
                && Ipv4.protocol(at) == protocol;
    }

    /** Whether one more fragment is within the limit. */
    boolean hasRoom() {
        return fragments < FRAGMENTS;
    }

    /** RFC 3168 §5.3: CE in one marks the whole, but not together with not-ECT; not-ECT goes with nothing else. */
    boolean takeEcn(final int tos) {
        final int other = tos & 3;
        if (other == ecn) {
            return true;
        }
        if (other == 0 || ecn == 0) {
            return false;
        }
        if (other == 3) {
            ecn = 3;
        }
        return true;
    }

    /** Whether the payload's end, known or told by this fragment, agrees with all other fragments. */
    boolean endFits(final int start, final int end, final boolean last) {
        if (last) {
            return length < 0 ? parts == 0 || ends[parts - 1] <= end : length == end;
        }
        return length < 0 || end <= length;
    }

    /** Copies what is new of [start, end) from {@code data}; what came first stays. @return whether anything was new */
    boolean add(final long data, final int start, final int end, final boolean last) {
        if (last) {
            length = end;
        }
        boolean fresh = false;
        int from = start;
        for (int i = 0; i < parts && from < end; i++) {
            if (ends[i] <= from) {
                continue;
            }
            if (starts[i] > from) {
                final int to = Math.min(end, starts[i]);
                Memory.copy(data + from - start, buffer + PAYLOAD + from, to - from);
                fresh = true;
            }
            from = Math.max(from, ends[i]);
        }
        if (from < end) {
            Memory.copy(data + from - start, buffer + PAYLOAD + from, end - from);
            fresh = true;
        }
        if (fresh) {
            fragments++;
            merge(start, end);
        }
        return fresh;
    }

    private void merge(final int start, final int end) {
        int low = start;
        int high = end;
        int kept = 0;
        int at = 0;
        for (int i = 0; i < parts; i++) {
            if (ends[i] < low) {
                starts[kept] = starts[i];
                ends[kept++] = ends[i];
                at = kept;
            } else if (starts[i] > high) {
                starts[kept] = starts[i];
                ends[kept++] = ends[i];
            } else {
                low = Math.min(low, starts[i]);
                high = Math.max(high, ends[i]);
            }
        }
        for (int i = kept; i > at; i--) {
            starts[i] = starts[i - 1];
            ends[i] = ends[i - 1];
        }
        starts[at] = low;
        ends[at] = high;
        parts = kept + 1;
    }

    /** Keeps the header of the first fragment: it becomes the whole's. */
    void keepHeader(final long at, final int bytes) {
        headerLength = bytes;
        Memory.copy(at, buffer + PAYLOAD - bytes, bytes);
    }

    boolean hasHeader() {
        return headerLength > 0;
    }

    boolean complete() {
        return length >= 0 && headerLength > 0 && parts == 1 && starts[0] == 0 && ends[0] == length;
    }

    /** Bytes of the header and what follows it without a gap. */
    int prefix() {
        return headerLength + (parts > 0 && starts[0] == 0 ? ends[0] : 0);
    }

    /** Makes header and payload one packet. @return its address */
    long finish(final int total) {
        final long at = buffer + PAYLOAD - headerLength;
        Memory.putShortBE(at + 2, total);
        Memory.putShortBE(at + 6, 0);
        Memory.putByte(at + 1, Ipv4.tos(at) & ~3 | ecn);
        Memory.putShort(at + 10, 0);
        Ipv4.complete(at, headerLength);
        return at;
    }

    /** Where the kept header lies. */
    long header() {
        return buffer + PAYLOAD - headerLength;
    }

    @Override
    protected void expire() {
        owner.expired(this);
    }
}
