package joyride.core.tcp;

import java.util.Arrays;

/**
 * Connections that wait for something, each once, in the order of coming. Whether a connection waits its own mark says: one that has ended meanwhile, even begun
 * another life, leaves an entry that does not count. On the loop; allocates only to grow.
 */
final class WaitingLine {
    /** Mark of those that wait for a port. */
    static final byte PORT = 1;

    /** Mark of those that wait for room to send in. */
    static final byte ROOM = 2;

    private final byte mark;

    /** A queue from {@link #first} on, its size a power of two. */
    private TcpConnection[] waiting = new TcpConnection[64];

    private int first;
    private int count;

    /** @param mark of its connections, which other lines of the same may have too */
    WaitingLine(final byte mark) {
        this.mark = mark;
    }

    /** Whether it waits, here or in another line of the mark. */
    boolean waits(final TcpConnection connection) {
        return (connection.waiting & mark) != 0;
    }

    /** At the end, if it is not there already. */
    void add(final TcpConnection connection) {
        if (waits(connection)) {
            return;
        }
        if (count == waiting.length) {
            makeRoom();
        }
        connection.waiting |= mark;
        waiting[first + count++ & waiting.length - 1] = connection;
    }

    /** Where they wait for long, many connections may come and end. */
    private void makeRoom() {
        final TcpConnection[] larger = new TcpConnection[2 * count];
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final TcpConnection connection = waiting[first + i & count - 1];
            if (waits(connection) && connection.alive) {
                connection.waiting = (byte) (connection.waiting & ~mark); // a second life's entry goes
                larger[kept++] = connection;
            }
        }
        for (int i = 0; i < kept; i++) {
            larger[i].waiting |= mark;
        }
        waiting = kept > count / 2 ? larger : Arrays.copyOf(larger, count);
        first = 0;
        count = kept;
    }

    /** Takes the first entry. @return its connection, which does not wait any more; null: it did not */
    TcpConnection poll() {
        final TcpConnection connection = waiting[first];
        waiting[first] = null;
        first = first + 1 & waiting.length - 1;
        count--;
        if (!waits(connection)) {
            return null;
        }
        connection.waiting = (byte) (connection.waiting & ~mark);
        return connection;
    }

    /** Entries. */
    int size() {
        return count;
    }
}
