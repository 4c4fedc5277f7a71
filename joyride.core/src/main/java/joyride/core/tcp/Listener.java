package joyride.core.tcp;

/** A listening socket. */
final class Listener {
    final TcpSocket socket;
    final long high;
    final long low;
    final int port;
    int backlog;

    /** Connections complete and not yet accepted. */
    int queued;

    boolean open = true;
    Listener next;

    Listener(final TcpSocket socket, final long high, final long low, final int port, final int backlog) {
        this.socket = socket;
        this.high = high;
        this.low = low;
        this.port = port;
        this.backlog = backlog;
    }

    boolean full() {
        return queued >= backlog;
    }
}
