package joyride.core.share;

import java.util.function.Consumer;

/**
 * What of the addresses shared with the kernel is Joyride's: a local port from the first bind, listen or connect there until the last
 * socket and the last connection is gone, TIME_WAIT included. Ports of active opens come from a range that is claimed once, so that a
 * connection costs a count and no system call. Without a shared address nothing is kept. On the event loop.
 */
public final class Claims {
    static final int TCP = 6;
    static final int UDP = 17;

    private static final SharedAddress[] NONE = {};

    private SharedAddress[] shared = NONE;
    private Consumer<Holder> holders = holder -> {};
    private int first;
    private int last = -1;

    /** Is told of everybody who holds a port. */
    @FunctionalInterface
    public interface Holder {
        /** A socket or connection with this local address, or a wildcard ({@link Wildcards}). */
        void holds(long high, long low, int protocol, int port);
    }

    /** Sets who tells of the ports that are held already when an address comes to be shared. */
    public void holders(final Consumer<Holder> everybody) {
        final Consumer<Holder> before = holders;
        holders = holder -> {
            before.accept(holder);
            everybody.accept(holder);
        };
    }

    /** Sets where the ports of active opens lie, the same for all shared addresses. */
    public void range(final int firstPort, final int lastPort) {
        first = firstPort;
        last = lastPort;
    }

    /** The first port of the range of active opens. */
    public int first() {
        return first;
    }

    /** The last one. */
    public int last() {
        return last;
    }

    /** Whether no address is shared. */
    public boolean isEmpty() {
        return shared.length == 0;
    }

    /**
     * An address is shared from now on; ports that sockets and connections hold there are claimed.
     *
     * @param range a bit for each of the 65536 ports: those that are claimed already, for active opens
     * @param sink where claims are written
     */
    public void add(final long high, final long low, final long[] range, final ClaimSink sink) {
        remove(high, low);
        final SharedAddress added = new SharedAddress(high, low, range.clone(), sink);
        holders.accept((localHigh, localLow, protocol, port) -> {
            if (Wildcards.covers(localHigh, localLow, high, low)) {
                added.hold(protocol, port, Wildcards.isWildcard(localHigh, localLow));
            }
        });
        final SharedAddress[] more = java.util.Arrays.copyOf(shared, shared.length + 1);
        more[shared.length] = added;
        shared = more;
    }

    /** The address is not shared any more; what was claimed there is the kernel's. */
    public void remove(final long high, final long low) {
        final SharedAddress known = find(high, low);
        if (known != null) {
            known.close();
            shared = java.util.Arrays.stream(shared)
                    .filter(address -> address != known)
                    .toArray(SharedAddress[]::new);
        }
    }

    /**
     * Whether a socket or connection has this very address. While one has, the address stays claimed though the kernel lost it: when it comes
     * back, the kernel must not be the first to see what the peers send.
     */
    public boolean inUse(final long high, final long low) {
        final SharedAddress known = find(high, low);
        return known != null && known.inUse();
    }

    /** Whether the kernel uses this address too. */
    public boolean isShared(final long high, final long low) {
        return find(high, low) != null;
    }

    /** Whether the kernel uses this address, or as a wildcard any that it covers, too. */
    public boolean touchesShared(final long high, final long low) {
        final SharedAddress[] all = shared;
        for (int i = 0; i < all.length; i++) {
            if (Wildcards.covers(high, low, all[i].high, all[i].low)) {
                return true;
            }
        }
        return false;
    }

    /** Whether an active open from there may use the port: it is claimed for that on the address, for {@code ::} on all. */
    public boolean inRange(final long high, final long low, final int port) {
        for (int i = 0; i < shared.length; i++) {
            final SharedAddress address = shared[i];
            if (Wildcards.covers(high, low, address.high, address.low) && !address.inRange(TCP, port)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether Joyride answers what comes for this local port from outside: the address is not shared, or the port is claimed.
     */
    public boolean answers(final long high, final long low, final int protocol, final int port) {
        final SharedAddress address = find(high, low);
        return address == null || address.claimed(protocol, port);
    }

    /** A socket or connection holds a local port from now on. */
    public void hold(final long high, final long low, final int protocol, final int port) {
        final SharedAddress[] all = shared;
        final boolean any = Wildcards.isWildcard(high, low);
        for (int i = 0; i < all.length; i++) {
            if (Wildcards.covers(high, low, all[i].high, all[i].low)) {
                all[i].hold(protocol, port, any);
            }
        }
    }

    /** It does not any more. */
    public void letGo(final long high, final long low, final int protocol, final int port) {
        final SharedAddress[] all = shared;
        final boolean any = Wildcards.isWildcard(high, low);
        for (int i = 0; i < all.length; i++) {
            if (Wildcards.covers(high, low, all[i].high, all[i].low)) {
                all[i].letGo(protocol, port, any);
            }
        }
    }

    private SharedAddress find(final long high, final long low) {
        final SharedAddress[] all = shared;
        for (int i = 0; i < all.length; i++) {
            if (all[i].low == low && all[i].high == high) {
                return all[i];
            }
        }
        return null;
    }
}
