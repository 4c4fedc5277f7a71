package joyride.core.tcp;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import joyride.core.time.Timer;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;

/**
 * What was learnt of remote hosts (RFC 9040, tcp_hostcache): RTT, its variance, ssthresh, path MTU. Buckets of lists, the entry heard of last
 * in front; what goes out is kept for the next.
 */
final class HostCache {
    private static final int BUCKETS = 512;
    private static final int SECOND = 1000;
    private static final int MICROS = 1000;

    private final SipHash hash;
    private final TurnClock clock;
    private final TimerWheel timers;
    private final TcpTunables service;
    private final Entry[] buckets = new Entry[BUCKETS];
    private Entry pool;
    private int size;

    private static final class Entry {
        private long high;
        private long low;
        private long written;
        /** As a control block in ms has them. */
        private int srtt;

        private int rttvar;
        private int ssthresh;
        /** Bytes; 0: not known to be less than the link's. */
        private int mtu;

        private Entry next;
    }

    private final Timer pruning = new Timer() {
        @Override
        protected void expire() {
            prune();
        }
    };

    /** @param service the service's settings */
    HostCache(final SipHash hash, final TurnClock clock, final TimerWheel timers, final TcpTunables service) {
        this.hash = hash;
        this.clock = clock;
        this.timers = timers;
        this.service = service;
        service.watch((name, from, to) -> {
            if (name.equals("net.inet.tcp.hostcache.purgenow") && to != 0) {
                clear();
            }
        });
    }

    int size() {
        return size;
    }

    /** Fills a fresh control block; whether anything is known. */
    boolean load(final TcpControlBlock tcb, final TcpTunables tunables) {
        final Entry entry = find(tcb.remoteHigh, tcb.remoteLow);
        if (entry == null || expired(entry, tunables) || entry.srtt == 0 && entry.ssthresh == 0) {
            return false;
        }
        if (tcb.srtt == 0 && entry.srtt > 0) {
            final int unit = tcb.rttUnit == TcpControlBlock.UNIT_MILLIS ? 1 : MICROS;
            tcb.srtt = entry.srtt * unit;
            tcb.rttvar = (entry.rttvar > 0 ? entry.rttvar : entry.srtt >> 1) * unit;
        }
        if (entry.ssthresh > 0) {
            tcb.sndSsthresh = Math.max(2 * tcb.maxSeg, entry.ssthresh);
        }
        return true;
    }

    /** Keeps what a connection with enough samples knows. */
    void store(final TcpControlBlock tcb, final boolean lossSeen) {
        final Entry entry = touch(tcb.remoteHigh, tcb.remoteLow);
        final int unit = tcb.rttUnit == TcpControlBlock.UNIT_MILLIS ? 1 : MICROS;
        entry.srtt = average(tcb.srtt / unit, entry.srtt);
        entry.rttvar = average(tcb.rttvar / unit, entry.rttvar);
        if (lossSeen) {
            entry.ssthresh = average(tcb.sndSsthresh, entry.ssthresh);
        }
    }

    /** The path to a host takes no larger packets, bytes. */
    void storeMtu(final long high, final long low, final int mtu) {
        touch(high, low).mtu = mtu;
    }

    /** The largest packet that the path to a host is known to take, bytes; {@link Integer#MAX_VALUE}: nothing is known. */
    int mtu(final long high, final long low, final TcpTunables tunables) {
        final Entry entry = size == 0 ? null : find(high, low);
        return entry == null || entry.mtu == 0 || expired(entry, tunables) ? Integer.MAX_VALUE : entry.mtu;
    }

    void clear() {
        for (int i = 0; i < BUCKETS; i++) {
            while (buckets[i] != null) {
                release(i, null, buckets[i]);
            }
        }
        timers.cancel(pruning);
    }

    private boolean expired(final Entry entry, final TcpTunables tunables) {
        return clock.millis() - entry.written > (long) tunables.hostcacheExpire * SECOND;
    }

    private static int average(final int fresh, final int old) {
        return old == 0 ? fresh : (int) (((long) fresh + old) / 2);
    }

    private void prune() {
        if (service.hostcachePurge != 0) {
            service.hostcachePurge = 0;
            clear();
            return;
        }
        for (int i = 0; i < BUCKETS; i++) {
            Entry before = null;
            Entry at = buckets[i];
            while (at != null) {
                final Entry following = at.next;
                if (expired(at, service)) {
                    release(i, before, at);
                } else {
                    before = at;
                }
                at = following;
            }
        }
        if (size > 0) {
            arm();
        }
    }

    private void arm() {
        timers.arm(pruning, clock.millis() + (long) service.hostcachePrune * SECOND);
    }

    private int bucket(final long high, final long low) {
        return (int) hash.hash(high, low, 0, 0, 0, 0) & BUCKETS - 1;
    }

    private Entry find(final long high, final long low) {
        for (Entry at = buckets[bucket(high, low)]; at != null; at = at.next) {
            if (at.low == low && at.high == high) {
                return at;
            }
        }
        return null;
    }

    /** The entry of a host, fresh if there was none, in front of its bucket. */
    private Entry touch(final long high, final long low) {
        final int bucket = bucket(high, low);
        Entry before = null;
        Entry beforeLast = null;
        int length = 0;
        Entry at = buckets[bucket];
        while (at != null && (at.low != low || at.high != high)) {
            length++;
            beforeLast = before;
            before = at;
            at = at.next;
        }
        if (at == null) {
            if (length >= service.hostcacheBucketLimit || size >= service.hostcacheCacheLimit && length > 0) {
                release(bucket, beforeLast, before);
            } else if (size >= service.hostcacheCacheLimit) {
                releaseAny();
            }
            at = fresh(high, low);
        } else if (before != null) {
            before.next = at.next;
        } else {
            buckets[bucket] = at.next;
        }
        at.next = buckets[bucket];
        buckets[bucket] = at;
        at.written = clock.millis();
        return at;
    }

    private Entry fresh(final long high, final long low) {
        Entry entry = pool;
        if (entry == null) {
            entry = new Entry();
        } else {
            pool = entry.next;
        }
        entry.high = high;
        entry.low = low;
        entry.srtt = 0;
        entry.rttvar = 0;
        entry.ssthresh = 0;
        entry.mtu = 0;
        size++;
        if (!pruning.isArmed()) {
            arm();
        }
        return entry;
    }

    /** The cache is full and the bucket wanted is empty: another's last goes. */
    private void releaseAny() {
        for (int i = 0; i < BUCKETS; i++) {
            Entry before = null;
            Entry at = buckets[i];
            if (at != null) {
                while (at.next != null) {
                    before = at;
                    at = at.next;
                }
                release(i, before, at);
                return;
            }
        }
    }

    private void release(final int bucket, final Entry before, final Entry entry) {
        if (before == null) {
            buckets[bucket] = entry.next;
        } else {
            before.next = entry.next;
        }
        entry.next = pool;
        pool = entry;
        size--;
    }
}
