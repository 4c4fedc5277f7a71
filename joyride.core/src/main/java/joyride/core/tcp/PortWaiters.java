package joyride.core.tcp;

/**
 * Connections that had something to send while their interface had no port. They do not try again by themselves: each has its turn once a port is
 * there, some at a time.
 */
final class PortWaiters {
    private static final int MOST_A_TURN = 256;

    private final WaitingLine waiting = new WaitingLine(WaitingLine.PORT);

    /** Those that are to have their turn; who finds no port again waits with the others. */
    private final WaitingLine due = new WaitingLine(WaitingLine.PORT);

    void add(final TcpConnection connection) {
        waiting.add(connection);
    }

    /** Some interface has a port now. */
    void portAttached() {
        for (int left = waiting.size(); left > 0; left--) {
            final TcpConnection connection = waiting.poll();
            if (connection != null) {
                due.add(connection);
            }
        }
    }

    /** Lets some of them send. @return how many; 0: nobody is due */
    int advance() {
        final int all = Math.min(due.size(), MOST_A_TURN);
        for (int left = all; left > 0; left--) {
            final TcpConnection connection = due.poll();
            if (connection != null) {
                connection.instance.guard().output(connection);
            }
        }
        return all;
    }
}
