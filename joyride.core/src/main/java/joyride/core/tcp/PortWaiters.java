package joyride.core.tcp;

import java.util.Arrays;

/**
 * Connections that had something to send while their interface had no port. They do not try again by themselves: each has its turn once a port is
 * there, some at a time.
 */
final class PortWaiters {
    private static final int MOST_A_TURN = 256;

    private TcpConnection[] waiting = new TcpConnection[64];
    private int count;

    /** Of the list, those that are to have their turn; who finds no port again waits behind them. */
    private int due;

    private int next;

    void add(final TcpConnection connection) {
        if (connection.waitsForPort) {
            return;
        }
        if (count == waiting.length) {
            makeRoom();
        }
        connection.waitsForPort = true;
        waiting[count++] = connection;
    }

    /** Where a port is away for long, many connections may come, wait and end. */
    private void makeRoom() {
        if (due == 0) {
            int kept = 0;
            for (int i = 0; i < count; i++) {
                final TcpConnection connection = waiting[i];
                if (connection.waitsForPort && connection.alive) {
                    connection.waitsForPort = false; // a second life's entry goes
                    waiting[kept++] = connection;
                }
            }
            Arrays.fill(waiting, kept, count, null);
            for (int i = 0; i < kept; i++) {
                waiting[i].waitsForPort = true;
            }
            count = kept;
        }
        if (count > waiting.length / 2) {
            waiting = Arrays.copyOf(waiting, waiting.length * 2);
        }
    }

    /** Some interface has a port now. */
    void portAttached() {
        due = count;
    }

    /** Lets some of them send. @return how many; 0: nobody is due */
    int advance() {
        if (next == due) {
            return 0;
        }
        final int until = Math.min(due, next + MOST_A_TURN);
        final int all = until - next;
        while (next < until) {
            final TcpConnection connection = waiting[next];
            waiting[next++] = null;
            // It may have ended meanwhile, even begun another life.
            if (connection.waitsForPort) {
                connection.waitsForPort = false;
                connection.instance.guard().output(connection);
            }
        }
        if (next == due) {
            System.arraycopy(waiting, due, waiting, 0, count - due);
            Arrays.fill(waiting, count - due, count, null);
            count -= due;
            next = 0;
            due = 0;
        }
        return all;
    }
}
