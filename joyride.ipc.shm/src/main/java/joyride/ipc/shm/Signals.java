package joyride.ipc.shm;

import joyride.api.socket.Errno;
import joyride.linux.Sockets;

/**
 * The signals that programs asked for (F_SETOWN, O_ASYNC), sent by the kernel in the program's name: of a pair of unix sockets the program gave one end an
 * owner, a signal and O_ASYNC, and passed both. Each shutdown of the other end says once more that there is nothing to read, which is news enough for
 * the kernel to send the signal: nothing is queued, nothing has to be read, and no call waits. So it reaches a program that runs its own code, in another PID
 * namespace too, and who may be signalled is judged by the kernel, by the rights of who asked. On the event loop.
 */
final class Signals {
    /** SIGURG: urgent data came. */
    static final int URGENT = 0;

    /** SIGIO, or the signal chosen by F_SETSIG: an edge of readiness. */
    static final int READY = 1;

    private static final int KINDS = 2;

    /** Sockets of an instance that may have a kind of signal at a time: each takes two descriptors of the service. */
    private static final int MOST = 512;

    private int count;

    /** Descriptors of a socket: the program's end and the other, of each kind; -1: none. */
    static final class Ends {
        private final int[] held = {-1, -1};
        private final int[] rung = {-1, -1};

        private boolean none() {
            return rung[URGENT] < 0 && rung[READY] < 0;
        }
    }

    /**
     * Takes both ends over, or closes them.
     *
     * @param held the end that has an owner; -1: nobody is to be told
     * @return 0, or a positive errno
     */
    int set(final SlotBooks of, final int kind, final int held, final int rung) {
        if (kind < 0 || kind >= KINDS || held >= 0 && !isPair(held, rung)) {
            closeBoth(held, rung);
            return Errno.EINVAL;
        }
        final boolean had = of.signals != null && of.signals.rung[kind] >= 0;
        if (held >= 0 && !had && count >= MOST) {
            closeBoth(held, rung);
            return Errno.ENOBUFS;
        }
        if (had) {
            drop(of, kind);
        }
        if (held >= 0) {
            put(of, kind, held, rung);
        }
        if (of.signals != null && of.signals.none()) {
            of.signals = null;
        }
        return 0;
    }

    private static boolean isPair(final int held, final int rung) {
        return rung >= 0
                && PassedSocket.isEndOfPair(held, Sockets.SOCK_STREAM)
                && PassedSocket.isEndOfPair(rung, Sockets.SOCK_STREAM);
    }

    private void put(final SlotBooks of, final int kind, final int held, final int rung) {
        if (of.signals == null) {
            of.signals = new Ends();
        }
        of.signals.held[kind] = held;
        of.signals.rung[kind] = rung;
        count++;
    }

    private void drop(final SlotBooks of, final int kind) {
        closeBoth(of.signals.held[kind], of.signals.rung[kind]);
        of.signals.held[kind] = -1;
        of.signals.rung[kind] = -1;
        count--;
    }

    /** The end that has an owner first: that the other goes would be a signal. */
    private static void closeBoth(final int held, final int rung) {
        if (held >= 0 && rung >= 0) {
            Closer.close(held, rung);
        } else if (held >= 0) {
            Closer.close(held);
        } else if (rung >= 0) {
            Closer.close(rung);
        }
    }

    /** Nobody is to be told of this socket any more. */
    void forget(final SlotBooks of) {
        if (of.signals == null) {
            return;
        }
        for (int kind = 0; kind < KINDS; kind++) {
            if (of.signals.rung[kind] >= 0) {
                drop(of, kind);
            }
        }
        of.signals = null;
    }

    /** Sends a signal, if one was asked for. Never waits. */
    static void send(final SlotBooks of, final int kind) {
        if (of.signals != null && of.signals.rung[kind] >= 0) {
            Sockets.shutdown(of.signals.rung[kind], Sockets.SHUT_WR);
        }
    }

    // ---- left to a successor

    static void save(final SlotBooks of, final BooksWriter to) {
        for (int kind = 0; kind < KINDS; kind++) {
            final boolean has = of.signals != null && of.signals.rung[kind] >= 0;
            to.flag(has);
            if (has) {
                to.descriptor(of.signals.held[kind]).descriptor(of.signals.rung[kind]);
            }
        }
    }

    void restore(final SlotBooks of, final BooksReader from) {
        of.signals = null;
        for (int kind = 0; kind < KINDS; kind++) {
            if (from.flag()) {
                put(of, kind, from.descriptor(), from.descriptor());
            }
        }
    }
}
