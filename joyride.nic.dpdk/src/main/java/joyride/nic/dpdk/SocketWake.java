package joyride.nic.dpdk;

import joyride.linux.Epoll;
import joyride.linux.Sockets;

/** The sockets by which a virtual device receives from the kernel: each is readable while frames wait in its ring. */
final class SocketWake implements WakeSource {
    private final int[] sockets;
    private final Epoll all;

    /** @param sockets that may get this queue's frames, at least one */
    SocketWake(final int... sockets) {
        this.sockets = sockets;
        all = sockets.length == 1 ? null : new Epoll();
        for (int i = 0; all != null && i < sockets.length; i++) {
            all.add(sockets[i], Epoll.IN, i);
        }
    }

    @Override
    public int descriptor() {
        return all == null ? sockets[0] : all.descriptor();
    }

    @Override
    public boolean arm() {
        for (final int socket : sockets) {
            // A link that went down leaves an error, which polls readable until somebody takes it. Nobody else does.
            Sockets.takeError(socket);
        }
        return true;
    }

    @Override
    public void disarm() {
        // always tells
    }

    @Override
    public long reliableNanos() {
        return Long.MAX_VALUE;
    }

    @Override
    public void close() {
        if (all != null) {
            all.close();
        }
    }
}
