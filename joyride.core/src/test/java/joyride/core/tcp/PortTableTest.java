package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.core.share.Claims;
import org.junit.jupiter.api.Test;

class PortTableTest {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final long ANY = IpAddress.ANY_V4.low();
    private static final long ONE = IpAddress.parse("127.77.0.1").low();
    private static final long TWO = IpAddress.parse("127.77.0.2").low();

    private final PortTable ports = new PortTable(new Claims());

    private int check(final long address, final int flags) {
        return ports.check(TCP, 0, address, 80, flags);
    }

    private PortTable.Binding bind(final long address, final int flags) {
        assertEquals(0, check(address, flags));
        return ports.bind(TCP, 0, address, 80, flags);
    }

    @Test
    void shouldRefuseWhenTheSameAddressIsBound() {
        bind(ONE, 0);
        assertEquals(Errno.EADDRINUSE, check(ONE, 0));
        assertEquals(0, check(TWO, 0));
    }

    @Test
    void shouldRefuseWhenAWildcardCovers() {
        bind(ANY, 0);
        assertEquals(Errno.EADDRINUSE, check(ONE, 0));
        assertEquals(Errno.EADDRINUSE, ports.check(TCP, 0, 0, 80, 0), ":: covers IPv4");
    }

    @Test
    void shouldKeepTcpAndUdpApart() {
        bind(ANY, 0);
        assertEquals(0, ports.check(UDP, 0, ANY, 80, 0));
    }

    @Test
    void shouldShareByReuseAddressUnlessOneListens() {
        final PortTable.Binding first = bind(ANY, PortTable.REUSE_ADDRESS);
        assertEquals(0, check(ANY, PortTable.REUSE_ADDRESS));
        assertEquals(Errno.EADDRINUSE, check(ANY, 0));
        assertEquals(0, ports.listen(first));
        assertEquals(Errno.EADDRINUSE, check(ANY, PortTable.REUSE_ADDRESS));
    }

    @Test
    void shouldRefuseToListenWhenAnotherListensThereAlready() {
        final PortTable.Binding first = bind(ANY, PortTable.REUSE_ADDRESS);
        final PortTable.Binding second = bind(ANY, PortTable.REUSE_ADDRESS);
        assertEquals(0, ports.listen(first));
        assertEquals(Errno.EADDRINUSE, ports.listen(second));
    }

    @Test
    void shouldShareListenersWhenAllSetReusePort() {
        final PortTable.Binding first = bind(ANY, PortTable.REUSE_PORT);
        assertEquals(0, ports.listen(first));
        final PortTable.Binding second = bind(ANY, PortTable.REUSE_PORT);
        assertEquals(0, ports.listen(second));
        assertEquals(Errno.EADDRINUSE, check(ANY, 0));
    }

    @Test
    void shouldNeedReuseAddressWhenConnectionsOfTheLastServerLive() {
        ports.connectionAdded(0, IpAddress.ANY_V4.low(), 80);
        assertEquals(Errno.EADDRINUSE, check(ANY, 0));
        assertEquals(0, check(ANY, PortTable.REUSE_ADDRESS));
        ports.connectionRemoved(0, IpAddress.ANY_V4.low(), 80);
        assertEquals(0, check(ANY, 0));
    }

    @Test
    void shouldBeFreeAgainWhenReleased() {
        final PortTable.Binding first = bind(ONE, 0);
        final PortTable.Binding second = bind(TWO, 0);
        ports.release(first);
        assertEquals(0, check(ONE, 0));
        assertEquals(Errno.EADDRINUSE, check(TWO, 0));
        ports.release(second);
        assertTrue(ports.isFree(TCP, 0, ANY, 80));
    }

    @Test
    void shouldGiveEveryPortOfTheRangeOnceWhenAsked() {
        final Random random = new Random(1);
        final Set<Integer> given = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            final int port = ports.ephemeral(TCP, 0, ANY, 2000, 2099, random::nextLong);
            assertTrue(port >= 2000 && port <= 2099 && given.add(port));
            ports.bind(TCP, 0, ANY, port, 0);
        }
        assertEquals(0, ports.ephemeral(TCP, 0, ANY, 2000, 2099, random::nextLong));
    }

    @Test
    void shouldPickAtRandomWhenMuchIsFree() {
        final Random random = new Random(2);
        final int first = ports.ephemeral(TCP, 0, ANY, 10000, 65535, random::nextLong);
        assertNotEquals(first, ports.ephemeral(TCP, 0, ANY, 10000, 65535, random::nextLong));
        assertFalse(first == 10000);
    }
}
