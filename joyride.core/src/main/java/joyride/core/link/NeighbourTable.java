package joyride.core.link;

import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin;
import joyride.api.net.IpAddress;
import joyride.api.net.MacAddress;

/** The neighbours of one link by IP address, IPv4-mapped or IPv6: a hash table with chains, bounded. */
final class NeighbourTable {
    private static final int BUCKETS = 256;
    static final int LIMIT = 4096;

    private final Neighbour[] buckets = new Neighbour[BUCKETS];
    private int size;

    private static int bucket(final long high, final long low) {
        final long mixed = (high ^ low) * 0x9e37_79b9_7f4a_7c15L;
        return (int) (mixed >>> 56);
    }

    int size() {
        return size;
    }

    Neighbour find(final long high, final long low) {
        for (Neighbour n = buckets[bucket(high, low)]; n != null; n = n.nextInBucket) {
            if (n.low == low && n.high == high) {
                return n;
            }
        }
        return null;
    }

    void add(final Neighbour neighbour) {
        final int bucket = bucket(neighbour.high, neighbour.low);
        neighbour.nextInBucket = buckets[bucket];
        buckets[bucket] = neighbour;
        size++;
    }

    void remove(final Neighbour neighbour) {
        final int bucket = bucket(neighbour.high, neighbour.low);
        Neighbour before = null;
        for (Neighbour n = buckets[bucket]; n != null; before = n, n = n.nextInBucket) {
            if (n == neighbour) {
                if (before == null) {
                    buckets[bucket] = n.nextInBucket;
                } else {
                    before.nextInBucket = n.nextInBucket;
                }
                n.nextInBucket = null;
                size--;
                return;
            }
        }
    }

    /** The one to give up for another: the one that ends first. */
    Neighbour first() {
        Neighbour first = null;
        for (final Neighbour bucket : buckets) {
            for (Neighbour n = bucket; n != null; n = n.nextInBucket) {
                if (first == null || n.expires < first.expires) {
                    first = n;
                }
            }
        }
        return first;
    }

    List<Neighbour> all() {
        final List<Neighbour> all = new ArrayList<>(size);
        for (final Neighbour bucket : buckets) {
            for (Neighbour n = bucket; n != null; n = n.nextInBucket) {
                all.add(n);
            }
        }
        return all;
    }

    List<StackAdmin.NeighbourView> views(final String link, final long now) {
        final List<StackAdmin.NeighbourView> views = new ArrayList<>();
        for (final Neighbour n : all()) {
            views.add(new StackAdmin.NeighbourView(
                    new IpAddress(n.high, n.low).toString(),
                    isKnown(n) ? new MacAddress(n.mac).toString() : "-",
                    link,
                    n.state.name().toLowerCase(java.util.Locale.ROOT),
                    Math.max(0, (n.expires - now) / 1000)));
        }
        return views;
    }

    private static boolean isKnown(final Neighbour n) {
        return n.mac != 0 && n.state != Neighbour.State.INCOMPLETE && n.state != Neighbour.State.FAILED;
    }
}
