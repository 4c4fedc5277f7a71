package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WaitingLineTest {
    private final WaitingLine line = new WaitingLine(WaitingLine.PORT);

    private static TcpConnection connection() {
        final TcpConnection connection = new TcpConnection();
        connection.alive = true;
        return connection;
    }

    /** Ends, and begins another life. */
    private static void reborn(final TcpConnection connection) {
        connection.waiting = 0;
    }

    @Test
    void shouldHaveEachOnceInTheOrderOfComing() {
        final TcpConnection first = connection();
        final TcpConnection second = connection();
        line.add(first);
        line.add(second);
        line.add(first);
        assertEquals(2, line.size());
        assertSame(first, line.poll());
        assertFalse(line.waits(first));
        line.add(first);
        assertSame(second, line.poll());
        assertSame(first, line.poll());
        assertEquals(0, line.size());
    }

    @Test
    void shouldPassOverAnEntryOfAFormerLife() {
        final TcpConnection connection = connection();
        line.add(connection);
        reborn(connection);
        assertNull(line.poll());
        assertEquals(0, line.size());
    }

    @Test
    void shouldKeepTheOrderWhenItGrows() {
        final List<TcpConnection> all = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            all.add(connection());
            line.add(all.getLast());
            if (i % 3 == 0) {
                assertSame(all.removeFirst(), line.poll());
            }
        }
        assertEquals(all.size(), line.size());
        for (final TcpConnection connection : all) {
            assertSame(connection, line.poll());
        }
    }

    @Test
    void shouldKeepOneEntryOfThoseThatWaitAndNoneOfOthersWhenItIsFull() {
        final TcpConnection again = connection();
        final TcpConnection ended = connection();
        line.add(ended);
        ended.alive = false;
        for (int i = 0; i < 63; i++) {
            line.add(again);
            reborn(again);
        }
        again.waiting = WaitingLine.PORT;
        final TcpConnection last = connection();
        line.add(last);
        assertEquals(2, line.size());
        assertSame(again, line.poll());
        assertSame(last, line.poll());
    }
}
