package joyride.core.ip;

import joyride.api.memory.Memory;
import joyride.core.link.EthernetInterface;
import joyride.core.time.Timer;

/** An IPv6 packet that is being put together from its fragments, in memory of its own. A slot of {@link Ipv6Reassembly}. */
final class Ipv6Datagram extends Timer {
    /** Fragments that one packet may have ({@code net.inet6.ip6.maxfragsperpacket}). */
    static final int FRAGMENTS = 64;

    /** Room for what comes before the payload: the header and extension headers that every fragment carries. */
    static final int PREFIX = 256;

    static final int BUFFER = PREFIX + Ipv6.MAX_PAYLOAD + 1;

    private final Ipv6Reassembly owner;
    private final int[] starts = new int[FRAGMENTS];
    private final int[] ends = new int[FRAGMENTS];

    /** 0: the slot is free. */
    long buffer;

    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int identification;
    EthernetInterface in;
    boolean group;
    long begun;
    /** Fragments overlapped: what else comes of it is dropped until the time is over (RFC 8200 §4.5). */
    boolean spoilt;

    private int count;
    private int received;
    private int length;
    private int prefix;
    private int ecn;

    Ipv6Datagram(final Ipv6Reassembly owner) {
        this.owner = owner;
    }

    void begin(final Packet packet, final int id, final EthernetInterface from, final long memory, final long now) {
        buffer = memory;
        sourceHigh = packet.sourceHigh;
        sourceLow = packet.sourceLow;
        destinationHigh = packet.destinationHigh;
        destinationLow = packet.destinationLow;
        identification = id;
        in = from;
        group = packet.group;
        begun = now;
        spoilt = false;
        count = 0;
        received = 0;
        length = -1;
        prefix = 0;
        ecn = packet.tos & 3;
    }

    boolean matches(final Packet packet, final int id) {
        return buffer != 0
                && identification == id
                && sourceLow == packet.sourceLow
                && destinationLow == packet.destinationLow
                && sourceHigh == packet.sourceHigh
                && destinationHigh == packet.destinationHigh;
    }

    boolean hasRoom() {
        return count < FRAGMENTS;
    }

    /** RFC 3168 §5.3: CE in one marks the whole, but not together with not-ECT; not-ECT goes with nothing else. */
    boolean takeEcn(final int trafficClass) {
        final int other = trafficClass & 3;
        if (other != ecn && (other == 0 || ecn == 0)) {
            return false;
        }
        if (other == 3) {
            ecn = 3;
        }
        return true;
    }

    /** Whether exactly this fragment has come before: not an overlap but a copy. */
    boolean has(final int start, final int end) {
        for (int i = 0; i < count; i++) {
            if (starts[i] == start && ends[i] == end) {
                return true;
            }
        }
        return false;
    }

    boolean overlaps(final int start, final int end) {
        for (int i = 0; i < count; i++) {
            if (start < ends[i] && starts[i] < end) {
                return true;
            }
        }
        return false;
    }

    /** Whether the payload's end, known or told by this fragment, agrees with all other fragments. */
    boolean endFits(final int end, final boolean last) {
        if (last && length < 0) {
            for (int i = 0; i < count; i++) {
                if (ends[i] > end) {
                    return false;
                }
            }
            return true;
        }
        return last ? length == end : length < 0 || end <= length;
    }

    void add(final long data, final int start, final int end, final boolean last) {
        Memory.copy(data, buffer + PREFIX + start, end - start);
        starts[count] = start;
        ends[count++] = end;
        received += end - start;
        if (last) {
            length = end;
        }
    }

    /** Keeps what came before the fragment header of the first fragment, naming what came behind it. */
    void keepPrefix(final long at, final int bytes, final int nextHeaderAt, final int nextHeader) {
        prefix = bytes;
        final long to = buffer + PREFIX - bytes;
        Memory.copy(at, to, bytes);
        Memory.putByte(to + nextHeaderAt, nextHeader);
    }

    boolean hasPrefix() {
        return prefix > 0;
    }

    boolean complete() {
        return length >= 0 && prefix > 0 && received == length;
    }

    int payloadLength() {
        return prefix - Ipv6.HEADER + length;
    }

    /** Makes one packet of it. @return its address */
    long finish() {
        final long at = buffer + PREFIX - prefix;
        Memory.putShortBE(at + 4, payloadLength());
        final int first = Memory.getUnsignedShortBE(at);
        Memory.putShortBE(at, first & ~0x30 | ecn << 4);
        return at;
    }

    /** Where the first fragment's packet lies, for quoting: without its fragment header. */
    long start() {
        return buffer + PREFIX - prefix;
    }

    /** Bytes from {@link #start} on without a gap. */
    int contiguous() {
        for (int i = 0; i < count; i++) {
            if (starts[i] == 0) {
                return prefix + ends[i];
            }
        }
        return prefix;
    }

    @Override
    protected void expire() {
        owner.expired(this);
    }
}
