package joyride.core.ip;

import java.lang.foreign.Arena;
import joyride.api.counters.DropReason;
import joyride.core.link.BufferPool;
import joyride.core.link.LinkInterface;

/**
 * Puts IPv4 fragments together (RFC 791 §3.2, RFC 815, RFC 3168 §5.3), with FreeBSD's limits where they matter: 16 fragments a packet, 30 s.
 * So many packets are in the works at most; a further one takes the place of the oldest. Of overlapping bytes the first that came
 * count. Fragments are copied: no driver's frame is kept.
 */
final class Ipv4Reassembly {
    static final long TIMEOUT = 30_000;
    /** Packets in the works. */
    static final int LIMIT = 64;

    private static final int BUCKETS = 1024;

    private final NetworkEnvironment environment;
    private final Icmpv4 icmp;
    private final BufferPool memory;
    private final Datagram[] buckets = new Datagram[BUCKETS];
    private final long secret;
    private Datagram spare;
    private Datagram oldest;
    private Datagram youngest;
    private Datagram finished;

    Ipv4Reassembly(final NetworkEnvironment environment, final Icmpv4 icmp, final Arena arena) {
        this.environment = environment;
        this.icmp = icmp;
        this.secret = environment.random().nextLong() | 1;
        this.memory = new BufferPool(arena, Datagram.BUFFER, LIMIT);
    }

    /** Packets in the works now. */
    int inProgress() {
        return memory.inUse();
    }

    /**
     * Takes a checked fragment.
     *
     * @return the whole packet if it is complete: valid until {@link #release}; else 0
     */
    long add(final LinkInterface in, final long at, final int total, final boolean group) {
        final int headerLength = Ipv4.headerLength(at);
        final int flags = Ipv4.flagsAndOffset(at);
        final boolean last = (flags & Ipv4.MORE_FRAGMENTS) == 0;
        final int payload = total - headerLength;
        final int start = (flags & Ipv4.OFFSET) << 3;
        final int end = start + payload;
        if (payload == 0 || !last && (payload & 7) != 0 || end + Ipv4.HEADER > Ipv4.MAX_PACKET) {
            in.drop(DropReason.FRAGMENT_MALFORMED);
            return 0;
        }
        final int bucket = bucket(at);
        Datagram datagram = buckets[bucket];
        while (datagram != null && !datagram.matches(at)) {
            datagram = datagram.nextInBucket;
        }
        if (datagram == null) {
            datagram = begin(bucket, at, in, group);
        }
        final DropReason refused = refusal(datagram, at, start, end, last);
        if (refused != null) {
            in.drop(refused);
            return 0;
        }
        if (start == 0 && !datagram.hasHeader()) {
            datagram.keepHeader(at, headerLength);
        }
        return datagram.complete() ? finish(datagram) : 0;
    }

    /** Adds the fragment to its packet, unless there is a reason against it. */
    private static DropReason refusal(
            final Datagram datagram, final long at, final int start, final int end, final boolean last) {
        if (!datagram.hasRoom()) {
            return DropReason.FRAGMENT_LIMIT;
        }
        if (!datagram.endFits(start, end, last)) {
            return DropReason.FRAGMENT_MALFORMED;
        }
        if (!datagram.takeEcn(Ipv4.tos(at))) {
            return DropReason.FRAGMENT_ECN;
        }
        return datagram.add(at + Ipv4.headerLength(at), start, end, last) ? null : DropReason.FRAGMENT_OVERLAP;
    }

    private long finish(final Datagram datagram) {
        remove(datagram);
        final int total = datagram.prefix();
        if (total > Ipv4.MAX_PACKET) {
            datagram.in.drop(DropReason.FRAGMENT_MALFORMED);
            recycle(datagram);
            return 0;
        }
        finished = datagram;
        return datagram.finish(total);
    }

    /** Ends the use of what {@link #add} returned. */
    void release() {
        recycle(finished);
        finished = null;
    }

    /** Whether another fragment of the packet has come. */
    boolean knows(final long at) {
        Datagram datagram = buckets[bucket(at)];
        while (datagram != null && !datagram.matches(at)) {
            datagram = datagram.nextInBucket;
        }
        return datagram != null;
    }

    private int bucket(final long at) {
        final long key = ((long) Ipv4.source(at) << 32 | Ipv4.destination(at) & 0xffff_ffffL)
                ^ (long) Ipv4.identification(at) << 24
                ^ (long) Ipv4.protocol(at) << 17;
        return (int) ((key ^ secret >>> 7) * secret >>> 54);
    }

    private Datagram begin(final int bucket, final long at, final LinkInterface in, final boolean group) {
        if (memory.inUse() == memory.limit()) {
            final Datagram victim = oldest;
            victim.in.drop(DropReason.FRAGMENT_LIMIT);
            remove(victim);
            recycle(victim);
        }
        final Datagram datagram = spare == null ? new Datagram(this) : spare;
        spare = datagram.nextInBucket;
        datagram.begin(at, memory.take(), in, group);
        datagram.bucket = bucket;
        datagram.nextInBucket = buckets[bucket];
        buckets[bucket] = datagram;
        datagram.older = youngest;
        datagram.younger = null;
        if (youngest == null) {
            oldest = datagram;
        } else {
            youngest.younger = datagram;
        }
        youngest = datagram;
        environment.timers().arm(datagram, environment.clock().millis() + TIMEOUT);
        return datagram;
    }

    private void remove(final Datagram datagram) {
        environment.timers().cancel(datagram);
        if (datagram.older == null) {
            oldest = datagram.younger;
        } else {
            datagram.older.younger = datagram.younger;
        }
        if (datagram.younger == null) {
            youngest = datagram.older;
        } else {
            datagram.younger.older = datagram.older;
        }
        datagram.older = null;
        datagram.younger = null;
        unchain(datagram);
    }

    private void unchain(final Datagram datagram) {
        final int bucket = datagram.bucket;
        Datagram before = null;
        for (Datagram d = buckets[bucket]; d != datagram; d = d.nextInBucket) {
            before = d;
        }
        if (before == null) {
            buckets[bucket] = datagram.nextInBucket;
        } else {
            before.nextInBucket = datagram.nextInBucket;
        }
        datagram.nextInBucket = null;
    }

    /** Gives up the packets that came in by an interface which goes. */
    void forget(final LinkInterface in) {
        Datagram at = oldest;
        while (at != null) {
            final Datagram following = at.younger;
            if (at.in == in) {
                in.drop(DropReason.FRAGMENT_TIMEOUT);
                remove(at);
                recycle(at);
            }
            at = following;
        }
    }

    private void recycle(final Datagram datagram) {
        memory.give(datagram.buffer);
        datagram.buffer = 0;
        datagram.in = null;
        datagram.nextInBucket = spare;
        spare = datagram;
    }

    /** Time is up. The sender is told, if the first fragment is there to be quoted. */
    void expired(final Datagram datagram) {
        remove(datagram);
        datagram.in.drop(DropReason.FRAGMENT_TIMEOUT);
        if (datagram.hasHeader()) {
            icmp.reassemblyTimeout(datagram);
        }
        recycle(datagram);
    }
}
