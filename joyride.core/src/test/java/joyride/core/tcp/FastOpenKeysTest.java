package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import joyride.api.tcp.TcpOutput;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;

class FastOpenKeysTest {
    private final FastOpenKeys keys = new FastOpenKeys(new Random(1)::nextLong);
    private final TcpTunables tunables = new TcpTunables();
    private final HalfOpen client = new HalfOpen(null);
    private final TcpSegment syn = new TcpSegment();

    FastOpenKeysTest() {
        client.remoteLow = 0xffff_0a00_0001L;
    }

    private void present(final long cookie) {
        final TcpOutput output = new TcpOutput();
        FastOpenKeys.put(output, cookie);
        syn.cookieLength = output.cookieLength;
        System.arraycopy(output.cookie, 0, syn.cookie, 0, output.cookieLength);
    }

    private boolean accepts(final long now) {
        return keys.accepts(client.remoteHigh, client.remoteLow, syn, now, tunables);
    }

    @Test
    void shouldTakeACookieForTwoLivesOfAKey() {
        final long cookie = keys.cookie(client.remoteHigh, client.remoteLow, 0, tunables);
        present(cookie);
        assertTrue(accepts(0));
        assertTrue(accepts(119_999));
        assertTrue(accepts(120_000));
        assertNotEquals(cookie, keys.cookie(client.remoteHigh, client.remoteLow, 120_000, tunables));
        assertTrue(accepts(239_999));
        assertFalse(accepts(240_000));
    }

    @Test
    void shouldTakeNoCookieOfTwoLivesAgoWhenNobodyAskedMeanwhile() {
        present(keys.cookie(client.remoteHigh, client.remoteLow, 0, tunables));
        assertFalse(accepts(240_000));
    }

    @Test
    void shouldKeepItsKeyWhenTheyDoNotChange() {
        tunables.fastOpenAutoKey = 0;
        present(keys.cookie(client.remoteHigh, client.remoteLow, 0, tunables));
        assertTrue(accepts(1L << 40));
    }

    @Test
    void shouldTakeNoOtherClientsCookieAndNoOtherLength() {
        present(keys.cookie(client.remoteHigh, client.remoteLow, 0, tunables));
        client.remoteLow++;
        assertFalse(accepts(0));
        client.remoteLow--;
        syn.cookieLength = 4;
        assertFalse(accepts(0));
        tunables.fastOpenAcceptAny = 1;
        assertTrue(accepts(0));
        syn.cookieLength = 5;
        assertFalse(accepts(0));
        syn.cookieLength = 0;
        assertFalse(accepts(0));
        assertEquals(8, FastOpenKeys.COOKIE);
    }
}
