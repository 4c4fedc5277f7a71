package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
    private final ConnectionTable table = new ConnectionTable(new TupleHash(99));

    private static TcpConnection connection(final int number) {
        final TcpConnection connection = new TcpConnection();
        connection.localLow = number / 1000;
        connection.localPort = 80;
        connection.remoteLow = number % 7;
        connection.remotePort = (char) number;
        return connection;
    }

    private TcpConnection find(final TcpConnection like) {
        return table.find(
                like.remoteHigh, like.remoteLow, like.remotePort, like.localHigh, like.localLow, like.localPort);
    }

    @Test
    void shouldFindExactlyWhatIsInItWhenManyComeAndGo() {
        final Random random = new Random(5);
        final List<TcpConnection> in = new ArrayList<>();
        for (int number = 0; number < 30_000; number++) {
            final TcpConnection added = connection(number);
            table.add(added);
            in.add(added);
            if (random.nextInt(3) == 0) {
                final TcpConnection removed = in.remove(random.nextInt(in.size()));
                table.remove(removed);
                assertNull(find(removed));
            }
            final TcpConnection any = in.get(random.nextInt(in.size()));
            assertSame(any, find(any), "while the table grows");
        }
        assertEquals(in.size(), table.size());
        for (final TcpConnection connection : in) {
            assertSame(connection, find(connection));
        }
    }

    @Test
    void shouldTellTheTwoEndsOfALocalConnectionApart() {
        final TcpConnection one = connection(5);
        final TcpConnection other = new TcpConnection();
        other.localLow = one.remoteLow;
        other.localPort = one.remotePort;
        other.remoteLow = one.localLow;
        other.remotePort = one.localPort;
        table.add(one);
        table.add(other);
        assertSame(one, find(one));
        assertSame(other, find(other));
    }
}
