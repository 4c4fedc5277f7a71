package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import joyride.core.time.TimerWheel;
import org.junit.jupiter.api.Test;

class TcpConnectionTest {
    private final TcpConnection connection = new TcpConnection();

    @Test
    void shouldExpireWithTheEarliestDeadlineWhenLaterOnesAreSet() {
        final TimerWheel wheel = new TimerWheel(100);
        connection.expireBy(wheel, 150);
        connection.expireBy(wheel, 160);
        connection.expireBy(wheel, 140);
        connection.expireBy(wheel, 145);
        assertEquals(1, wheel.armed());
        assertEquals(0, wheel.advance(139));
        assertEquals(1, wheel.advance(140));
        assertEquals(0, wheel.armed());
        connection.expireBy(wheel, 170);
        assertEquals(1, wheel.armed(), "once it expired any deadline arms it");
        connection.expireAt(wheel, 180);
        assertEquals(0, wheel.advance(179));
        connection.expireNever(wheel);
        assertEquals(0, wheel.armed());
        connection.expireBy(wheel, 190);
        assertEquals(1, wheel.advance(190));
    }

    @Test
    void shouldExpireByTheEarliestDeadlineWhenTheirWordsWrap() {
        final long turn = 1L << 32;
        final TimerWheel wheel = new TimerWheel(turn - 50);
        connection.expireBy(wheel, turn + 20);
        connection.expireBy(wheel, turn);
        connection.expireBy(wheel, turn + 10);
        assertEquals(1, wheel.advance(turn), "the word of this deadline is that of none");
    }

    @Test
    void shouldForgetItsPeerWhenEitherEndGoes() {
        final TcpConnection other = new TcpConnection();
        connection.part();
        connection.meet(other);
        assertSame(other, connection.peer);
        assertSame(connection, other.peer);
        other.part();
        assertNull(connection.peer);
        assertNull(other.peer);
        connection.meet(connection);
        connection.part();
        assertNull(connection.peer, "a port may be connected to itself");
    }
}
