package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import joyride.core.time.TimerWheel;
import joyride.core.time.TurnClock;
import org.junit.jupiter.api.Test;

class HostCacheTest {
    private static final int NONE = Integer.MAX_VALUE;

    private final TcpTunables tunables = new TcpTunables();
    private final TimerWheel timers = new TimerWheel(0);
    private long now;
    private final HostCache cache = new HostCache(
            new SipHash(1, 2),
            new TurnClock() {
                @Override
                public long millis() {
                    return now;
                }

                @Override
                public long nanoTime() {
                    return now * 1_000_000;
                }
            },
            timers,
            tunables);

    private void pass(final long seconds) {
        now += seconds * 1000;
        timers.advance(now);
    }

    private static TcpControlBlock block(final long low, final int unit) {
        final TcpControlBlock block = new TcpConnection();
        block.remoteLow = low;
        block.rttUnit = unit;
        block.maxSeg = 1460;
        return block;
    }

    @Test
    void shouldTellTheNextConnectionInItsUnitWhatTheLastOneLearnt() {
        final TcpControlBlock last = block(7, TcpControlBlock.UNIT_MICROS);
        last.srtt = 640_000;
        last.rttvar = 160_000;
        last.sndSsthresh = 20_000;
        cache.store(last, true);
        final TcpControlBlock millis = block(7, TcpControlBlock.UNIT_MILLIS);
        assertTrue(cache.load(millis, tunables));
        assertEquals(640, millis.srtt);
        assertEquals(160, millis.rttvar);
        assertEquals(20_000, millis.sndSsthresh);
        final TcpControlBlock micros = block(7, TcpControlBlock.UNIT_MICROS);
        assertTrue(cache.load(micros, tunables));
        assertEquals(640_000, micros.srtt);
        assertFalse(cache.load(block(8, TcpControlBlock.UNIT_MILLIS), tunables));
    }

    @Test
    void shouldKnowThePathMtuUntilItExpires() {
        cache.storeMtu(0, 7, 1280);
        assertEquals(1280, cache.mtu(0, 7, tunables));
        assertEquals(NONE, cache.mtu(0, 8, tunables));
        assertFalse(cache.load(block(7, TcpControlBlock.UNIT_MILLIS), tunables), "of RTT nothing is known");
        pass(3601);
        assertEquals(NONE, cache.mtu(0, 7, tunables));
    }

    @Test
    void shouldRemoveWhatExpiredWhenItPrunes() {
        tunables.hostcacheExpire = 100;
        tunables.hostcachePrune = 60;
        cache.storeMtu(0, 7, 1280);
        pass(59);
        cache.storeMtu(0, 8, 1280);
        pass(62);
        assertEquals(1, cache.size(), "the second is 62 s old");
        pass(60);
        assertEquals(0, cache.size());
    }

    @Test
    void shouldForgetAllAtTheNextPruneWhenPurged() {
        cache.storeMtu(0, 7, 1280);
        tunables.set("net.inet.tcp.hostcache.purge", "1");
        pass(299);
        assertEquals(1, cache.size());
        pass(2);
        assertEquals(0, cache.size());
        assertEquals(0, tunables.get("net.inet.tcp.hostcache.purge"));
    }

    @Test
    void shouldForgetAllAtOnceWhenPurgedNow() {
        cache.storeMtu(0, 7, 1280);
        tunables.set("net.inet.tcp.hostcache.purgenow", "1");
        assertEquals(0, cache.size());
        assertEquals(0, tunables.get("net.inet.tcp.hostcache.purgenow"));
        assertEquals(Long.MAX_VALUE, timers.nextEvent(), "an empty cache wakes nobody");
    }

    @Test
    void shouldDropWhatItHeardOfLongestAgoWhenABucketIsFull() {
        tunables.hostcacheBucketLimit = 2;
        for (int host = 1; host <= 4000; host++) {
            cache.storeMtu(0, host, 1280);
        }
        assertTrue(cache.size() <= 1024 && cache.size() > 900, "size " + cache.size());
        assertEquals(1280, cache.mtu(0, 4000, tunables));
        assertEquals(NONE, cache.mtu(0, 1, tunables));
    }

    @Test
    void shouldNeverHaveMoreThanTheLimitInAll() {
        tunables.hostcacheCacheLimit = 50;
        for (int host = 1; host <= 300; host++) {
            cache.storeMtu(0, host, 1280);
            assertTrue(cache.size() <= 50, "size " + cache.size());
            assertEquals(1280, cache.mtu(0, host, tunables));
        }
        assertEquals(50, cache.size());
    }
}
