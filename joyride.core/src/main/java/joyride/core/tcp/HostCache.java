package joyride.core.tcp;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;

/**
 * What was learnt of remote hosts (RFC 9040, tcp_hostcache): RTT, its variance, ssthresh. Sets of four entries in plain arrays; the
 * least recently written of a set goes.
 */
final class HostCache {
    private static final int SETS = 1024;
    private static final int WAYS = 4;

    private final SipHash hash;
    private final long[] high = new long[SETS * WAYS];
    private final long[] low = new long[SETS * WAYS];
    private final long[] written = new long[SETS * WAYS];
    private final int[] srtt = new int[SETS * WAYS];
    private final int[] rttvar = new int[SETS * WAYS];
    private final int[] ssthresh = new int[SETS * WAYS];

    HostCache(final SipHash hash) {
        this.hash = hash;
    }

    /** Fills a fresh control block; whether anything is known. */
    boolean load(final TcpControlBlock tcb, final long now, final TcpTunables tunables) {
        final int at = find(tcb.remoteHigh, tcb.remoteLow);
        if (at < 0 || now - written[at] > tunables.hostcacheExpire * 1000L) {
            return false;
        }
        if (tcb.srtt == 0 && srtt[at] > 0) {
            tcb.srtt = average(srtt[at], 0);
            tcb.rttvar = rttvar[at] > 0 ? rttvar[at] : srtt[at] >> 1;
        }
        if (ssthresh[at] > 0) {
            tcb.sndSsthresh = Math.max(2 * tcb.maxSeg, ssthresh[at]);
        }
        return true;
    }

    /** Keeps what a connection with enough samples knows; times in ms. */
    void store(final TcpControlBlock tcb, final long now, final boolean lossSeen) {
        int at = find(tcb.remoteHigh, tcb.remoteLow);
        if (at < 0) {
            at = oldest(tcb.remoteHigh, tcb.remoteLow);
            high[at] = tcb.remoteHigh;
            low[at] = tcb.remoteLow;
            srtt[at] = 0;
            rttvar[at] = 0;
            ssthresh[at] = 0;
        }
        written[at] = Math.max(now, 1);
        srtt[at] = average(tcb.srtt, srtt[at]);
        rttvar[at] = average(tcb.rttvar, rttvar[at]);
        if (lossSeen) {
            ssthresh[at] = average(tcb.sndSsthresh, ssthresh[at]);
        }
    }

    void clear() {
        java.util.Arrays.fill(written, 0);
    }

    private static int average(final int fresh, final int old) {
        return old == 0 ? fresh : (int) (((long) fresh + old) / 2);
    }

    private int set(final long addressHigh, final long addressLow) {
        return (int) hash.hash(addressHigh, addressLow, 0, 0, 0, 0) & SETS - 1;
    }

    private int find(final long addressHigh, final long addressLow) {
        final int from = set(addressHigh, addressLow) * WAYS;
        for (int i = from; i < from + WAYS; i++) {
            if (written[i] != 0 && low[i] == addressLow && high[i] == addressHigh) {
                return i;
            }
        }
        return -1;
    }

    private int oldest(final long addressHigh, final long addressLow) {
        final int from = set(addressHigh, addressLow) * WAYS;
        int best = from;
        for (int i = from + 1; i < from + WAYS; i++) {
            if (written[i] < written[best]) {
                best = i;
            }
        }
        return best;
    }
}
