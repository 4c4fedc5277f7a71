package joyride.core.tcp;

import java.util.Arrays;

/**
 * Connections that wait for something, each once, in the order of coming. Whether a connection waits its own mark says: one that has ended meanwhile, even begun
 * another life, leaves an entry that does not count. On the loop; allocates only to grow.
 */
abstract class WaitingLine {
    /** A queue from {@link #first} on, its size a power of two. */
    private TcpConnection[] waiting = new TcpConnection[64];

    private int first;
    private int count;

    /** The connection's mark. */
    abstract boolean waits(TcpConnection connection);

    /** Sets the connection's mark. */
    abstract void mark(TcpConnection connection, boolean waits);

    /** At the end, if it is not there already. */
    final void add(final TcpConnection connection) {
        if (waits(connection)) {
            return;
        }
        if (count == waiting.length) {
            makeRoom();
        }
        mark(connection, true);
        waiting[first + count++ & waiting.length - 1] = connection;
    }

    /** Where they wait for long, many connections may come and end. */
    private void makeRoom() {
        final TcpConnection[] larger = new TcpConnection[2 * count];
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final TcpConnection connection = waiting[first + i & count - 1];
            if (waits(connection) && connection.alive) {
                mark(connection, false); // a second life's entry goes
                larger[kept++] = connection;
            }
        }
        for (int i = 0; i < kept; i++) {
            mark(larger[i], true);
        }
        waiting = kept > count / 2 ? larger : Arrays.copyOf(larger, count);
        first = 0;
        count = kept;
    }

    /** Takes the first entry. @return its connection, which does not wait any more; null: it did not */
    final TcpConnection poll() {
        final TcpConnection connection = waiting[first];
        waiting[first] = null;
        first = first + 1 & waiting.length - 1;
        count--;
        if (!waits(connection)) {
            return null;
        }
        mark(connection, false);
        return connection;
    }

    /** Entries. */
    final int size() {
        return count;
    }
}
