package joyride.core.tcp;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpHost;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;

/** The Fast Open cookies that peers gave, and the peers that gave none (RFC 7413 §4.1.3): for all instances of a loop, as the host cache. */
final class FastOpenCookies {
    /** RFC 7413 §4.1.1: even lengths between. */
    private static final int LEAST = 4;

    /** As in FreeBSD: 2,048 buckets of 16. */
    private static final int MOST_PEERS = 32_768;

    private static final long SECOND = 1000;

    private final Map<Peer, Known> entries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(final Map.Entry<Peer, Known> eldest) {
            return size() > MOST_PEERS;
        }
    };

    /** A server as seen from one of our addresses. */
    private record Peer(long localHigh, long localLow, long high, long low, int port) {}

    /**
     * What is known of it.
     *
     * @param cookie empty: none
     * @param mss that it offered with the cookie
     * @param disabledAt when Fast Open failed, ms; negative: it did not
     */
    private record Known(byte[] cookie, int mss, long disabledAt) {}

    private static Peer peer(final TcpControlBlock tcb) {
        return new Peer(tcb.localHigh, tcb.localLow, tcb.remoteHigh, tcb.remoteLow, tcb.remotePort);
    }

    /** {@link TcpHost#fastOpen}. @param without whether the peer takes data without a cookie */
    int offer(final TcpControlBlock tcb, final TcpOutput output, final boolean without) {
        final TcpHost host = tcb.host;
        if (host.tunables().fastOpenClientEnable == 0) {
            entries.clear();
            return -1;
        }
        final Known entry = entries.get(peer(tcb));
        if (entry != null
                && entry.disabledAt >= 0
                && host.now() - entry.disabledAt < host.tunables().fastOpenPathDisableTime * SECOND) {
            return -1;
        }
        if (without) {
            output.cookieLength = -1;
            return entry != null && entry.mss > 0 ? entry.mss : leastMss(tcb);
        }
        if (entry == null || entry.cookie.length == 0) {
            output.cookieLength = 0;
            return 0;
        }
        output.cookieLength = entry.cookie.length;
        System.arraycopy(entry.cookie, 0, output.cookie, 0, entry.cookie.length);
        return entry.mss;
    }

    /** What a peer that has offered nothing yet surely takes. */
    private static int leastMss(final TcpControlBlock tcb) {
        final TcpTunables tunables = tcb.host.tunables();
        return IpAddress.isV4(tcb.remoteHigh, tcb.remoteLow) ? tunables.mssDefault : tunables.v6MssDefault;
    }

    /** {@link TcpHost#fastOpenAnswered}. */
    void answered(final TcpControlBlock tcb, final TcpSegment segment, final boolean presented, final boolean taken) {
        final int length = segment.cookieLength;
        final boolean sound = length >= LEAST && length <= TcpSegment.MAX_COOKIE && length % 2 == 0;
        if (sound) {
            final int mss = segment.mss == 0 ? tcb.host.tunables().mssDefault : segment.mss;
            entries.put(peer(tcb), new Known(Arrays.copyOf(segment.cookie, length), mss, -1));
        } else if (!presented || length >= 0 && !taken) {
            failed(tcb);
        } else if (!taken) {
            // It did not like the cookie: the next SYN asks for another.
            entries.remove(peer(tcb));
        }
    }

    /** {@link TcpHost#fastOpenFailed}. */
    void failed(final TcpControlBlock tcb) {
        tcb.host.count(TcpCounter.FASTOPEN_DISABLED);
        entries.put(peer(tcb), new Known(new byte[0], 0, tcb.host.now()));
    }
}
