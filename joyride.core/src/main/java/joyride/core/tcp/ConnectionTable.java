package joyride.core.tcp;

import joyride.core.share.Claims;

/**
 * Connections by tuple: chained hashing over the objects themselves; looking up allocates nothing. When it grows, each further connection
 * moves a few chains: with a million of them, moving all at once would stop the loop for a tenth of a second.
 */
final class ConnectionTable {
    private static final int MOVED_A_TIME = 4;

    private final TupleHash hash;
    private TcpConnection[] heads = new TcpConnection[1024];

    /** Chains from before it grew, those from {@link #moved} on; null: all have moved. */
    private TcpConnection[] old;

    private int moved;
    private int size;

    ConnectionTable(final TupleHash hash) {
        this.hash = hash;
    }

    int size() {
        return size;
    }

    TcpConnection find(
            final long remoteHigh,
            final long remoteLow,
            final int remotePort,
            final long localHigh,
            final long localLow,
            final int localPort) {
        final int key = hash.of(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort);
        final TcpConnection[] chains = chains(key);
        for (TcpConnection at = chains[key & chains.length - 1]; at != null; at = at.next) {
            if (at.matches(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort)) {
                return at;
            }
        }
        return null;
    }

    private int hashOf(final TcpConnection connection) {
        return hash.of(
                connection.remoteHigh,
                connection.remoteLow,
                connection.remotePort,
                connection.localHigh,
                connection.localLow,
                connection.localPort);
    }

    /** Where connections of that hash are chained. */
    private TcpConnection[] chains(final int key) {
        final TcpConnection[] before = old;
        return before != null && (key & before.length - 1) >= moved ? before : heads;
    }

    void add(final TcpConnection connection) {
        if (old != null) {
            move();
        } else if (size >= heads.length) {
            old = heads;
            heads = new TcpConnection[2 * old.length];
            moved = 0;
        }
        link(connection);
        size++;
    }

    void remove(final TcpConnection connection) {
        final int key = hashOf(connection);
        final TcpConnection[] chains = chains(key);
        final int slot = key & chains.length - 1;
        TcpConnection previous = null;
        for (TcpConnection at = chains[slot]; at != null; at = at.next) {
            if (at == connection) {
                if (previous == null) {
                    chains[slot] = at.next;
                } else {
                    previous.next = at.next;
                }
                at.next = null;
                size--;
                return;
            }
            previous = at;
        }
    }

    void tell(final Claims.Holder holder) {
        tell(heads, holder);
        if (old != null) {
            tell(old, holder);
        }
    }

    private static void tell(final TcpConnection[] chains, final Claims.Holder holder) {
        for (final TcpConnection head : chains) {
            for (TcpConnection at = head; at != null; at = at.next) {
                holder.holds(at.localHigh, at.localLow, TcpHeader.PROTOCOL, at.localPort);
            }
        }
    }

    private void link(final TcpConnection connection) {
        final int key = hashOf(connection);
        final TcpConnection[] chains = chains(key);
        final int slot = key & chains.length - 1;
        connection.next = chains[slot];
        chains[slot] = connection;
    }

    /** Moves a few chains: all have moved long before it grows again. */
    private void move() {
        for (int i = 0; i < MOVED_A_TIME && moved < old.length; i++) {
            TcpConnection head = old[moved];
            old[moved++] = null;
            while (head != null) {
                final TcpConnection following = head.next;
                link(head);
                head = following;
            }
        }
        if (moved == old.length) {
            old = null;
        }
    }
}
