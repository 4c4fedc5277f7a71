package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import org.junit.jupiter.api.Test;

class Md5KeysTest {
    private static final byte[] ONE = {1};
    private static final byte[] TWO = {2};
    private static final byte[] NONE = {};

    private final Md5Keys keys = new Md5Keys();

    private byte[] find(final String address) {
        final IpAddress peer = IpAddress.parse(address);
        return keys.find(peer.high(), peer.low());
    }

    private int set(final String address, final int prefix, final byte[] key) {
        return keys.set(IpAddress.parse(address), prefix, key);
    }

    @Test
    void shouldTakeTheLongestPrefixThatFits() {
        assertEquals(0, set("10.1.2.3", 8, ONE));
        assertEquals(0, set("10.1.2.3", 32, TWO));
        assertEquals(0, set("2001:db8::", 32, ONE));
        assertArrayEquals(TWO, find("10.1.2.3"));
        assertArrayEquals(ONE, find("10.255.0.1"));
        assertNull(find("11.1.2.3"));
        assertArrayEquals(ONE, find("2001:db8:ffff::1"));
        assertNull(find("2001:db9::1"));
    }

    @Test
    void shouldReplaceAndTakeAwayByPrefix() {
        assertEquals(0, set("10.0.0.0", 8, ONE));
        assertEquals(0, set("10.9.9.9", 8, TWO));
        assertArrayEquals(TWO, find("10.0.0.1"));
        assertEquals(0, set("10.0.0.0", 8, NONE));
        assertNull(find("10.0.0.1"));
        assertEquals(Errno.ENOENT, set("10.0.0.0", 8, NONE));
    }

    @Test
    void shouldRefuseWhatRfc2385DoesNotHave() {
        assertEquals(Errno.EINVAL, set("10.0.0.0", 33, ONE));
        assertEquals(Errno.EINVAL, set("10.0.0.0", -1, ONE));
        assertEquals(Errno.EINVAL, set("10.0.0.0", 8, new byte[Md5Keys.MAX_KEY + 1]));
    }

    @Test
    void shouldNotChangeWithTheListenerOnceInherited() {
        set("10.0.0.0", 8, ONE);
        final Md5Keys inherited = new Md5Keys(keys);
        set("10.0.0.0", 8, TWO);
        assertArrayEquals(ONE, inherited.find(0, IpAddress.parse("10.0.0.1").low()));
    }
}
