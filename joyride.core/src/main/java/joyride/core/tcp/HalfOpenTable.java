package joyride.core.tcp;

import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpState;
import joyride.core.ip.Packet;

/** Half-open connections by tuple: buckets of chains, the newest first, whose entries are pooled. */
final class HalfOpenTable {
    private static final int BUCKETS = 512;

    private final TupleHash hash;
    private final HalfOpen[] heads = new HalfOpen[BUCKETS];
    private HalfOpen pool;
    private int size;

    HalfOpenTable(final TupleHash hash) {
        this.hash = hash;
    }

    int size() {
        return size;
    }

    /** For the console: every entry as a socket in SYN_RCVD. */
    void views(final List<SocketView> views) {
        for (final HalfOpen head : heads) {
            for (HalfOpen at = head; at != null; at = at.next) {
                views.add(SocketViews.of(
                        at.listener.socket.tcpInstance(),
                        new IpAddress(at.localHigh, at.localLow),
                        at.localPort,
                        new IpAddress(at.remoteHigh, at.remoteLow),
                        at.remotePort,
                        TcpState.SYN_RECEIVED));
            }
        }
    }

    HalfOpen find(final Packet packet, final TcpSegment segment) {
        final int key = key(packet, segment);
        for (HalfOpen at = heads[key & BUCKETS - 1]; at != null; at = at.next) {
            if (at.hash == key
                    && at.remotePort == segment.sourcePort
                    && at.localPort == segment.destinationPort
                    && at.remoteLow == packet.sourceLow
                    && at.localLow == packet.destinationLow
                    && at.remoteHigh == packet.sourceHigh
                    && at.localHigh == packet.destinationHigh) {
                return at;
            }
        }
        return null;
    }

    /** By which a segment's connection is found; the same for all of its segments. */
    int key(final Packet packet, final TcpSegment segment) {
        return hash.of(
                packet.sourceHigh,
                packet.sourceLow,
                segment.sourcePort,
                packet.destinationHigh,
                packet.destinationLow,
                segment.destinationPort);
    }

    int length(final int key) {
        int length = 0;
        for (HalfOpen at = heads[key & BUCKETS - 1]; at != null; at = at.next) {
            length++;
        }
        return length;
    }

    /** The one that is longest in the bucket; null if there is none. */
    HalfOpen oldest(final int key) {
        HalfOpen last = heads[key & BUCKETS - 1];
        while (last != null && last.next != null) {
            last = last.next;
        }
        return last;
    }

    /** An entry that is in no bucket yet. */
    HalfOpen take(final Syncache cache) {
        final HalfOpen free = pool;
        if (free == null) {
            return new HalfOpen(cache);
        }
        pool = free.next;
        return free;
    }

    void add(final HalfOpen entry, final int key) {
        entry.hash = key;
        entry.next = heads[key & BUCKETS - 1];
        heads[key & BUCKETS - 1] = entry;
        size++;
    }

    void remove(final HalfOpen entry) {
        final int slot = entry.hash & BUCKETS - 1;
        HalfOpen previous = null;
        for (HalfOpen at = heads[slot]; at != null; at = at.next) {
            if (at == entry) {
                if (previous == null) {
                    heads[slot] = at.next;
                } else {
                    previous.next = at.next;
                }
                entry.listener = null;
                entry.path = null;
                entry.md5Key = null;
                entry.next = pool;
                pool = entry;
                size--;
                return;
            }
            previous = at;
        }
    }

    /** All of a listener's, into {@code into}. */
    void of(final Listener listener, final List<HalfOpen> into) {
        for (final HalfOpen head : heads) {
            for (HalfOpen at = head; at != null; at = at.next) {
                if (at.listener == listener) {
                    into.add(at);
                }
            }
        }
    }
}
