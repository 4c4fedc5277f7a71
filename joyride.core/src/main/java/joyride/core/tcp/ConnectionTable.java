package joyride.core.tcp;

import joyride.core.share.Claims;

/** Connections by tuple: chained hashing over the objects themselves; looking up allocates nothing. */
final class ConnectionTable {
    private final TupleHash hash;
    private TcpConnection[] heads = new TcpConnection[1024];
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
        for (TcpConnection at = heads[key & heads.length - 1]; at != null; at = at.next) {
            if (at.hash == key && at.matches(remoteHigh, remoteLow, remotePort, localHigh, localLow, localPort)) {
                return at;
            }
        }
        return null;
    }

    void add(final TcpConnection connection) {
        if (size >= heads.length) {
            grow();
        }
        connection.hash = hash.of(
                connection.remoteHigh,
                connection.remoteLow,
                connection.remotePort,
                connection.localHigh,
                connection.localLow,
                connection.localPort);
        link(connection);
        size++;
    }

    void remove(final TcpConnection connection) {
        final int slot = connection.hash & heads.length - 1;
        TcpConnection previous = null;
        for (TcpConnection at = heads[slot]; at != null; at = at.next) {
            if (at == connection) {
                if (previous == null) {
                    heads[slot] = at.next;
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
        for (final TcpConnection head : heads) {
            for (TcpConnection at = head; at != null; at = at.next) {
                holder.holds(at.localHigh, at.localLow, TcpHeader.PROTOCOL, at.localPort);
            }
        }
    }

    private void link(final TcpConnection connection) {
        final int slot = connection.hash & heads.length - 1;
        connection.next = heads[slot];
        heads[slot] = connection;
    }

    private void grow() {
        final TcpConnection[] old = heads;
        heads = new TcpConnection[old.length * 2];
        for (TcpConnection head : old) {
            while (head != null) {
                final TcpConnection following = head.next;
                link(head);
                head = following;
            }
        }
    }
}
