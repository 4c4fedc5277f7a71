package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import joyride.api.tcp.TcpSegment;
import org.junit.jupiter.api.Test;

class SynCookiesTest {
    private final Random random = new Random(7);
    private final SynCookies cookies = new SynCookies(random::nextLong);

    private static HalfOpen entry(final int mss, final int scale, final boolean sack) {
        final HalfOpen entry = new HalfOpen(null);
        entry.localLow = 1;
        entry.remoteLow = 2;
        entry.localPort = 80;
        entry.remotePort = 50000;
        entry.irs = 12345;
        entry.peerMss = mss;
        entry.peerScale = scale;
        entry.sack = sack;
        return entry;
    }

    private static TcpSegment third(final int cookie) {
        final TcpSegment segment = new TcpSegment();
        segment.seq = 12346;
        segment.ack = cookie + 1;
        return segment;
    }

    @Test
    void shouldGiveBackWhatTheSynSaidWhenAcknowledged() {
        for (final int scale : new int[] {-1, 0, 1, 2, 4, 6, 7, 8}) {
            for (final boolean sack : new boolean[] {false, true}) {
                final int cookie = cookies.encode(entry(1460, scale, sack), 0);
                final HalfOpen fresh = entry(0, -1, false);
                assertTrue(cookies.decode(fresh, third(cookie)));
                assertEquals(1460, fresh.peerMss);
                assertEquals(scale, fresh.peerScale);
                assertEquals(sack, fresh.sack);
                assertEquals(cookie, fresh.iss);
                assertEquals(12345, fresh.irs);
            }
        }
    }

    @Test
    void shouldRoundTheSegmentSizeDownWhenItIsBetweenTwoOfTheTable() {
        final HalfOpen fresh = entry(0, -1, false);
        assertTrue(cookies.decode(fresh, third(cookies.encode(entry(1430, 7, true), 0))));
        assertEquals(1400, fresh.peerMss);
    }

    @Test
    void shouldRefuseWhenAnyBitOfTheAcknowledgementIsChanged() {
        final int cookie = cookies.encode(entry(1460, 7, true), 0);
        for (int bit = 0; bit < 32; bit++) {
            assertFalse(cookies.decode(entry(0, -1, false), third(cookie ^ 1 << bit)), "bit " + bit);
        }
    }

    @Test
    void shouldRefuseWhenThePeerIsAnother() {
        final int cookie = cookies.encode(entry(1460, 7, true), 0);
        final HalfOpen other = entry(0, -1, false);
        other.remotePort++;
        assertFalse(cookies.decode(other, third(cookie)));
    }

    @Test
    void shouldAcceptOneSecretLaterAndRefuseTwo() {
        final int cookie = cookies.encode(entry(1460, 7, true), 0);
        cookies.encode(entry(1460, 7, true), SynCookies.LIFETIME);
        assertTrue(cookies.decode(entry(0, -1, false), third(cookie)));
        cookies.encode(entry(1460, 7, true), 2L * SynCookies.LIFETIME);
        assertFalse(cookies.decode(entry(0, -1, false), third(cookie)));
    }
}
