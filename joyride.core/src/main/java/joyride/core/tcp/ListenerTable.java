package joyride.core.tcp;

import joyride.core.share.Wildcards;

/** Listeners of all instances: by port, then the most specific address; SO_REUSEPORT groups share by tuple hash. */
final class ListenerTable {
    private final Listener[] heads = new Listener[65536];

    void add(final Listener listener) {
        listener.next = heads[listener.port];
        heads[listener.port] = listener;
    }

    void remove(final Listener listener) {
        Listener previous = null;
        for (Listener at = heads[listener.port]; at != null; at = at.next) {
            if (at == listener) {
                if (previous == null) {
                    heads[listener.port] = at.next;
                } else {
                    previous.next = at.next;
                }
                return;
            }
            previous = at;
        }
    }

    boolean any(final long high, final long low, final int port) {
        for (Listener at = heads[port]; at != null; at = at.next) {
            if (score(at, high, low) > 0) {
                return true;
            }
        }
        return false;
    }

    /** The listener for a segment to {@code high, low, port}; of a group, the one that {@code hash} picks. */
    Listener find(final long high, final long low, final int port, final int hash) {
        Listener best = null;
        int bestScore = 0;
        int members = 0;
        for (Listener at = heads[port]; at != null; at = at.next) {
            final int score = score(at, high, low);
            if (score > bestScore) {
                best = at;
                bestScore = score;
                members = 1;
            } else if (score > 0 && score == bestScore) {
                members++;
            }
        }
        if (members <= 1) {
            return best;
        }
        int pick = (int) ((hash & 0xffff_ffffL) * members >>> 32);
        for (Listener at = heads[port]; at != null; at = at.next) {
            if (score(at, high, low) == bestScore && pick-- == 0) {
                return at;
            }
        }
        return best;
    }

    /** 3: exact address, 2: wildcard of one family, 1: wildcard of both, 0: no match. */
    private static int score(final Listener listener, final long high, final long low) {
        if (listener.low == low && listener.high == high) {
            return 3;
        }
        if (!Wildcards.covers(listener.high, listener.low, high, low)) {
            return 0;
        }
        return (listener.high | listener.low) == 0 ? 1 : 2;
    }
}
