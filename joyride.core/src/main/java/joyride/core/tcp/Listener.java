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

    /** Connections by Fast Open whose handshake is not complete. */
    int fastOpenPending;

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

    /** Whether no more connections may be offered before their handshake is complete. */
    boolean fastOpenFull() {
        final int queue = socket.options().fastOpenQueue;
        return queue > 0 ? fastOpenPending >= queue : fastOpenPending > backlog / 2;
    }
}
