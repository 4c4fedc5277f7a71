package joyride.ipc.shm;

import java.util.ArrayList;
import java.util.List;

/** All fake sockets: moves their bytes between two of the transport's turns. */
final class LoopedNetwork {
    final List<LoopedSocket> sockets = new ArrayList<>();

    LoopedSocket listener(final int port) {
        for (final LoopedSocket socket : sockets) {
            if (socket.listening && !socket.closed && socket.localPort == port) {
                return socket;
            }
        }
        return null;
    }

    void pump() {
        for (int i = 0; i < sockets.size(); i++) {
            sockets.get(i).pump();
        }
        for (int i = sockets.size() - 1; i >= 0; i--) {
            if (sockets.get(i).gone) {
                sockets.remove(i);
            }
        }
    }
}
