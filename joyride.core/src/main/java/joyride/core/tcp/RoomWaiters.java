package joyride.core.tcp;

import java.util.Arrays;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Path;

/**
 * Connections that found no frame for what they had to send, in the order that they came: a NIC that is slower than they are, or a peer that is behind. Each has
 * its turn as soon as the loop sees room. On the loop.
 */
final class RoomWaiters {
    /** Looked at in a turn. */
    private static final int MOST_A_TURN = 256;

    private final IpOutput ip;

    /** A queue from {@link #first} on, its size a power of two. */
    private TcpConnection[] waiting = new TcpConnection[64];

    private int first;
    private int count;

    RoomWaiters(final IpOutput ip) {
        this.ip = ip;
    }

    void add(final TcpConnection connection) {
        if (!connection.waitsForRoom) {
            connection.waitsForRoom = true;
            append(connection);
        }
    }

    private void append(final TcpConnection connection) {
        if (count == waiting.length) {
            makeRoom();
        }
        waiting[first + count++ & waiting.length - 1] = connection;
    }

    /** Where there are no frames for long, many connections may come, wait and end. */
    private void makeRoom() {
        final TcpConnection[] larger = new TcpConnection[2 * count];
        int kept = 0;
        for (int i = 0; i < count; i++) {
            final TcpConnection connection = waiting[first + i & count - 1];
            if (connection.waitsForRoom && connection.alive) {
                connection.waitsForRoom = false; // a second life's entry goes
                larger[kept++] = connection;
            }
        }
        for (int i = 0; i < kept; i++) {
            larger[i].waitsForRoom = true;
        }
        waiting = kept > count / 2 ? larger : Arrays.copyOf(larger, count);
        first = 0;
        count = kept;
    }

    /** Lets those send that may. @return how many found room */
    int advance() {
        int sent = 0;
        Path full = null;
        for (int left = Math.min(count, MOST_A_TURN); left > 0; left--) {
            final TcpConnection connection = waiting[first];
            waiting[first] = null;
            first = first + 1 & waiting.length - 1;
            count--;
            // It may have ended meanwhile, even begun another life.
            if (!connection.waitsForRoom) {
                continue;
            }
            final Path path = connection.path;
            if ((full == null || full.out != path.out) && ip.hasRoom(path)) {
                connection.waitsForRoom = false;
                connection.instance.guard().output(connection);
                sent += connection.waitsForRoom ? 0 : 1;
            } else {
                full = path;
                append(connection);
            }
        }
        return sent;
    }
}
