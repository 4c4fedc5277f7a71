package joyride.ipc.shm;

import joyride.linux.Sockets;

/** Pairs of connected unix sockets. */
final class Pairs {
    private Pairs() {}

    /** A pair of SOCK_SEQPACKET sockets. */
    static int[] make() {
        return Sockets.pair(Sockets.SOCK_SEQPACKET);
    }

    /** A pair of stream sockets. */
    static int[] streams() {
        return Sockets.pair(Sockets.SOCK_STREAM | Sockets.SOCK_NONBLOCK);
    }
}
