package joyride.core.tcp;

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
    private final WaitingLine line = new WaitingLine(WaitingLine.ROOM);

    RoomWaiters(final IpOutput ip) {
        this.ip = ip;
    }

    void add(final TcpConnection connection) {
        line.add(connection);
    }

    /** Lets those send that may. @return how many found room */
    int advance() {
        int sent = 0;
        Path full = null;
        for (int left = Math.min(line.size(), MOST_A_TURN); left > 0; left--) {
            final TcpConnection connection = line.poll();
            if (connection == null) {
                continue;
            }
            final Path path = connection.path;
            if ((full == null || full.out != path.out) && ip.hasRoom(path)) {
                connection.instance.guard().output(connection);
                sent += line.waits(connection) ? 0 : 1;
            } else {
                full = path;
                line.add(connection);
            }
        }
        return sent;
    }
}
